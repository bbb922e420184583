// Command icmp is the first example of the original's README: "ipftrace -iv 4 -l4 ICMP -s4 10.0.1.10 generic".
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	ipftrace "github.com/ipftrace/ipftrace/clients/go"
	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

const icmp = 1

func main() {
	address := ipftrace.DefaultAddress
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if err := show(address); err != nil {
		log.Fatal(err)
	}
}

func show(address string) error {
	client, err := ipftrace.Dial(address)
	if err != nil {
		return err
	}
	defer client.Close()
	trace := client.Trace(context.Background(), &pb.TraceRequest{
		ManifestSource: &pb.TraceRequest_ManifestName{ManifestName: "generic"},
		Filter: &pb.Filter{Allow: []*pb.FlowFilter{{
			IpVersion:   pb.IpVersion_IP_VERSION_4,
			L4Protocols: []uint32{icmp},
			SourceIpv4:  []string{"10.0.1.10"},
		}}},
	})
	interrupted, done := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer done()
	context.AfterFunc(interrupted, func() { _ = trace.Stop(context.Background()) })
	for event, err := range trace.Events() {
		if err != nil {
			return err
		}
		switch event := event.(type) {
		case *ipftrace.Started:
			fmt.Println("Trace ready!")
		case *ipftrace.Journey:
			fmt.Print(event)
		}
	}
	return nil
}

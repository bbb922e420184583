// Command icmp-journey shows the way of ICMP packets from one address through the kernel, as the README of
// the original ipftrace did with "ipftrace -iv 4 -s4 10.0.1.10 -l4 ICMP".
//
//	icmp-journey [-server ADDRESS] [-from ADDRESS] [-count JOURNEYS] [-json]
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

	ipftrace "github.com/ipftrace/ipftrace/clients/go"
	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

func main() {
	server := flag.String("server", ipftrace.DefaultAddress, "`address` of ipftraced: unix:PATH or HOST:PORT")
	from := flag.String("from", "10.0.1.10", "IPv4 `address` whose packets, and the replies to them, are shown")
	count := flag.Uint64("count", 0, "`journeys` after which the trace ends; 0: none")
	asJSON := flag.Bool("json", false, "one line of JSON for each journey")
	flag.Parse()
	request := &pb.TraceRequest{
		Filter: &pb.Filter{Allow: []*pb.FlowFilter{{
			IpVersion:   pb.IpVersion_IP_VERSION_4,
			L4Protocols: []uint32{1},
			SourceIpv4:  []string{*from},
		}}},
		Options: &pb.TraceOptions{MaxJourneys: *count, FunctionEncoding: pb.FunctionEncoding_FUNCTION_ENCODING_IDS},
	}
	if err := show(*server, request, *asJSON); err != nil {
		log.Fatal(err)
	}
}

func show(server string, request *pb.TraceRequest, asJSON bool) error {
	client, err := ipftrace.Dial(server)
	if err != nil {
		return err
	}
	defer client.Close()
	trace := client.Trace(context.Background(), request)
	interrupted, done := signal.NotifyContext(context.Background(), os.Interrupt)
	defer done()
	context.AfterFunc(interrupted, func() { _ = trace.Stop(context.Background()) })
	for event, err := range trace.Events() {
		if err != nil {
			return err
		}
		switch event := event.(type) {
		case *ipftrace.Started:
			fmt.Fprintln(os.Stderr, "Trace ready!")
		case *ipftrace.Journey:
			if err := print(event, asJSON); err != nil {
				return err
			}
		case *ipftrace.Loss:
			fmt.Fprintln(os.Stderr, "lost:", event.GetStages())
		case *ipftrace.Ended:
			fmt.Fprintln(os.Stderr, "ended:", event.GetReason(), event.GetDetail())
		}
	}
	return nil
}

func print(journey *ipftrace.Journey, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(journey)
	}
	_, err := fmt.Print(journey)
	return err
}

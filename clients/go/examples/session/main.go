// Command session reads a session from its oldest journey on and prints each event as a line of JSON. It goes on
// where it was when the connection breaks, and ends with the session.
//
//	session ADDRESS NAME [CA CERTIFICATE KEY]
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"

	ipftrace "github.com/ipftrace/ipftrace/clients/go"
	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

func main() {
	if len(os.Args) != 3 && len(os.Args) != 6 {
		log.Fatal("session: give ADDRESS NAME [CA CERTIFICATE KEY]")
	}
	var options []ipftrace.DialOption
	if len(os.Args) == 6 {
		config, err := ipftrace.LoadTLS(ipftrace.TLSFiles{CA: os.Args[3], Certificate: os.Args[4], Key: os.Args[5]})
		if err != nil {
			log.Fatal(err)
		}
		options = append(options, ipftrace.WithTLS(config))
	}
	if err := read(os.Args[1], os.Args[2], options); err != nil {
		log.Fatal(err)
	}
}

func read(address, name string, options []ipftrace.DialOption) error {
	client, err := ipftrace.Dial(address, options...)
	if err != nil {
		return err
	}
	defer client.Close()
	session := &pb.SessionAttachment{SessionName: name, Start: &pb.SessionAttachment_Oldest{Oldest: true}}
	out := json.NewEncoder(os.Stdout)
	for event, err := range client.Trace(context.Background(), &pb.TraceRequest{Session: session}).Events() {
		if err != nil {
			return err
		}
		if err := out.Encode(event); err != nil {
			return err
		}
	}
	return nil
}

// Command gso shows how generic segmentation offload cuts the TCP packets of one address, with data that a
// module reads at every function, as the README of the original ipftrace did with "ipftrace -m modules.gso".
//
//	gso [-server ADDRESS] [-from ADDRESS] [-module FILE] [-manifest FILE] [-count JOURNEYS] [-json]
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
	module := flag.String("module", "", "YAML `file` with a module; empty: the server's gso")
	manifest := flag.String("manifest", "", "YAML `file` with functions; empty: the server's generic")
	count := flag.Uint64("count", 0, "`journeys` after which the trace ends; 0: none")
	asJSON := flag.Bool("json", false, "one line of JSON for each journey")
	flag.Parse()
	request := &pb.TraceRequest{
		Filter: &pb.Filter{Allow: []*pb.FlowFilter{{
			IpVersion:   pb.IpVersion_IP_VERSION_4,
			L4Protocols: []uint32{6},
			SourceIpv4:  []string{*from},
		}}},
		ModuleNames: []string{"gso"},
		Options:     &pb.TraceOptions{MaxJourneys: *count, FunctionEncoding: pb.FunctionEncoding_FUNCTION_ENCODING_IDS},
	}
	if err := addFiles(request, *module, *manifest); err != nil {
		log.Fatal(err)
	}
	if err := show(*server, request, *asJSON); err != nil {
		log.Fatal(err)
	}
}

// addFiles puts what the files hold into the request.
func addFiles(request *pb.TraceRequest, module, manifest string) error {
	if module != "" {
		loaded, warnings, err := ipftrace.LoadModule(module)
		if err != nil {
			return err
		}
		warn(warnings)
		request.ModuleNames = nil
		request.Modules = []*pb.Module{loaded}
	}
	if manifest == "" {
		return nil
	}
	loaded, warnings, err := ipftrace.LoadManifest(manifest)
	if err != nil {
		return err
	}
	warn(warnings)
	request.ManifestSource = &pb.TraceRequest_Manifest{Manifest: loaded}
	return nil
}

func warn(warnings []string) {
	for _, warning := range warnings {
		fmt.Fprintln(os.Stderr, "warning:", warning)
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
			for _, value := range lastHop(event).Custom { // Values are typed, too.
				if value.Key == "gso_segs" && value.GetUnsignedValue() > 1 {
					fmt.Fprintln(os.Stderr, "will be cut into", value.GetUnsignedValue(), "segments")
				}
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

func lastHop(journey *ipftrace.Journey) ipftrace.Hop {
	if len(journey.Hops) == 0 {
		return ipftrace.Hop{}
	}
	return journey.Hops[len(journey.Hops)-1]
}

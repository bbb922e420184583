// Command count counts the journeys of a trace, and what was lost. A second argument waits so many
// milliseconds after each; a third is a session, of which to count what its history has.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	ipftrace "github.com/ipftrace/ipftrace/clients/go"
	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

type counts struct {
	Journeys   int     `json:"journeys"`
	Hops       int     `json:"hops"`
	LostEvents uint64  `json:"lostEvents"`
	Seconds    float64 `json:"seconds"`
}

func main() {
	address, delay := ipftrace.DefaultAddress, time.Duration(0)
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if len(os.Args) > 2 {
		milliseconds, err := strconv.ParseUint(os.Args[2], 10, 31)
		if err != nil {
			log.Fatal(err)
		}
		delay = time.Duration(milliseconds) * time.Millisecond
	}
	request := &pb.TraceRequest{Options: &pb.TraceOptions{QueueBytes: 65536}}
	if len(os.Args) > 3 {
		oldest := &pb.SessionAttachment_Oldest{Oldest: true}
		session := &pb.SessionAttachment{SessionName: os.Args[3], Start: oldest, HistoryOnly: true}
		request = &pb.TraceRequest{Session: session}
	}
	if err := count(address, request, delay); err != nil {
		log.Fatal(err)
	}
}

func count(address string, request *pb.TraceRequest, delay time.Duration) error {
	client, err := ipftrace.Dial(address)
	if err != nil {
		return err
	}
	defer client.Close()
	trace := client.Trace(context.Background(), request)
	interrupted, done := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer done()
	context.AfterFunc(interrupted, func() { _ = trace.Stop(context.Background()) })
	var counted counts
	var begun time.Time
	for event, err := range trace.Events() {
		if err != nil {
			return err
		}
		switch event := event.(type) {
		case *ipftrace.Started:
			begun = time.Now()
			fmt.Println("Trace ready!")
		case *ipftrace.Journey:
			counted.Journeys++
			counted.Hops += named(event)
			wait(interrupted, delay)
		case *ipftrace.Loss:
			for _, stage := range event.GetStages() {
				counted.LostEvents += stage.GetLostEvents()
			}
		}
	}
	counted.Seconds = time.Since(begun).Seconds()
	return json.NewEncoder(os.Stdout).Encode(counted)
}

// named counts the hops whose function has a name.
func named(journey *ipftrace.Journey) int {
	count := 0
	for _, hop := range journey.Hops {
		if hop.Function != "" {
			count++
		}
	}
	return count
}

// wait waits until the trace is asked to end.
func wait(interrupted context.Context, delay time.Duration) {
	if delay == 0 {
		return
	}
	select {
	case <-time.After(delay):
	case <-interrupted.Done():
	}
}

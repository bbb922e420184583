package ipftrace_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ipftrace "github.com/ipftrace/ipftrace/clients/go"
	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

// untilStopped plays a trace that runs until StopTrace, or until it is cancelled.
func untilStopped(server **server, cancelled chan<- struct{}) func(grpc.ServerStreamingServer[pb.TraceResponse]) error {
	return func(stream grpc.ServerStreamingServer[pb.TraceResponse]) error {
		if err := sendAll(stream, startedMessage(7), journeyMessage(1)); err != nil {
			return err
		}
		select {
		case <-(*server).stopped:
			return sendAll(stream, journeyMessage(2), endedMessage(pb.TraceEndReason_TRACE_END_REASON_STOPPED))
		case <-stream.Context().Done():
			close(cancelled)
			return stream.Context().Err()
		}
	}
}

func TestStopEndsInGoodOrder(t *testing.T) {
	var played *server
	var client *ipftrace.Client
	played, client = serve(t, untilStopped(&played, make(chan struct{})))
	trace := client.Trace(t.Context(), &pb.TraceRequest{})
	var seen []uint64
	var ended *ipftrace.Ended
	for event, err := range trace.Events() {
		if err != nil {
			t.Fatal(err)
		}
		switch event := event.(type) {
		case *ipftrace.Journey:
			seen = append(seen, event.GetJourneyId())
			for range 2 { // The second is told that the trace is ending.
				if err := trace.Stop(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		case *ipftrace.Ended:
			ended = event
		}
	}
	if len(seen) != 2 || ended.GetReason() != pb.TraceEndReason_TRACE_END_REASON_STOPPED {
		t.Errorf("journeys %v, end %v", seen, ended)
	}
	if played.stops[0] != 7 {
		t.Errorf("trace %d was stopped, not 7", played.stops[0])
	}
}

func TestLeavingTheLoopCancels(t *testing.T) {
	var played *server
	var client *ipftrace.Client
	cancelled := make(chan struct{})
	played, client = serve(t, untilStopped(&played, cancelled))
	for range client.Trace(t.Context(), &pb.TraceRequest{}).Events() {
		break
	}
	<-cancelled
}

func TestContextEndsTheTraceAndSendsNoDeadline(t *testing.T) {
	var played *server
	var client *ipftrace.Client
	cancelled := make(chan struct{})
	played, client = serve(t, untilStopped(&played, cancelled))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	var end error
	for _, err := range client.Trace(ctx, &pb.TraceRequest{}).Events() {
		end = err
	}
	<-cancelled
	if !errors.Is(end, context.DeadlineExceeded) {
		t.Errorf("ended with %v", end)
	}
	if played.hadDeadline() {
		t.Error("the stream had a deadline")
	}
}

func TestStopBeforeTheBeginning(t *testing.T) {
	t.Run("before it is read", func(t *testing.T) {
		_, client := serve(t)
		trace := client.Trace(t.Context(), &pb.TraceRequest{})
		if err := trace.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		for event, err := range trace.Events() {
			t.Errorf("%v, %v", event, err)
		}
	})
	t.Run("while it is set up", func(t *testing.T) {
		progress := &pb.TraceResponse{Event: &pb.TraceResponse_AttachProgress{AttachProgress: &pb.AttachProgress{Total: 9}}}
		_, client := serve(t, func(stream grpc.ServerStreamingServer[pb.TraceResponse]) error {
			if err := stream.Send(progress); err != nil {
				return err
			}
			<-stream.Context().Done()
			return stream.Context().Err()
		})
		trace := client.Trace(t.Context(), &pb.TraceRequest{})
		for event, err := range trace.Events() {
			if _, is := event.(*ipftrace.AttachProgress); !is {
				t.Errorf("%v, %v", event, err)
			}
			if err := trace.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestEndsWithoutAReason(t *testing.T) {
	_, client := serve(t, func(stream grpc.ServerStreamingServer[pb.TraceResponse]) error {
		return sendAll(stream, startedMessage(1))
	})
	trace := client.Trace(t.Context(), &pb.TraceRequest{})
	var end error
	for _, err := range trace.Events() {
		end = err
	}
	if !errors.Is(end, ipftrace.ErrNoEnd) {
		t.Errorf("ended with %v", end)
	}
	for _, err := range trace.Events() {
		if !errors.Is(err, ipftrace.ErrTraceUsed) {
			t.Errorf("read again: %v", err)
		}
	}
}

func TestDrainedServerEndsInGoodOrder(t *testing.T) {
	_, client := serve(t, breakAfter(startedMessage(1), endedMessage(pb.TraceEndReason_TRACE_END_REASON_DRAINING)))
	events := 0
	for _, err := range client.Trace(t.Context(), &pb.TraceRequest{}).Events() {
		if err != nil {
			t.Fatal(err)
		}
		events++
	}
	if events != 2 {
		t.Errorf("%d events, not 2", events)
	}
}

func TestOtherCallsHaveADeadline(t *testing.T) {
	played, client := serve(t)
	if _, err := client.Traces().GetNode(t.Context(), &pb.GetNodeRequest{}); err != nil {
		t.Fatal(err)
	}
	if !played.hadDeadline() {
		t.Error("GetNode has no deadline")
	}
}

func TestNoServer(t *testing.T) {
	client := dial(t, "unix:"+t.TempDir()+"/nobody")
	var end error
	for _, err := range client.Trace(t.Context(), &pb.TraceRequest{}).Events() {
		end = err
	}
	if status.Code(end) != codes.Unavailable {
		t.Errorf("ended with %v", end)
	}
}

func TestBadAddress(t *testing.T) {
	for _, address := range []string{"", "localhost"} {
		if _, err := ipftrace.Dial(address); err == nil {
			t.Errorf("%q is taken for an address", address)
		}
	}
}

// A reader that does not read makes the server wait: that is what lets it count its losses.
func TestASlowReaderHoldsTheServerUp(t *testing.T) {
	const total = 4000
	sent := make(chan int, total)
	_, client := serve(t, func(stream grpc.ServerStreamingServer[pb.TraceResponse]) error {
		filled := journeyMessage(1)
		filled.GetBatch().Journeys[0].Flow = &pb.Flow{Source: make([]byte, 64<<10)}
		for i := range total {
			if err := stream.Send(filled); err != nil {
				return err
			}
			sent <- i
		}
		return nil
	})
	for range client.Trace(t.Context(), &pb.TraceRequest{}).Events() {
		last := -1
		for len(sent) != last { // Until the server sends no more.
			last = len(sent)
			time.Sleep(200 * time.Millisecond)
		}
		break
	}
	if len(sent) == total {
		t.Errorf("all %d messages were sent to a reader of one", total)
	}
}

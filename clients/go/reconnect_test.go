package ipftrace_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ipftrace "github.com/ipftrace/ipftrace/clients/go"
	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

var quickly = ipftrace.Reconnect{MinDelay: time.Millisecond}

func TestReconnectCases(t *testing.T) {
	for _, path := range matching(t, "reconnect/*/case.json") {
		folder := filepath.Dir(path)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			var described struct {
				SessionName string
				Calls       []struct {
					Messages, Status string
					ResumeToken      []byte
				}
			}
			if err := json.Unmarshal(read(t, path), &described); err != nil {
				t.Fatal(err)
			}
			var calls []func(grpc.ServerStreamingServer[pb.TraceResponse]) error
			last := codes.OK
			for _, call := range described.Calls {
				var code codes.Code
				if err := code.UnmarshalJSON([]byte(`"` + call.Status + `"`)); err != nil {
					t.Fatal(err)
				}
				last = code
				messages := messagesOf(t, filepath.Join(folder, call.Messages))
				calls = append(calls, func(stream grpc.ServerStreamingServer[pb.TraceResponse]) error {
					if err := sendAll(stream, messages...); err != nil {
						return err
					}
					return status.Error(code, "as the case says")
				})
			}
			server, client := serve(t, calls...)
			request := &pb.TraceRequest{}
			if described.SessionName != "" {
				request.Session = &pb.SessionAttachment{SessionName: described.SessionName}
			}
			var told told
			var end error
			for event, err := range client.Trace(t.Context(), request, ipftrace.WithReconnect(quickly)).Events() {
				if err != nil {
					end = err
					continue
				}
				told.add(t, event)
			}
			if status.Code(end) != last {
				t.Errorf("ended with %v, not %v", end, last)
			}
			told.compare(t, filepath.Join(folder, "events.jsonl"), filepath.Join(folder, "journeys.txt"))
			if len(server.requests) != len(described.Calls) {
				t.Fatalf("%d calls, not %d", len(server.requests), len(described.Calls))
			}
			for i, call := range described.Calls {
				if token := server.requests[i].GetSession().GetResumeToken(); !bytes.Equal(token, call.ResumeToken) {
					t.Errorf("call %d has the token %q, not %q", i+1, token, call.ResumeToken)
				}
			}
		})
	}
}

func breakAfter(messages ...*pb.TraceResponse) func(grpc.ServerStreamingServer[pb.TraceResponse]) error {
	return func(stream grpc.ServerStreamingServer[pb.TraceResponse]) error {
		if err := sendAll(stream, messages...); err != nil {
			return err
		}
		return status.Error(codes.Unavailable, "broken")
	}
}

func TestLimitsCountOverAllConnections(t *testing.T) {
	server, client := serve(t,
		breakAfter(startedMessage(1), journeyMessage(1, 2)),
		breakAfter(startedMessage(2), journeyMessage(1)),
		func(stream grpc.ServerStreamingServer[pb.TraceResponse]) error {
			limit := endedMessage(pb.TraceEndReason_TRACE_END_REASON_LIMIT)
			return sendAll(stream, startedMessage(3), journeyMessage(1, 2), limit)
		})
	options := &pb.TraceOptions{MaxJourneys: 5, DurationMs: 3_600_000}
	trace := client.Trace(t.Context(), &pb.TraceRequest{Options: options}, ipftrace.WithReconnect(quickly))
	journeys := 0
	for _, err := range trace.Journeys() {
		if err != nil {
			t.Fatal(err)
		}
		journeys++
	}
	if journeys != 5 {
		t.Errorf("%d journeys, not 5", journeys)
	}
	for i, most := range []uint64{5, 3, 2} {
		asked := server.requests[i].GetOptions()
		if asked.GetMaxJourneys() != most {
			t.Errorf("call %d asks for %d journeys, not %d", i+1, asked.GetMaxJourneys(), most)
		}
		if asked.GetDurationMs() == 0 || asked.GetDurationMs() > options.GetDurationMs() {
			t.Errorf("call %d asks for %d ms", i+1, asked.GetDurationMs())
		}
	}
	if options.GetMaxJourneys() != 5 {
		t.Error("the caller's request was changed")
	}
}

func TestAttemptsAreLimited(t *testing.T) {
	broken := breakAfter()
	server, client := serve(t, broken, broken, broken, broken)
	reconnect := ipftrace.Reconnect{MinDelay: time.Millisecond, MaxAttempts: 2}
	var end error
	for _, err := range client.Trace(t.Context(), &pb.TraceRequest{}, ipftrace.WithReconnect(reconnect)).Events() {
		end = err
	}
	if status.Code(end) != codes.Unavailable || len(server.requests) != 3 {
		t.Errorf("%d calls, then %v", len(server.requests), end)
	}
}

func TestSessionsReconnectUnlessToldNotTo(t *testing.T) {
	told := startedMessage(1)
	told.ResumeToken = []byte("t1")
	for name, options := range map[string][]ipftrace.TraceOption{"one": nil, "other": {ipftrace.WithoutReconnect()}} {
		server, client := serve(t, breakAfter(told), breakAfter(told))
		session := &pb.TraceRequest{Session: &pb.SessionAttachment{SessionName: "night"}}
		trace := client.Trace(t.Context(), session, options...)
		var end error
		started := 0
		for _, err := range trace.Events() {
			end = err
			if started++; started == 2 {
				break
			}
		}
		calls := 2 - len(options)
		if len(server.requests) != calls || (end == nil) != (calls == 2) {
			t.Errorf("%s: %d calls, then %v", name, len(server.requests), end)
		}
		if string(trace.ResumeToken()) != "t1" {
			t.Errorf("%s: token %q", name, trace.ResumeToken())
		}
	}
}

func TestOnlyLostConnectionsAreTriedAgain(t *testing.T) {
	server, client := serve(t, func(grpc.ServerStreamingServer[pb.TraceResponse]) error {
		return status.Error(codes.InvalidArgument, "no such manifest")
	})
	var end error
	for _, err := range client.Trace(t.Context(), &pb.TraceRequest{}, ipftrace.WithReconnect(quickly)).Events() {
		end = err
	}
	if status.Code(end) != codes.InvalidArgument || len(server.requests) != 1 {
		t.Errorf("%d calls, then %v", len(server.requests), end)
	}
}

package ipftrace_test

import (
	"context"
	"net"
	"path/filepath"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ipftrace "github.com/ipftrace/ipftrace/clients/go"
	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

// server is a server whose traces are played by functions, one for each call.
type server struct {
	pb.UnimplementedTraceServiceServer
	pb.UnimplementedSessionServiceServer

	mu       sync.Mutex
	calls    []func(stream grpc.ServerStreamingServer[pb.TraceResponse]) error
	requests []*pb.TraceRequest
	stops    []uint64
	stopped  chan struct{}
	// Whether the newest call had a deadline.
	deadline bool
}

func (s *server) Trace(request *pb.TraceRequest, stream grpc.ServerStreamingServer[pb.TraceResponse]) error {
	s.mu.Lock()
	s.requests = append(s.requests, request)
	_, s.deadline = stream.Context().Deadline()
	if len(s.calls) == 0 {
		s.mu.Unlock()
		return status.Error(codes.Internal, "one call too many")
	}
	play := s.calls[0]
	s.calls = s.calls[1:]
	s.mu.Unlock()
	return play(stream)
}

func (s *server) StopTrace(_ context.Context, request *pb.StopTraceRequest) (*pb.StopTraceResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stops = append(s.stops, request.GetTraceId())
	if len(s.stops) > 1 {
		return nil, status.Error(codes.NotFound, "no such trace")
	}
	close(s.stopped)
	return &pb.StopTraceResponse{}, nil
}

func (s *server) GetNode(ctx context.Context, _ *pb.GetNodeRequest) (*pb.GetNodeResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, s.deadline = ctx.Deadline()
	return &pb.GetNodeResponse{}, nil
}

func (s *server) hadDeadline() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deadline
}

// serve starts a server on a unix socket, and a client of it; both end with the test.
func serve(t *testing.T, calls ...func(grpc.ServerStreamingServer[pb.TraceResponse]) error) (*server, *ipftrace.Client) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	played := &server{calls: calls, stopped: make(chan struct{})}
	start(t, listener, played)
	return played, dial(t, "unix:"+path)
}

func start(t *testing.T, listener net.Listener, played *server, options ...grpc.ServerOption) {
	t.Helper()
	running := grpc.NewServer(options...)
	pb.RegisterTraceServiceServer(running, played)
	go func() { _ = running.Serve(listener) }()
	t.Cleanup(running.Stop)
}

func dial(t *testing.T, address string, options ...ipftrace.DialOption) *ipftrace.Client {
	t.Helper()
	client, err := ipftrace.Dial(address, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func startedMessage(id uint64) *pb.TraceResponse {
	return &pb.TraceResponse{Event: &pb.TraceResponse_Started{Started: &pb.TraceStarted{TraceId: id}}}
}

func endedMessage(reason pb.TraceEndReason) *pb.TraceResponse {
	return &pb.TraceResponse{Event: &pb.TraceResponse_Ended{Ended: &pb.TraceEnded{Reason: reason}}}
}

func journeyMessage(ids ...uint64) *pb.TraceResponse {
	batch := &pb.JourneyBatch{}
	for _, id := range ids {
		batch.Journeys = append(batch.Journeys, &pb.PacketJourney{JourneyId: id})
	}
	return &pb.TraceResponse{Event: &pb.TraceResponse_Batch{Batch: batch}}
}

func sendAll(stream grpc.ServerStreamingServer[pb.TraceResponse], messages ...*pb.TraceResponse) error {
	for _, message := range messages {
		if err := stream.Send(message); err != nil {
			return err
		}
	}
	return nil
}

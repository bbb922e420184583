package ipftrace

import (
	"context"
	"time"

	"google.golang.org/grpc"

	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

const (
	// Questions that the server answers from what it knows.
	answerTimeout = 10 * time.Second
	// Answers that need the kernel: types of every module, thousands of probes.
	kernelTimeout = 120 * time.Second
	// FlushSessionRequest.timeout_ms when it is 0.
	flushTimeout = 10 * time.Second
)

// limitTime gives calls that answer once a deadline, where the caller gave none.
func limitTime(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	if _, has := ctx.Deadline(); !has {
		limited, cancel := context.WithTimeout(ctx, timeoutOf(request))
		defer cancel()
		ctx = limited
	}
	return invoke(ctx, method, request, reply, conn, options...)
}

func timeoutOf(request any) time.Duration {
	switch r := request.(type) {
	case *pb.StopTraceRequest, *pb.ListSessionsRequest, *pb.GetSessionRequest:
		return answerTimeout
	case *pb.FlushSessionRequest:
		if asked := time.Duration(r.GetTimeoutMs()) * time.Millisecond; asked > 0 {
			return asked + answerTimeout
		}
		return flushTimeout + answerTimeout
	default:
		return kernelTimeout
	}
}

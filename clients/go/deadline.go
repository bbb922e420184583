package ipftrace

import (
	"context"
	"time"

	"google.golang.org/grpc"

	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

const (
	answerTimeout = 10 * time.Second
	// Attaching to and detaching from thousands of functions takes old kernels a minute.
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
	case *pb.CreateSessionRequest, *pb.DeleteSessionRequest, *pb.ExplainTraceRequest, *pb.CheckModuleRequest:
		return kernelTimeout
	case *pb.FlushSessionRequest:
		if asked := time.Duration(r.GetTimeoutMs()) * time.Millisecond; asked > 0 {
			return asked + answerTimeout
		}
		return flushTimeout + answerTimeout
	default:
		return answerTimeout
	}
}

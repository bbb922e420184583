package ipftrace

import (
	"errors"
	"math/rand/v2"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

// Reconnect says how a trace goes on after its connection was lost. Zeros are defaults.
type Reconnect struct {
	// MaxAttempts is how many connections in a row may fail. Default 0: any number.
	MaxAttempts int
	// MinDelay is how long to wait before the first attempt; each further one waits twice as long.
	// Default 250 ms. A server that says how long to wait (google.rpc.RetryInfo) is obeyed.
	MinDelay time.Duration
	// MaxDelay is the longest wait. Default 30 s.
	MaxDelay time.Duration
}

const (
	defaultMinDelay = 250 * time.Millisecond
	defaultMaxDelay = 30 * time.Second
)

// WithReconnect makes a trace go on after its connection was lost, or its server was stopped (UNAVAILABLE).
// Reading a session does so without being asked.
//
// A session is read on after the last message that was received: nothing is missing and nothing comes
// twice, and what the session forgot meanwhile is told as a [Loss] at LOSS_STAGE_HISTORY. Any other trace
// begins anew, and what happened meanwhile is not seen. [Started] comes again and says which it is.
// The limits max_journeys and duration_ms of the request count over all connections.
func WithReconnect(reconnect Reconnect) TraceOption {
	return func(t *Trace) { t.reconnect = &reconnect }
}

// WithoutReconnect makes a lost connection the end of reading a session, too.
func WithoutReconnect() TraceOption {
	return func(t *Trace) { t.reconnect = nil }
}

// takes tells whether another attempt is worth it.
func (c *Reconnect) takes(err error, failures int) bool {
	if c == nil || (c.MaxAttempts > 0 && failures >= c.MaxAttempts) {
		return false
	}
	return errors.Is(err, ErrNoEnd) || status.Code(err) == codes.Unavailable
}

// delay grows with the failures; half of it is random, so that clients do not come back all at once.
func (c *Reconnect) delay(err error, failures int) time.Duration {
	for _, detail := range status.Convert(err).Details() {
		if info, is := detail.(*errdetails.RetryInfo); is {
			return info.GetRetryDelay().AsDuration()
		}
	}
	least, most := c.MinDelay, c.MaxDelay
	if least <= 0 {
		least = defaultMinDelay
	}
	if most <= 0 {
		most = defaultMaxDelay
	}
	delay := least
	for ; failures > 0 && delay < most; failures-- {
		delay *= 2
	}
	delay = min(delay, most)
	return delay/2 + rand.N(delay/2+1)
}

// allowance is what the limits of a request leave to the next connection.
type allowance struct {
	limits   *pb.TraceOptions
	begun    time.Time
	journeys uint64
	used     bool
}

func newAllowance(request *pb.TraceRequest) allowance {
	return allowance{limits: request.GetOptions(), begun: time.Now()}
}

func (a *allowance) durationMs() int64 {
	return int64(a.limits.GetDurationMs()) - time.Since(a.begun).Milliseconds()
}

func (a *allowance) isSpent() bool {
	most := a.limits.GetMaxJourneys()
	return (most > 0 && a.journeys >= most) || (a.limits.GetDurationMs() > 0 && a.durationMs() <= 0)
}

// next is the request of the next connection.
func (a *allowance) next(asked *pb.TraceRequest, token []byte) *pb.TraceRequest {
	if !a.used {
		a.used = true
		return asked
	}
	next := proto.CloneOf(asked)
	if next.GetOptions().GetMaxJourneys() > 0 {
		next.Options.MaxJourneys -= a.journeys
	}
	if next.GetOptions().GetDurationMs() > 0 {
		next.Options.DurationMs = uint32(max(1, a.durationMs()))
	}
	if len(token) > 0 && next.GetSession() != nil {
		next.Session.Start = &pb.SessionAttachment_ResumeToken{ResumeToken: token}
	}
	return next
}

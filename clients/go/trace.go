package ipftrace

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

// ErrNoEnd is the error of a stream that the server ended without saying why.
var ErrNoEnd = errors.New("ipftrace: the server ended the stream without saying why")

// ErrTraceUsed is the error of a trace that is ranged over for the second time.
var ErrTraceUsed = errors.New("ipftrace: a trace can be read once: call Client.Trace again")

// Trace is one trace, or the reading of one session. It begins when it is ranged over.
type Trace struct {
	client    *Client
	ctx       context.Context
	request   *pb.TraceRequest
	reconnect *Reconnect

	// Closed by Stop.
	stopping chan struct{}

	mu      sync.Mutex
	used    bool
	stopped bool
	// Of the stream that is read: whether it has begun, its id, and what ends it at once.
	started bool
	traceID uint64
	cancel  context.CancelFunc
	// Of the newest message that was told.
	token []byte
}

// TraceOption is an option of [Client.Trace].
type TraceOption func(*Trace)

// Trace makes a trace of a request; nil, or an empty one, traces the generic manifest without a filter.
// Cancelling the context, or its deadline, ends the trace at once.
func (c *Client) Trace(ctx context.Context, request *pb.TraceRequest, options ...TraceOption) *Trace {
	if request == nil {
		request = &pb.TraceRequest{}
	}
	t := &Trace{client: c, ctx: ctx, request: request, stopping: make(chan struct{})}
	if request.GetSession() != nil {
		t.reconnect = &Reconnect{}
	}
	for _, option := range options {
		option(t)
	}
	return t
}

// Journeys ranges over the journeys of a trace alone, to its end. Errors are those of [Trace.Events].
func (t *Trace) Journeys() iter.Seq2[*Journey, error] {
	return func(yield func(*Journey, error) bool) {
		for event, err := range t.Events() {
			journey, is := event.(*Journey)
			if (is || err != nil) && !yield(journey, err) {
				return
			}
		}
	}
}

// Events ranges over everything that a trace tells, to its end. Leaving the loop ends the trace at once;
// see [Trace.Stop]. An error is the last thing told: a status of gRPC (see the package
// google.golang.org/grpc/status), [ErrNoEnd], or the context's error.
func (t *Trace) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if !t.use() {
			yield(nil, ErrTraceUsed)
			return
		}
		run := &run{trace: t, yield: yield, left: newAllowance(t.request)}
		for {
			err := run.read()
			if run.over || (err != nil && run.wait(err) != nil) {
				return
			}
		}
	}
}

func (t *Trace) use() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	used := t.used
	t.used = true
	return !used
}

// Stop ends the trace in good order: Events tells what is open, then [Ended] with the account, then it
// ends. A trace that has not begun ends at once, without an event. Stop may be called from
// within the loop and from elsewhere.
func (t *Trace) Stop(ctx context.Context) error {
	t.mu.Lock()
	if !t.stopped {
		t.stopped = true
		close(t.stopping)
	}
	started, id, cancel := t.started, t.traceID, t.cancel
	t.mu.Unlock()
	if !started {
		if cancel != nil {
			cancel()
		}
		return nil
	}
	_, err := t.client.traces.StopTrace(ctx, &pb.StopTraceRequest{TraceId: id})
	if status.Code(err) == codes.NotFound {
		return nil // It is ending already.
	}
	return err
}

// ResumeToken is where to go on reading a session later, after what Events has told so far, for
// SessionAttachment.resume_token. Nil before the first message, and for other traces.
func (t *Trace) ResumeToken() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.token
}

// run is one range over a trace: a stream, or several with reconnecting.
type run struct {
	trace *Trace
	yield func(Event, error) bool
	left  allowance
	token []byte
	// Connections that failed since the last one that told something.
	failures int
	// over: nothing more is to be told.
	over bool
}

// open begins a stream whose context has no deadline: gRPC would send it to the server.
func (r *run) open() (pb.TraceService_TraceClient, context.CancelFunc, error) {
	t := r.trace
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.ctx))
	unwatch := context.AfterFunc(t.ctx, cancel)
	t.mu.Lock()
	t.started, t.cancel = false, cancel
	stopped := t.stopped
	t.mu.Unlock()
	if stopped {
		cancel()
	}
	end := func() { unwatch(); cancel() }
	stream, err := t.client.traces.Trace(ctx, r.left.next(t.request, r.token))
	return stream, end, err
}

// read reads one stream to its end. Nil: it ended as it should.
func (r *run) read() error {
	stream, end, err := r.open()
	defer end()
	decoder := Decoder{resumed: len(r.token) > 0}
	var ended *pb.TraceEnded
	for err == nil {
		var message *pb.TraceResponse
		if message, err = stream.Recv(); err != nil {
			break
		}
		r.note(message)
		for event := range decoder.Events(message) {
			if !r.yield(event, nil) {
				r.over = true
				return nil
			}
		}
		if message.GetEnded() != nil {
			ended = message.GetEnded()
		}
		if len(message.GetResumeToken()) > 0 {
			r.keep(message.GetResumeToken())
		}
	}
	return r.judge(err, ended)
}

// judge tells whether a stream ended as it should.
func (r *run) judge(err error, ended *pb.TraceEnded) error {
	stopped, begun := r.closeStream()
	switch {
	case r.trace.ctx.Err() != nil:
		err = context.Cause(r.trace.ctx)
	case stopped && !begun:
		r.over = true
		return nil
	case ended.GetReason() == pb.TraceEndReason_TRACE_END_REASON_DRAINING && r.trace.reconnect != nil && !stopped:
		return status.Error(codes.Unavailable, "the server is stopping")
	case ended != nil: // A server that drains ends the stream with a status after it has said all.
		r.over = true
		return nil
	case errors.Is(err, io.EOF):
		err = ErrNoEnd
	}
	return err
}

func (r *run) keep(token []byte) {
	t := r.trace
	t.mu.Lock()
	defer t.mu.Unlock()
	r.token, t.token = token, token
}

// closeStream tells how the stream was: now there is none that Stop could end.
func (r *run) closeStream() (stopped, begun bool) {
	t := r.trace
	t.mu.Lock()
	defer t.mu.Unlock()
	stopped, begun = t.stopped, t.started
	t.started = false
	return stopped, begun
}

func (r *run) note(message *pb.TraceResponse) {
	r.failures = 0
	r.left.journeys += uint64(len(message.GetBatch().GetJourneys()))
	started := message.GetStarted()
	if started == nil {
		return
	}
	t := r.trace
	t.mu.Lock()
	t.started, t.traceID = true, started.GetTraceId()
	stopped := t.stopped
	t.mu.Unlock()
	if stopped { // Between the last message and this one.
		t.cancel()
	}
}

// wait waits before the next attempt. The error that it returns has been told.
func (r *run) wait(err error) error {
	t := r.trace
	if t.ctx.Err() != nil || r.left.isSpent() || !t.reconnect.takes(err, r.failures) {
		r.yield(nil, err)
		return err
	}
	timer := time.NewTimer(t.reconnect.delay(err, r.failures))
	defer timer.Stop()
	r.failures++
	select {
	case <-timer.C:
		return nil
	case <-t.stopping:
	case <-t.ctx.Done():
		err = context.Cause(t.ctx)
	}
	r.yield(nil, err)
	return err
}

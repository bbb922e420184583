package ipftrace

import pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"

// Event is what a trace tells: one of [*Started], [*Journey], [*Loss], [*Heartbeat],
// [*AttachProgress] and [*Ended]. Others may be added in later versions.
type Event interface{ isEvent() }

// Started says what is being traced: node, backend, functions, schemas. It comes first, and again
// after every connection that was lost (see [WithReconnect]).
type Started struct {
	*pb.TraceStarted
	// Resumed tells whether the stream goes on where it was, and nothing is missing but what a
	// [Loss] tells. False: it begins here.
	Resumed bool
}

// Loss says that something was lost since the last one, and at which stages.
type Loss struct{ *pb.Loss }

// Heartbeat says that nothing happened, and that the stream is alive.
type Heartbeat struct{ *pb.Heartbeat }

// AttachProgress says how far the attaching has come, where it takes more than a second.
type AttachProgress struct{ *pb.AttachProgress }

// Ended says why the trace ended, with its account. It comes last.
type Ended struct{ *pb.TraceEnded }

func (*Started) isEvent()        {}
func (*Journey) isEvent()        {}
func (*Loss) isEvent()           {}
func (*Heartbeat) isEvent()      {}
func (*AttachProgress) isEvent() {}
func (*Ended) isEvent()          {}

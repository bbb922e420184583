package ipftrace

import pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"

// Journey is the way of one packet through the kernel, with all numbers resolved to names. Flow, end,
// drop reason and links are in the message.
type Journey struct {
	*pb.PacketJourney
	// Hops are the functions that the packet went through, in their order. They take the place
	// of the message's.
	Hops []Hop
	// EndStack is the call stack that ended the packet, the innermost function first; nil
	// where none was asked for.
	EndStack []string

	schemas *schemas
}

// Hop is one function that a packet went through, with all numbers resolved to names.
type Hop struct {
	*pb.Hop
	// Function is its name; empty when the trace did not tell it.
	Function string
	// Interface is the name of the packet's interface in its network namespace; empty when there
	// is none, or it is not known.
	Interface string
	// Custom are the values that modules collected here. A field that could not be read has none.
	Custom []CustomValue
	// Stack is the call stack, the innermost function first; nil where none was asked for.
	Stack []string
}

// TimeNs is when the packet came to this hop of the journey: CLOCK_MONOTONIC of the node,
// nanoseconds since boot.
func (j *Journey) TimeNs(hop Hop) uint64 { return j.GetStartTimeNs() + hop.GetDeltaNs() }

package ipftrace

import (
	"iter"

	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

// Decoder makes events from the messages of one stream, in their order. [Trace.Events] has one of
// its own; another is needed for messages that come from elsewhere, for example from a file.
// The zero value is ready to use.
type Decoder struct {
	functions  map[uint32]string
	interfaces map[interfaceKey]string
	stacks     map[uint32][]string
	schemas    *schemas
	resumed    bool
}

// Interfaces are numbered within their network namespace.
type interfaceKey struct{ netns, ifindex uint32 }

// Events tells what a message says: any number of journeys, no event for a dictionary and for what
// a newer server has to say, else one event.
func (d *Decoder) Events(message *pb.TraceResponse) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		switch event := message.GetEvent().(type) {
		case *pb.TraceResponse_Started:
			d.start(event.Started)
			yield(&Started{event.Started, d.resumed})
		case *pb.TraceResponse_Batch:
			for _, journey := range event.Batch.GetJourneys() {
				if !yield(d.journey(journey)) {
					return
				}
			}
		case *pb.TraceResponse_Dictionary:
			d.addInterfaces(event.Dictionary.GetInterfaces())
			d.addStacks(event.Dictionary.GetStacks())
		case *pb.TraceResponse_Loss:
			yield(&Loss{event.Loss})
		case *pb.TraceResponse_Heartbeat:
			yield(&Heartbeat{event.Heartbeat})
		case *pb.TraceResponse_AttachProgress:
			yield(&AttachProgress{event.AttachProgress})
		case *pb.TraceResponse_Ended:
			yield(&Ended{event.Ended})
		}
	}
}

// Numbers are unique within a stream: whatever an earlier one told is forgotten.
func (d *Decoder) start(started *pb.TraceStarted) {
	d.functions = make(map[uint32]string, len(started.GetFunctions()))
	for _, entry := range started.GetFunctions() {
		d.functions[entry.GetFunctionId()] = entry.GetName()
	}
	d.interfaces = nil
	d.stacks = nil
	d.addInterfaces(started.GetInterfaces())
	d.schemas = newSchemas(started.GetSchemas())
}

func (d *Decoder) addInterfaces(entries []*pb.InterfaceEntry) {
	if d.interfaces == nil {
		d.interfaces = map[interfaceKey]string{}
	}
	for _, entry := range entries {
		d.interfaces[interfaceKey{entry.GetNetns(), entry.GetIfindex()}] = entry.GetName()
	}
}

func (d *Decoder) addStacks(entries []*pb.StackEntry) {
	if d.stacks == nil {
		d.stacks = map[uint32][]string{}
	}
	for _, entry := range entries {
		d.stacks[entry.GetStackId()] = append([]string{}, entry.GetFrames()...)
	}
}

func (d *Decoder) journey(message *pb.PacketJourney) *Journey {
	hops := make([]Hop, len(message.GetHops()))
	for i, hop := range message.GetHops() {
		function := hop.GetFunction()
		if function == "" {
			function = d.functions[hop.GetFunctionId()]
		}
		hops[i] = Hop{
			Hop:       hop,
			Function:  function,
			Interface: d.interfaces[interfaceKey{hop.GetNetns(), hop.GetIfindex()}],
			Custom:    d.schemas.values(hop.GetCustom()),
			Stack:     d.stacks[hop.GetStackId()],
		}
	}
	return &Journey{PacketJourney: message, Hops: hops, EndStack: d.stacks[message.GetEndStackId()], schemas: d.schemas}
}

package ipftrace

import (
	"strconv"
	"strings"

	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

const (
	// unknown stands for what is not known because the hop that told it was lost.
	unknown = "?"
	// none stands for the addresses of a packet that is not IP.
	none = "-"
)

// String is the journey as the original ipftrace printed it, byte for byte: a line with the flow, the
// table of its hops, an empty line. Time stamps are nanoseconds since boot.
//
// Where modules add something there is a column for it, where the flow changes under way (NAT,
// encapsulation) another one. Call stacks, where they were asked for, stand below the row of their hop.
func (j *Journey) String() string {
	lines := []string{flowLine(j.GetFlow())}
	for i, line := range layOut(j.columns(), j.rows()) {
		lines = append(lines, line)
		if i > 0 {
			lines = append(lines, stackLines(j.Hops[i-1].Stack)...)
		}
	}
	lines = append(lines, j.dropLines()...)
	return strings.Join(lines, "\n") + "\n\n"
}

func (j *Journey) columns() []column {
	columns := []column{{"Time Stamp", true}, {"Function", false}}
	if j.schemas != nil {
		columns = append(columns, column{"Custom Data", false})
	}
	if j.changesFlow() {
		columns = append(columns, column{"Changed Flow", false})
	}
	return columns
}

func (j *Journey) rows() [][]string {
	changes := j.changesFlow()
	rows := make([][]string, len(j.Hops))
	for i, hop := range j.Hops {
		function := hop.Function
		if function == "" {
			function = unknown
		}
		row := []string{strconv.FormatUint(j.TimeNs(hop), 10), printable(function)}
		if j.schemas != nil {
			row = append(row, j.schemas.text(hop.Custom))
		}
		if changes {
			row = append(row, changeText(hop.GetFlow()))
		}
		rows[i] = row
	}
	return rows
}

func (j *Journey) changesFlow() bool {
	for _, hop := range j.Hops {
		if hop.GetFlow() != nil {
			return true
		}
	}
	return false
}

// dropLines tell why and where a packet was dropped; only above a call stack, since the original did not tell.
func (j *Journey) dropLines() []string {
	reason := j.GetDropReason()
	if reason == nil || len(j.EndStack) == 0 {
		return nil
	}
	name, location := reason.GetName(), reason.GetLocation()
	if name == "" {
		name = strconv.FormatUint(uint64(reason.GetCode()), 10)
	}
	if location == "" {
		location = unknown
	}
	return append([]string{"dropped: " + printable(name) + " at " + printable(location)}, stackLines(j.EndStack)...)
}

func stackLines(frames []string) []string {
	lines := make([]string, len(frames))
	for i, frame := range frames {
		lines[i] = "    " + printable(frame)
	}
	return lines
}

func changeText(flow *pb.Flow) string {
	if flow == nil {
		return ""
	}
	source, destination := endpoints(flow)
	return ProtocolName(flow) + " " + source + " -> " + destination
}

func flowLine(flow *pb.Flow) string {
	if flow == nil {
		return strings.Join([]string{unknown, unknown, "->", unknown}, "\t")
	}
	source, destination := endpoints(flow)
	return strings.Join([]string{ProtocolName(flow), source, "->", destination}, "\t")
}

func endpoints(flow *pb.Flow) (source, destination string) {
	if !isIP(flow) {
		return none, none
	}
	return endpoint(flow.GetSource(), flow.GetSourcePort()), endpoint(flow.GetDestination(), flow.GetDestinationPort())
}

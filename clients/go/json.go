package ipftrace

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

type journeyJSON struct {
	JourneyID    string       `json:"journeyId"`
	StartTimeNs  string       `json:"startTimeNs"`
	DurationNs   string       `json:"durationNs"`
	Flow         *flowJSON    `json:"flow,omitempty"`
	Process      *processJSON `json:"process,omitempty"`
	EndReason    string       `json:"endReason"`
	DropReason   *dropJSON    `json:"dropReason,omitempty"`
	EndStack     *[]string    `json:"endStack,omitempty"`
	Completeness string       `json:"completeness"`
	LostHops     uint32       `json:"lostHops"`
	Links        []linkJSON   `json:"links"`
	Hops         []hopJSON    `json:"hops"`
}

type processJSON struct {
	PID  uint32 `json:"pid"`
	TID  uint32 `json:"tid"`
	Comm string `json:"comm"`
}

type dropJSON struct {
	Code      uint32 `json:"code"`
	Name      string `json:"name"`
	Subsystem string `json:"subsystem"`
	Location  string `json:"location"`
}

type linkJSON struct {
	JourneyID string `json:"journeyId"`
	Role      string `json:"role"`
	Kind      string `json:"kind"`
}

type hopJSON struct {
	Function  string          `json:"function"`
	DeltaNs   string          `json:"deltaNs"`
	CPU       uint32          `json:"cpu"`
	Interface string          `json:"interface"`
	Ifindex   uint32          `json:"ifindex"`
	Netns     uint32          `json:"netns"`
	Length    uint32          `json:"length"`
	Flow      *flowJSON       `json:"flow,omitempty"`
	Custom    *map[string]any `json:"custom,omitempty"`
	Stack     *[]string       `json:"stack,omitempty"`
}

type flowJSON struct {
	L3Protocol      uint32    `json:"l3Protocol"`
	L4Protocol      uint32    `json:"l4Protocol"`
	Source          string    `json:"source"`
	Destination     string    `json:"destination"`
	SourcePort      uint32    `json:"sourcePort"`
	DestinationPort uint32    `json:"destinationPort"`
	ICMP            *icmpJSON `json:"icmp,omitempty"`
	LaterFragment   bool      `json:"laterFragment"`
}

type icmpJSON struct {
	Type uint32 `json:"type"`
	Code uint32 `json:"code"`
}

// MarshalJSON writes the journey as a line of "ipftrace -o jsonl": the names of the contract in
// lowerCamelCase, 64-bit numbers as strings, addresses as text, enum values by their short names.
// Zeros are written, too; only what is absent (flow, process, icmp, dropReason, custom, stacks) is left out.
func (j *Journey) MarshalJSON() ([]byte, error) {
	line := journeyJSON{
		JourneyID:    decimal(j.GetJourneyId()),
		StartTimeNs:  decimal(j.GetStartTimeNs()),
		DurationNs:   decimal(j.GetDurationNs()),
		Flow:         flowOf(j.GetFlow()),
		EndReason:    shortName(j.GetEndReason(), "END_REASON_"),
		EndStack:     present(j.EndStack),
		Completeness: shortName(j.GetCompleteness(), "COMPLETENESS_"),
		LostHops:     j.GetLostHops(),
		Links:        make([]linkJSON, len(j.GetLinks())),
		Hops:         make([]hopJSON, len(j.Hops)),
	}
	if process := j.GetProcess(); process != nil {
		line.Process = &processJSON{process.GetPid(), process.GetTid(), process.GetComm()}
	}
	if drop := j.GetDropReason(); drop != nil {
		line.DropReason = &dropJSON{drop.GetCode(), drop.GetName(), drop.GetSubsystem(), drop.GetLocation()}
	}
	for i, link := range j.GetLinks() {
		id := decimal(link.GetJourneyId())
		line.Links[i] = linkJSON{id, shortName(link.GetRole(), "LINK_ROLE_"), shortName(link.GetKind(), "LINK_KIND_")}
	}
	for i, hop := range j.Hops {
		line.Hops[i] = j.hopJSON(hop)
	}
	return marshal(line)
}

// marshal leaves <, > and & as they are.
func marshal(line any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(line)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

func (j *Journey) hopJSON(hop Hop) hopJSON {
	line := hopJSON{
		Function:  hop.Function,
		DeltaNs:   decimal(hop.GetDeltaNs()),
		CPU:       hop.GetCpu(),
		Interface: hop.Interface,
		Ifindex:   hop.GetIfindex(),
		Netns:     hop.GetNetns(),
		Length:    hop.GetLength(),
		Flow:      flowOf(hop.GetFlow()),
		Stack:     present(hop.Stack),
	}
	if j.schemas != nil {
		custom := make(map[string]any, len(hop.Custom))
		for _, value := range hop.Custom {
			custom[value.Key] = value.jsonValue()
		}
		line.Custom = &custom
	}
	return line
}

func flowOf(flow *pb.Flow) *flowJSON {
	if flow == nil {
		return nil
	}
	line := &flowJSON{
		L3Protocol:      flow.GetL3Protocol(),
		L4Protocol:      flow.GetL4Protocol(),
		Source:          AddressText(flow.GetSource()),
		Destination:     AddressText(flow.GetDestination()),
		SourcePort:      flow.GetSourcePort(),
		DestinationPort: flow.GetDestinationPort(),
		LaterFragment:   flow.GetLaterFragment(),
	}
	if icmp := flow.GetIcmp(); icmp != nil {
		line.ICMP = &icmpJSON{icmp.GetType(), icmp.GetCode()}
	}
	return line
}

func present(frames []string) *[]string {
	if frames == nil {
		return nil
	}
	return &frames
}

// shortName is the name of an enum value without its enum's prefix; of one that this version does not
// know its number.
func shortName(value protoreflect.Enum, prefix string) string {
	known := value.Descriptor().Values().ByNumber(value.Number())
	if known == nil {
		return strconv.FormatInt(int64(value.Number()), 10)
	}
	return strings.TrimPrefix(string(known.Name()), prefix)
}

package ipftrace

import (
	"strconv"

	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

type startedJSON struct {
	Event             string        `json:"event"`
	Resumed           bool          `json:"resumed"`
	TraceID           string        `json:"traceId"`
	SessionName       string        `json:"sessionName"`
	Node              *nodeJSON     `json:"node,omitempty"`
	Clock             *clockJSON    `json:"clock,omitempty"`
	Backend           string        `json:"backend"`
	AttachedFunctions uint32        `json:"attachedFunctions"`
	SkippedFunctions  []skippedJSON `json:"skippedFunctions"`
	Modules           []moduleJSON  `json:"modules"`
}

type nodeJSON struct {
	Name          string `json:"name"`
	BootID        string `json:"bootId"`
	KernelRelease string `json:"kernelRelease"`
	Architecture  string `json:"architecture"`
	Version       string `json:"version"`
	Epoch         string `json:"epoch"`
}

type clockJSON struct {
	MonotonicNs string `json:"monotonicNs"`
	BoottimeNs  string `json:"boottimeNs"`
	RealtimeNs  string `json:"realtimeNs"`
}

type skippedJSON struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Reason string `json:"reason"`
}

type moduleJSON struct {
	Name   string      `json:"name"`
	Fields []fieldJSON `json:"fields"`
}

type fieldJSON struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Unit string `json:"unit"`
}

type accountJSON struct {
	SeenEvents        string      `json:"seenEvents"`
	FilteredEvents    string      `json:"filteredEvents"`
	DeliveredEvents   string      `json:"deliveredEvents"`
	Lost              []stageJSON `json:"lost"`
	MatchedPackets    string      `json:"matchedPackets"`
	DeliveredJourneys string      `json:"deliveredJourneys"`
	DeliveredHops     string      `json:"deliveredHops"`
}

type stageJSON struct {
	Stage            string `json:"stage"`
	LostEvents       string `json:"lostEvents"`
	TotalLostEvents  string `json:"totalLostEvents"`
	FirstTimeNs      string `json:"firstTimeNs"`
	LastTimeNs       string `json:"lastTimeNs"`
	TotalCutJourneys string `json:"totalCutJourneys"`
}

// MarshalJSON writes the event in the form of clients/conformance/README.md, as every client of ipftrace does.
func (s *Started) MarshalJSON() ([]byte, error) {
	line := startedJSON{
		Event:             "started",
		Resumed:           s.Resumed,
		TraceID:           decimal(s.GetTraceId()),
		SessionName:       s.GetSessionName(),
		Backend:           shortName(s.GetBackend(), "BACKEND_"),
		AttachedFunctions: s.GetAttachedFunctions(),
		SkippedFunctions:  make([]skippedJSON, len(s.GetSkippedFunctions())),
		Modules:           make([]moduleJSON, len(s.GetSchemas())),
	}
	if node := s.GetNode(); node != nil {
		line.Node = &nodeJSON{node.GetName(), node.GetBootId(), node.GetKernelRelease(), node.GetArchitecture(),
			node.GetVersion(), decimal(node.GetEpoch())}
	}
	if clock := s.GetClock(); clock != nil {
		line.Clock = &clockJSON{decimal(clock.GetMonotonicNs()), decimal(clock.GetBoottimeNs()), decimal(clock.GetRealtimeNs())}
	}
	for i, one := range s.GetSkippedFunctions() {
		line.SkippedFunctions[i] = skippedJSON{one.GetName(), shortName(one.GetState(), "FUNCTION_STATE_"), one.GetReason()}
	}
	for i, schema := range s.GetSchemas() {
		fields := make([]fieldJSON, len(schema.GetFields()))
		for k, field := range schema.GetFields() {
			fields[k] = fieldJSON{field.GetName(), shortName(field.GetKind(), "CUSTOM_KIND_"), field.GetUnit()}
		}
		line.Modules[i] = moduleJSON{schema.GetName(), fields}
	}
	return marshal(line)
}

// MarshalJSON is like that of [Started].
func (l *Loss) MarshalJSON() ([]byte, error) {
	return marshal(struct {
		Event  string      `json:"event"`
		Stages []stageJSON `json:"stages"`
	}{"loss", stagesOf(l.GetStages())})
}

// MarshalJSON is like that of [Started].
func (h *Heartbeat) MarshalJSON() ([]byte, error) {
	return marshal(struct {
		Event       string        `json:"event"`
		MonotonicNs string        `json:"monotonicNs"`
		Account     *accountJSON  `json:"account,omitempty"`
		Overhead    *overheadJSON `json:"overhead,omitempty"`
	}{"heartbeat", decimal(h.GetMonotonicNs()), accountOf(h.GetAccount()), overheadOf(h.GetOverhead())})
}

// MarshalJSON is like that of [Started].
func (p *AttachProgress) MarshalJSON() ([]byte, error) {
	return marshal(struct {
		Event    string `json:"event"`
		Attached uint32 `json:"attached"`
		Total    uint32 `json:"total"`
	}{"progress", p.GetAttached(), p.GetTotal()})
}

// MarshalJSON is like that of [Started].
func (e *Ended) MarshalJSON() ([]byte, error) {
	return marshal(struct {
		Event    string        `json:"event"`
		Reason   string        `json:"reason"`
		Detail   string        `json:"detail"`
		Account  *accountJSON  `json:"account,omitempty"`
		Overhead *overheadJSON `json:"overhead,omitempty"`
	}{
		"ended", shortName(e.GetReason(), "TRACE_END_REASON_"), e.GetDetail(),
		accountOf(e.GetAccount()), overheadOf(e.GetOverhead()),
	})
}

type overheadJSON struct {
	RunTimeNs     string  `json:"runTimeNs"`
	RunCount      string  `json:"runCount"`
	CPUPercent    float64 `json:"cpuPercent"`
	MaxCPUPercent uint32  `json:"maxCpuPercent"`
	FollowedOneIn uint32  `json:"followedOneIn"`
}

func overheadOf(overhead *pb.Overhead) *overheadJSON {
	if overhead == nil {
		return nil
	}
	return &overheadJSON{
		RunTimeNs:     decimal(overhead.GetRunTimeNs()),
		RunCount:      decimal(overhead.GetRunCount()),
		CPUPercent:    overhead.GetCpuPercent(),
		MaxCPUPercent: overhead.GetMaxCpuPercent(),
		FollowedOneIn: overhead.GetFollowedOneIn(),
	}
}

func accountOf(account *pb.Account) *accountJSON {
	if account == nil {
		return nil
	}
	return &accountJSON{
		SeenEvents:        decimal(account.GetSeenEvents()),
		FilteredEvents:    decimal(account.GetFilteredEvents()),
		DeliveredEvents:   decimal(account.GetDeliveredEvents()),
		Lost:              stagesOf(account.GetLost()),
		MatchedPackets:    decimal(account.GetMatchedPackets()),
		DeliveredJourneys: decimal(account.GetDeliveredJourneys()),
		DeliveredHops:     decimal(account.GetDeliveredHops()),
	}
}

func stagesOf(losses []*pb.StageLoss) []stageJSON {
	stages := make([]stageJSON, len(losses))
	for i, loss := range losses {
		stages[i] = stageJSON{
			Stage:            shortName(loss.GetStage(), "LOSS_STAGE_"),
			LostEvents:       decimal(loss.GetLostEvents()),
			TotalLostEvents:  decimal(loss.GetTotalLostEvents()),
			FirstTimeNs:      decimal(loss.GetFirstTimeNs()),
			LastTimeNs:       decimal(loss.GetLastTimeNs()),
			TotalCutJourneys: decimal(loss.GetTotalCutJourneys()),
		}
	}
	return stages
}

// decimal: numbers of 64 bits are texts in JSON, as in that of protobuf.
func decimal(number uint64) string { return strconv.FormatUint(number, 10) }

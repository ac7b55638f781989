package sandbox

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Kinds of fault.
const (
	DropAfterAccept  = "drop-after-accept"  // the change happens and is kept, the connection is cut without an answer
	DropBeforeAccept = "drop-before-accept" // nothing happens, the connection is cut
	Delay            = "delay"              // the answer comes DelayMs later
	StatusFault      = "status"             // nothing happens, Status is answered
	BrokenJSON       = "broken-json"        // the change happens, half of the answer's body is sent
	WrongTotal       = "wrong-total"        // list and count tell a total that is 7 too high
)

// Fault is a failure to come: the next Times calls of the endpoint meet it.
type Fault struct {
	Endpoint string `json:"endpoint"`
	Kind     string `json:"kind"`
	Status   int    `json:"status,omitempty"`
	// DelayMs also works beside another kind: the delay comes first.
	DelayMs int `json:"delayMs,omitempty"`
	Times   int `json:"times"`
}

var faultKinds = []string{DropAfterAccept, DropBeforeAccept, Delay, StatusFault, BrokenJSON, WrongTotal}

// maxFaultDelay bounds DelayMs.
const maxFaultDelay = 10 * time.Minute

// check fills what was left out (times 1, status 500) and refuses what makes no sense.
func (f Fault) check() (Fault, error) {
	if f.Times == 0 {
		f.Times = 1
	}
	if f.Kind == StatusFault && f.Status == 0 {
		f.Status = 500
	}
	switch {
	case !slices.Contains(endpointNames(), f.Endpoint):
		return f, &InputError{"endpoint", fmt.Sprintf("deve ser um de %v", endpointNames())}
	case !slices.Contains(faultKinds, f.Kind):
		return f, &InputError{"kind", fmt.Sprintf("deve ser um de %v", faultKinds)}
	case f.Kind == StatusFault && (f.Status < 400 || f.Status > 599):
		return f, &InputError{"status", "deve estar entre 400 e 599"}
	case f.DelayMs < 0 || f.DelayMs > int(maxFaultDelay/time.Millisecond) || f.Kind == Delay && f.DelayMs == 0:
		return f, &InputError{"delayMs", "deve estar entre 1 e 600000"}
	case f.Times < 1 || f.Times > 1_000_000:
		return f, &InputError{"times", "deve estar entre 1 e 1000000"}
	}
	return f, nil
}

type faultList struct {
	mu    sync.Mutex
	armed []Fault
}

const maxFaults = 1000

func (l *faultList) add(f Fault) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.armed) >= maxFaults {
		return &InputError{"body", "há falhas demais à espera; apague-as antes"}
	}
	l.armed = append(l.armed, f)
	return nil
}

// take gives the first fault that waits for the endpoint.
func (l *faultList) take(endpoint string) (Fault, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, f := range l.armed {
		if f.Endpoint != endpoint && f.Endpoint != "any" {
			continue
		}
		l.armed[i].Times--
		if l.armed[i].Times == 0 {
			l.armed = slices.Delete(l.armed, i, i+1)
		}
		f.Times = 1
		return f, true
	}
	return Fault{}, false
}

// giveBack puts a fault back in front that found nothing to break.
func (l *faultList) giveBack(f Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.armed = slices.Insert(l.armed, 0, f)
}

func (l *faultList) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.armed = nil
}

func (l *faultList) all() []Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Fault{}, l.armed...)
}

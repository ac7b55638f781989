package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Kinds of fault.
const (
	DropAfterAccept  = "drop-after-accept"  // the change happens and is kept, the connection is cut without an answer
	DropBeforeAccept = "drop-before-accept" // nothing happens, the connection is cut
	Delay            = "delay"              // the answer comes DelayMs later
	StatusFault      = "status"             // nothing happens, Status is answered
	CodeFault        = "code"               // nothing happens, Code is answered with the status that it begins with
	BrokenJSON       = "broken-json"        // the change happens, half of the answer's body is sent
	WrongTotal       = "wrong-total"        // list and count tell a total that is 7 too high
	ShowLate         = "show-late"          // a message is accepted and shown ShowAfterSeconds later
	AlterText        = "alter-text"         // a message is accepted and shown with another text: Text, or a word masked
	Disappear        = "disappear"          // a message is accepted and its complaint is in no list any more
)

// Fault is a failure to come: the next Times calls of the endpoint meet it. DelayMs, ShowAfterSeconds and Alter also work
// beside another kind, so that a message can be shown late whose answer was lost.
type Fault struct {
	Endpoint string `json:"endpoint"`
	Kind     string `json:"kind"`
	Status   int    `json:"status,omitempty"`
	Code     int    `json:"code,omitempty"`
	// DelayMs is of real time: the client waits that long. It comes first.
	DelayMs int `json:"delayMs,omitempty"`
	// ShowAfterSeconds is of the sandbox's clock.
	ShowAfterSeconds int    `json:"showAfterSeconds,omitempty"`
	Alter            bool   `json:"alter,omitempty"`
	Text             string `json:"text,omitempty"`
	Times            int    `json:"times"`

	chance bool // drawn by chaos, not armed
}

var faultKinds = []string{
	DropAfterAccept, DropBeforeAccept, Delay, StatusFault, CodeFault, BrokenJSON, WrongTotal, ShowLate, AlterText, Disappear,
}

// maxFaultDelay bounds DelayMs, maxShowAfter ShowAfterSeconds.
const (
	maxFaultDelay = 10 * time.Minute
	maxShowAfter  = 7 * 24 * time.Hour
)

// check fills what was left out (times 1, status 500, shown after 180 s) and refuses what makes no sense.
func (f Fault) check() (Fault, error) {
	if f.Times == 0 {
		f.Times = 1
	}
	if f.Kind == StatusFault && f.Status == 0 {
		f.Status = 500
	}
	if f.Kind == ShowLate && f.ShowAfterSeconds == 0 {
		f.ShowAfterSeconds = 180
	}
	f.Alter = f.Alter || f.Kind == AlterText || f.Text != ""
	status := (&Refusal{Code: f.Code}).Status()
	switch {
	case !slices.Contains(endpointNames(), f.Endpoint):
		return f, &InputError{"endpoint", fmt.Sprintf("deve ser um de %v", endpointNames())}
	case !slices.Contains(faultKinds, f.Kind):
		return f, &InputError{"kind", fmt.Sprintf("deve ser um de %v", faultKinds)}
	case f.ofMessages() && f.Endpoint != "any" && !takesMessages(f.Endpoint):
		return f, &InputError{"endpoint", "para este tipo deve ser reply, private ou any"}
	case f.Kind == StatusFault && (f.Status < 400 || f.Status > 599):
		return f, &InputError{"status", "deve estar entre 400 e 599"}
	case f.Kind == CodeFault && (status < 400 || status > 599 || f.Code < 1000 || f.Code > 99_999):
		return f, &InputError{"code", "deve ser um código de 4 ou 5 dígitos que começa por um status de erro"}
	case f.DelayMs < 0 || f.DelayMs > int(maxFaultDelay/time.Millisecond) || f.Kind == Delay && f.DelayMs == 0:
		return f, &InputError{"delayMs", "deve estar entre 1 e 600000"}
	case f.ShowAfterSeconds < 0 || f.ShowAfterSeconds > int(maxShowAfter/time.Second):
		return f, &InputError{"showAfterSeconds", "deve estar entre 1 e 604800"}
	case f.Times < 1 || f.Times > 1_000_000:
		return f, &InputError{"times", "deve estar entre 1 e 1000000"}
	}
	return f, checkText("text", f.Text, maxText)
}

// ofMessages is true of the kinds that only a message can meet.
func (f Fault) ofMessages() bool {
	return f.Kind == ShowLate || f.Kind == AlterText || f.Kind == Disappear
}

func takesMessages(endpoint string) bool { return endpoint == "reply" || endpoint == "private" }

// needsSuccess is true of the kinds that spoil the answer, or the message, of a call that succeeded.
func (f Fault) needsSuccess() bool { return f.Kind != "" && f.Kind != Delay }

// twist is what the fault does to a message that is accepted.
func (f Fault) twist() twist {
	w := twist{showAfter: time.Duration(f.ShowAfterSeconds) * time.Second, vanish: f.Kind == Disappear}
	if f.Alter {
		w.alter = mask
	}
	if f.Text != "" {
		w.alter = func(string) string { return f.Text }
	}
	return w
}

// name is how the log of calls tells of a fault.
func (f Fault) name() string {
	names := []string{}
	if f.Kind != "" {
		names = append(names, f.Kind)
	}
	if f.ShowAfterSeconds > 0 && f.Kind != ShowLate {
		names = append(names, ShowLate)
	}
	if f.Alter && f.Kind != AlterText {
		names = append(names, AlterText)
	}
	return strings.Join(names, "+")
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
		if f.Endpoint != endpoint && f.Endpoint != "any" || f.ofMessages() && !takesMessages(endpoint) {
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
	if f.chance {
		return
	}
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

package schema

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

// CallLog is when a credential's calls were made. As JSON it is short, because it is written again
// with every call: {"agent": …, "run": …, "passed": [how many, …], "calls": [moment, how many, …]}, moments in microseconds, the agent's and
// the first since 1970, the others since the one before.
// A plain list of times, one a call, as it was written once, is read too.
type CallLog struct {
	// Agent is when the latest call of an agent was made; zero when none is known.
	Agent time.Time
	// Run is how many calls of agents were made since the last of anybody else.
	Run int
	// Passed is how many calls of its neighbours each lane, by its number, has let pass; nil when none has.
	Passed []int
	// Calls are in order of time.
	Calls []Calls
}

// Calls are some that count as made at one moment.
type Calls struct {
	At time.Time
	N  int
}

// MarshalJSON writes the short form.
func (l CallLog) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 40+24*len(l.Calls))
	b = append(b, `{"agent":`...)
	if l.Agent.IsZero() {
		b = append(b, '0')
	} else {
		b = strconv.AppendInt(b, l.Agent.UnixMicro(), 10)
	}
	b = append(b, `,"run":`...)
	b = strconv.AppendInt(b, int64(l.Run), 10)
	if l.Passed != nil {
		b = append(b, `,"passed":[`...)
		for i, n := range l.Passed {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(b, int64(n), 10)
		}
		b = append(b, ']')
	}
	b = append(b, `,"calls":[`...)
	before := int64(0)
	for i, c := range l.Calls {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, c.At.UnixMicro()-before, 10)
		b = append(b, ',')
		before = c.At.UnixMicro()
		b = strconv.AppendInt(b, int64(c.N), 10)
	}
	return append(b, `]}`...), nil
}

// UnmarshalJSON reads both forms.
func (l *CallLog) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '[' {
		return l.readTimes(raw)
	}
	var short struct {
		Agent  int64   `json:"agent"`
		Run    int     `json:"run"`
		Passed []int   `json:"passed"`
		Calls  []int64 `json:"calls"`
	}
	if err := json.Unmarshal(raw, &short); err != nil {
		return err
	}
	if len(short.Calls)%2 != 0 {
		return errors.New("a call log of moments and numbers has an odd length")
	}
	*l = CallLog{Run: short.Run, Passed: short.Passed, Calls: make([]Calls, len(short.Calls)/2)}
	if short.Agent != 0 {
		l.Agent = time.UnixMicro(short.Agent).UTC()
	}
	at := int64(0)
	for i := range l.Calls {
		at += short.Calls[2*i]
		l.Calls[i] = Calls{time.UnixMicro(at).UTC(), int(short.Calls[2*i+1])}
	}
	return nil
}

func (l *CallLog) readTimes(raw []byte) error {
	var times []time.Time
	if err := json.Unmarshal(raw, &times); err != nil {
		return err
	}
	*l = CallLog{Calls: make([]Calls, len(times))}
	for i, t := range times {
		l.Calls[i] = Calls{t.UTC(), 1}
	}
	return nil
}

package sandbox

import "time"

// Overview is the state of the sandbox, as GET /__sandbox/state tells it.
type Overview struct {
	Now          time.Time        `json:"now"`
	Complaints   int              `json:"complaints"`
	ByRAStatus   map[string]int   `json:"byRaStatus"`
	ByHugme      map[string]int   `json:"byHugmeStatus"`
	Interactions int              `json:"interactions"`
	LastModified *Instant         `json:"lastModificationDate"`
	Life         bool             `json:"life"`
	Callback     CallbackOverview `json:"callback"`
	Rate         int              `json:"rate"`
	InWindow     map[string]int   `json:"callsInWindow"` // by client id, over the last 60 s
	Calls        int              `json:"calls"`         // since the start of the process
	Faults       []Fault          `json:"faults"`
	Companies    []companyBody    `json:"companies"`
	Restored     bool             `json:"restored"`

	ClockSeconds     float64     `json:"clockSeconds"` // how far the clock was driven
	Switches         Switches    `json:"switches"`
	Chaos            Chaos       `json:"chaos"`
	Licence          LicenceTerm `json:"licence"`
	MalformedPercent int         `json:"malformedPercent"`
	Waiting          int         `json:"postsNotShown"`
	Posts            int         `json:"posts"` // accepted from the company
	Choices          choices     `json:"choices"`
}

// LicenceTerm is when the licence begins and ends.
type LicenceTerm struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// choices are the words that the admin side takes, for whoever draws a form of it.
type choices struct {
	Endpoints  []string            `json:"endpoints"`
	FaultKinds []string            `json:"faultKinds"`
	Effects    []string            `json:"effects"`
	Reasons    map[int64]string    `json:"reasons"`
	Targets    []companyBody       `json:"targets"`
	Sources    []Named             `json:"sources"`
	Statuses   []Named             `json:"raStatuses"`
	Switches   map[string][]string `json:"switches"` // of those that are one of several words
}

// CallbackOverview says where callbacks go and how they fared.
type CallbackOverview struct {
	URL  string `json:"url"`
	Body string `json:"body"`
	CallbackStats
}

// Overview counts what there is now.
func (s *Server) Overview() Overview {
	set, now := s.ledger.current(), s.cfg.Now()
	o := Overview{
		Now: now.UTC(), ByRAStatus: map[string]int{}, ByHugme: map[string]int{}, Life: set.Life,
		Callback: CallbackOverview{set.CallbackURL, set.CallbackBody, s.notices.snapshot()},
		Rate:     set.Rate, InWindow: s.window.used(now), Calls: s.calls.count(), Faults: s.faults.all(),
		Companies: licenceCompanies(), Restored: s.Restored(),
		ClockSeconds: set.ClockOff.Seconds(), Switches: set.Switches, Chaos: s.Chaos(), MalformedPercent: set.MalformedPercent,
		Choices: choices{
			Endpoints: endpointNames(), FaultKinds: faultKinds, Effects: effects, Reasons: reasonNames, Targets: companyBodies(targets), Sources: sources,
			Statuses: []Named{
				raUnanswered, raAnswered, raReplica, raCompanyAgain, raEvaluated, raFrozen, raModeration, raDeactivated, raInactive, raMoved,
				raResolved, raUnresolved, raReplicaToo,
			}, Switches: switchWords(),
		},
	}
	o.Licence.Start, o.Licence.End = set.term(now)
	for _, t := range s.ledger.all() {
		o.Complaints++
		o.Posts += len(t.own.Posts)
		if _, late := t.own.waiting(PostPublic, PostPrivate); late {
			o.Waiting++
		}
		o.Interactions += len(t.Interactions)
		o.ByRAStatus[t.RAStatus.Name]++
		o.ByHugme[t.HugmeStatus.Name]++
		if o.LastModified == nil || t.Modified.After(o.LastModified.Time) {
			o.LastModified = &t.Modified
		}
	}
	return o
}

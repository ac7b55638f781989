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
	}
	for _, t := range s.ledger.all() {
		o.Complaints++
		o.Interactions += len(t.Interactions)
		o.ByRAStatus[t.RAStatus.Name]++
		o.ByHugme[t.HugmeStatus.Name]++
		if o.LastModified == nil || t.Modified.After(o.LastModified.Time) {
			o.LastModified = &t.Modified
		}
	}
	return o
}

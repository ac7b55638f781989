package mirror

import (
	"slices"
	"sync"
	"time"
)

// apart is how close two samples may be: closer ones say nothing more.
const apart = 5 * time.Second

// paces keeps what this process has lately seen of first syncs, whenever somebody asked. It is memory alone: what
// is lost with it is told from the run's beginning.
type paces struct {
	mu      sync.Mutex
	samples map[string][]Sample // by integration
}

// note takes in how far a first sync has come and gives what was seen of it: moments at which it had made another call,
// the latest of them always. One that does not go on is forgotten, so that a pause does not count as slowness later.
func (p *paces) note(integrationID string, phase Phase, s Sample) []Sample {
	p.mu.Lock()
	defer p.mu.Unlock()
	if phase != Running {
		delete(p.samples, integrationID)
		return nil
	}
	if p.samples == nil {
		p.samples = map[string][]Sample{}
	}
	known := seen(p.samples[integrationID], s)
	p.samples[integrationID] = known
	return slices.Clone(known)
}

// seen are the samples with one more.
func seen(known []Sample, s Sample) []Sample {
	n := len(known)
	if n > 0 && (s.Calls < known[n-1].Calls || s.At.Before(known[n-1].At)) {
		known, n = nil, 0 // it began anew, or the clock was set back
	}
	if n > 0 && s.Calls == known[n-1].Calls {
		return known
	}
	known = slices.DeleteFunc(known, func(old Sample) bool { return s.At.Sub(old.At) > lately })
	if n = len(known); n > 1 && known[n-1].At.Sub(known[n-2].At) < apart {
		known = known[:n-1] // its latest call is not the latest any more
	}
	return append(known, s)
}

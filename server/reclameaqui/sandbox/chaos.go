package sandbox

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
)

// Chaos makes calls fail at random, the same way for the same seed: the n-th call of an endpoint meets the same fate
// in every run. A fault that was armed comes first.
type Chaos struct {
	Seed uint64 `json:"seed"`
	// Endpoints are the odds by the endpoint's name; any is for those that are not named.
	Endpoints map[string]Odds `json:"endpoints"`
}

// Odds are probabilities from 0 to 1. A call meets at most one of the first five; beside it a message may be shown late
// and altered.
type Odds struct {
	DropBefore float64 `json:"dropBefore"`
	DropAfter  float64 `json:"dropAfter"`
	Delay      float64 `json:"delay"`
	Error500   float64 `json:"error500"`
	Limit429   float64 `json:"limit429"`
	ShowLate   float64 `json:"showLate"`
	AlterText  float64 `json:"alterText"`
	// DelayMs is how long a delay takes at most, of real time; 0 = 50. ShowAfterSeconds is how late a message is shown at
	// most, of the sandbox's clock; 0 = 180.
	DelayMs          int `json:"delayMs"`
	ShowAfterSeconds int `json:"showAfterSeconds"`
}

func (c Chaos) check() error {
	for name, o := range c.Endpoints {
		if !slices.Contains(endpointNames(), name) {
			return &InputError{"endpoints." + name, fmt.Sprintf("deve ser um de %v", endpointNames())}
		}
		sum := 0.0
		for _, p := range []float64{o.DropBefore, o.DropAfter, o.Delay, o.Error500, o.Limit429} {
			sum += p
			if p < 0 || sum > 1 {
				return &InputError{"endpoints." + name, "as probabilidades vão de 0 a 1 e somam no máximo 1"}
			}
		}
		if o.ShowLate < 0 || o.ShowLate > 1 || o.AlterText < 0 || o.AlterText > 1 {
			return &InputError{"endpoints." + name, "as probabilidades vão de 0 a 1"}
		}
		f := Fault{Endpoint: "any", Kind: ShowLate, DelayMs: o.DelayMs, ShowAfterSeconds: o.ShowAfterSeconds}
		if _, err := f.check(); err != nil {
			return err
		}
	}
	return nil
}

// chaos draws from one sequence for each endpoint.
type chaos struct {
	mu    sync.Mutex
	set   Chaos
	draws map[string]*rand.Rand
}

func (c *chaos) use(set Chaos) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set, c.draws = set, map[string]*rand.Rand{}
}

func (c *chaos) current() Chaos {
	c.mu.Lock()
	defer c.mu.Unlock()
	set := c.set
	set.Endpoints = maps.Clone(set.Endpoints)
	return set
}

// draw decides the fate of a call; every call takes the same number of draws.
func (c *chaos) draw(endpoint string) Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	odds, named := c.set.Endpoints[endpoint]
	if !named {
		odds, named = c.set.Endpoints["any"]
	}
	if !named || endpoint == "" {
		return Fault{}
	}
	r := c.draws[endpoint]
	if r == nil {
		h := fnv.New64a()
		_, _ = h.Write([]byte(endpoint)) // a hash takes everything
		r = rand.New(rand.NewPCG(c.set.Seed, h.Sum64()))
		c.draws[endpoint] = r
	}
	fate, late, lateness, altered := r.Float64(), r.Float64(), r.Float64(), r.Float64()
	f := odds.fault(fate, lateness)
	f.Endpoint, f.Times, f.chance = endpoint, 1, true
	if !takesMessages(endpoint) {
		return f
	}
	if late < odds.ShowLate {
		f.ShowAfterSeconds = 1 + int(lateness*float64(orElse(odds.ShowAfterSeconds, 180)))
	}
	f.Alter = altered < odds.AlterText
	return f
}

func (o Odds) fault(fate, lateness float64) Fault {
	for _, c := range []struct {
		odds  float64
		fault Fault
	}{
		{o.DropBefore, Fault{Kind: DropBeforeAccept}},
		{o.DropAfter, Fault{Kind: DropAfterAccept}},
		{o.Delay, Fault{Kind: Delay, DelayMs: 1 + int(lateness*float64(orElse(o.DelayMs, 50)))}},
		{o.Error500, Fault{Kind: StatusFault, Status: 500}},
		{o.Limit429, Fault{Kind: CodeFault, Code: 4290}},
	} {
		if fate < c.odds {
			return c.fault
		}
		fate -= c.odds
	}
	return Fault{}
}

// SetChaos makes calls fail at random from now on, from the beginning of the seed's sequence; the zero Chaos ends it. It
// is not kept over a restart.
func (s *Server) SetChaos(c Chaos) error {
	if err := c.check(); err != nil {
		return err
	}
	s.chaos.use(c)
	return nil
}

// Chaos is what makes calls fail at random now.
func (s *Server) Chaos() Chaos { return s.chaos.current() }

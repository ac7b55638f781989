package sandbox

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"
)

// live makes something happen every LifeMin to LifeMax while life is on.
func (s *Server) live(ctx context.Context) {
	for {
		var due <-chan time.Time // never, while life is off
		if s.ledger.current().Life {
			due = time.After(s.cfg.LifeMin + rand.N(s.cfg.LifeMax-s.cfg.LifeMin+1))
		}
		select {
		case <-due:
			if _, err := s.Happen(); err != nil {
				s.cfg.Log.Error("sandbox: nothing happened", "error", err)
			}
		case <-s.lifeSet:
		case <-ctx.Done():
			return
		}
	}
}

// Happened tells what a life event was.
type Happened struct {
	Event     string  `json:"event"` // complaint, replica, evaluation, private-message or deactivation
	Complaint *Ticket `json:"complaint"`
}

// lifeEvent is something that consumers do: how often, to which complaints, and what.
type lifeEvent struct {
	name   string
	weight int
	fits   func(*Ticket) bool
	do     func(*act, *pen) error
}

var lifeEvents = []lifeEvent{
	{"complaint", 40, func(*Ticket) bool { return false }, nil},
	{"replica", 28, (*Ticket).awaitsConsumer, func(a *act, p *pen) error {
		s := p.storyOf(a.t)
		return a.replica(p.say(s, s.replicas))
	}},
	{"evaluation", 24, (*Ticket).awaitsConsumer, func(a *act, p *pen) error { return a.evaluate(p.judgement(p.chance(70))) }},
	{"private-message", 5, (*Ticket).awaitsPrivateAnswer, func(a *act, p *pen) error {
		return a.consumerMessage(pick(p, consumerPrivates))
	}},
	{"deactivation", 3, (*Ticket).open, func(a *act, _ *pen) error { return a.deactivate() }},
}

func (t *Ticket) open() bool { return t.consumerBlocked() == nil }

func (t *Ticket) awaitsConsumer() bool {
	return t.open() && t.lastPublicIsCompany() && t.RAStatus.ID != raModeration.ID
}

func (t *Ticket) awaitsPrivateAnswer() bool {
	return t.open() && t.Interactions[len(t.Interactions)-1].TypeID == typeCompanyPrivate
}

// lifeReach is how many of the complaints that changed last may be met by a life event, so that what an agent does is
// answered soon.
const lifeReach = 60

// Happen makes one random life event happen now, whether life is on or not.
func (s *Server) Happen() (Happened, error) {
	l := s.ledger
	l.mu.Lock()
	event, chosen := l.chooseEvent()
	l.mu.Unlock()
	if chosen != nil {
		t, err := l.change(chosen.ID, func(a *act) error { return event.do(a, l.pen) })
		var refusal *Refusal
		if !errors.As(err, &refusal) {
			return Happened{event.name, t}, err
		}
		// Somebody changed that complaint in between; a new one is always possible.
	}
	t, err := s.CreateComplaint(NewComplaint{})
	return Happened{"complaint", t}, err
}

// chooseEvent draws an event and its complaint; none means a new complaint.
func (l *ledger) chooseEvent() (lifeEvent, *Ticket) {
	total := 0
	for _, e := range lifeEvents {
		total += e.weight
	}
	n := l.pen.IntN(total)
	for _, e := range lifeEvents {
		if n -= e.weight; n >= 0 {
			continue
		}
		recent := slices.DeleteFunc(slices.Clone(l.list), func(t *Ticket) bool { return !e.fits(t) })
		slices.SortFunc(recent, func(a, b *Ticket) int {
			return cmp.Or(b.Modified.Compare(a.Modified.Time), cmp.Compare(b.ID, a.ID))
		})
		if len(recent) == 0 {
			return e, nil
		}
		return e, pick(l.pen, recent[:min(lifeReach, len(recent))])
	}
	return lifeEvent{}, nil
}

// storyOf gives words for a complaint that exists: those of its subject.
func (p *pen) storyOf(t *Ticket) story {
	s := p.story(t.Customer)
	for _, known := range subjects {
		if t.Reason != nil && known.Name == *t.Reason {
			s.subject = known
		}
	}
	return s
}

package feed

import (
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/graph/internal/live"
	"citrus.cx/channel/graph/transport"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// Question is a subscription as far as its answers go: who asks the same and sees the same gets the same bytes.
type Question struct {
	// Key tells questions apart: document, operation, variables, language.
	Key string
	// Filter is part of the question: it says what has left.
	Filter Filter
	// Answer makes the answer of an update as somebody with the viewer's role and sectors sees it.
	Answer func(v identity.Viewer, u live.Update) transport.Answer
	// Failure makes the answer of a subscription that has failed.
	Failure func(err error) transport.Answer
}

// asked is a question of all who ask it: thousands hold one.
type asked struct {
	Question
	logger *slog.Logger
	askers int // guarded by the hub
}

// answer makes an answer; one that panics has failed. Those of a group are made where nobody else would catch it.
func (q *asked) answer(as identity.Viewer, u live.Update) (a transport.Answer) {
	defer func() {
		if recover() != nil { // what it says might quote a ticket
			q.logger.Error("an answer panicked", "stack", string(debug.Stack()))
			a = q.Failure(fault.New(fault.Internal))
		}
	}()
	return q.Answer(as, u)
}

// scope is what of a viewer decides what he sees. It names nobody: an answer is made for all who share it.
func scope(v identity.Viewer) (key string, as identity.Viewer) {
	return string(v.Role) + " " + strings.Join(v.SectorIDs, " "), identity.Viewer{Role: v.Role, SectorIDs: v.SectorIDs}
}

// group is all live subscribers with one question and one scope. The hub's lock guards it.
type group struct {
	key      string
	question *asked
	as       identity.Viewer
	members  []*Subscriber // in the order in which they came, more or less: neighbours in memory are written to in turn
}

// item is an event for a group, its answer made once.
type item struct {
	group  *group
	change live.Change
	once   sync.Once
	answer transport.Answer
	ready  atomic.Bool
}

func (i *item) made() transport.Answer {
	i.once.Do(func() {
		i.answer = i.group.question.answer(i.group.as, i.change)
		i.ready.Store(true)
	})
	return i.answer
}

// news is what a batch of events brings to a group.
type news struct {
	items []*item
	wake  []*Subscriber
}

// offer gives an item to all members of its group; the hub's lock is held.
func (n *news) offer(i *item, e *db.TicketEvent) {
	n.items = append(n.items, i)
	for _, s := range i.group.members {
		if s.offer(i, e) {
			n.wake = append(n.wake, s)
		}
	}
}

// tell makes the answers and wakes who waits for them, so that no socket's writer executes anything. Where all have left,
// or must load again anyway, none is made: a hub that stops waits for this.
func (n *news) tell() {
	for _, i := range n.items {
		if !slices.ContainsFunc(n.wake, (*Subscriber).listens) {
			return
		}
		i.made()
	}
	for _, s := range n.wake {
		s.wake()
	}
}

// changeOf words an event for the contract.
func changeOf(epoch string, e *db.TicketEvent, gone bool) live.Change {
	c := live.Change{
		Cursor: live.CursorOf(event.Position{Epoch: epoch, Offset: e.Position}),
		Kind:   e.Kind, OccurredAt: e.OccurredAt, Cause: e.Cause, ChangedFields: []string{}, TicketID: e.TicketID,
		LeftFilter: gone, Event: e,
	}
	for _, f := range e.Changes {
		c.ChangedFields = merged(c.ChangedFields, f.Field)
	}
	return c
}

func merged(fields []string, more ...string) []string {
	for _, m := range more {
		known := false
		for _, f := range fields {
			known = known || f == m
		}
		if !known {
			fields = append(fields, m)
		}
	}
	return fields
}

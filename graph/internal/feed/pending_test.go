package feed

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/graph/internal/live"
)

// What a reader takes is what was pushed: one by one while he keeps up, else each ticket at its last
// position with the fields of what went into it, always in order.
func TestPending(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p pending
		g := &group{}
		owed := map[string][]string{} // by ticket: the fields that the reader has not been told of
		lastOf := map[string]int64{}
		var position, taken int64
		exact := true
		var queue []int64
		pop := func() {
			e, ok := p.pop()
			if !ok {
				if len(owed) > 0 {
					t.Fatalf("nothing waits, though %v is owed", owed)
				}
				return
			}
			defer func() {
				if !exact && p.last == nil {
					exact, queue = true, nil
				}
			}()
			c := e.told()
			at := c.Event.Position
			if at <= taken {
				t.Fatalf("%d after %d", at, taken)
			}
			taken = at
			if exact {
				if queue[0] != at {
					t.Fatalf("%d, want %d", at, queue[0])
				}
				queue = queue[1:]
			} else if lastOf[c.TicketID] != at {
				t.Fatalf("ticket %s at %d, its last is %d", c.TicketID, at, lastOf[c.TicketID])
			}
			for _, f := range c.ChangedFields {
				if i := slices.Index(owed[c.TicketID], f); i >= 0 {
					owed[c.TicketID] = slices.Delete(owed[c.TicketID], i, i+1)
				} else if exact {
					t.Fatalf("field %s of ticket %s was told already", f, c.TicketID)
				}
			}
			if !exact || len(owed[c.TicketID]) == 0 {
				if !exact && len(owed[c.TicketID]) > 0 {
					t.Fatalf("fields %v of ticket %s are not told", owed[c.TicketID], c.TicketID)
				}
				delete(owed, c.TicketID)
			}
		}
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			if rapid.IntRange(0, 9).Draw(t, "step") < 3 {
				pop()
				continue
			}
			position++
			ticket := fmt.Sprint("t", rapid.IntRange(0, 30).Draw(t, "ticket"))
			field := fmt.Sprint("f", rapid.IntRange(0, 3).Draw(t, "field"))
			if exact && p.len() >= keepUp {
				exact, queue = false, nil
				for id, fields := range owed { // merged: each is told of once
					slices.Sort(fields)
					owed[id] = slices.Compact(fields)
				}
			}
			lastOf[ticket] = position
			if exact || !slices.Contains(owed[ticket], field) {
				owed[ticket] = append(owed[ticket], field)
			}
			queue = append(queue, position)
			c := live.Change{TicketID: ticket, ChangedFields: []string{field}, Event: &db.TicketEvent{Position: position}}
			if !p.push(entry{item: &item{group: g, change: c}}) {
				t.Fatal("31 tickets are too many")
			}
			if len(p.entries) > 4*keepUp+100 {
				t.Fatalf("%d places for what waits", len(p.entries))
			}
		}
		for p.len() > 0 {
			pop()
		}
		pop()
	})
}

func TestTooMuchWaits(t *testing.T) {
	var p pending
	for n := int64(1); ; n++ {
		c := &live.Change{TicketID: fmt.Sprint(n), Event: &db.TicketEvent{Position: n}}
		if !p.push(entry{change: c}) {
			if n != giveUp+1 {
				t.Errorf("given up at %d", n)
			}
			return
		}
	}
}

// Who is always a little behind needs no more room than what waits for him.
func TestAlwaysALittleBehind(t *testing.T) {
	for name, behind := range map[string]int{"one by one": 5, "by ticket": keepUp + 5} {
		t.Run(name, func(t *testing.T) {
			var p pending
			taken := int64(0)
			for n := range int64(100_000) {
				c := &live.Change{TicketID: fmt.Sprint(n), Event: &db.TicketEvent{Position: n + 1}}
				if !p.push(entry{change: c}) {
					t.Fatal("too much waits")
				}
				if p.len() <= behind {
					continue
				}
				e, ok := p.pop()
				if taken++; !ok || e.told().Event.Position != taken {
					t.Fatalf("%v came, want %d", e.told(), taken)
				}
			}
			if n := cap(p.entries); n > 8*(keepUp+behind) {
				t.Errorf("room for %d where %d wait", n, p.len())
			}
			if n := len(p.last); n > p.len() {
				t.Errorf("%d tickets are remembered where %d wait", n, p.len())
			}
		})
	}
}

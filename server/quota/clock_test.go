package quota

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
)

const credential = "3b1f"

// timer is a wait that somebody began.
type timer struct {
	due  time.Time
	fire chan time.Time
}

// clock stands still until it is set, but no two looks at it show the same time, so that each call
// in a record can be told from the others.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	armed chan timer
}

// newClock starts far ahead of the host's, so that a deadline on it never ends a context.
func newClock() *clock {
	return &clock{now: noon.AddDate(100, 0, 0), armed: make(chan timer, 1000)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Microsecond)
	return c.now
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	t := timer{c.Now().Add(d), make(chan time.Time, 1)}
	c.armed <- t
	return t.fire
}

func (c *clock) advance(d time.Duration) { c.reach(c.Now().Add(d)) }

func (c *clock) reach(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = latest(c.now, t)
}

// fire lets a timer's time come.
func (c *clock) fire(t timer) {
	c.reach(t.due)
	t.fire <- t.due
}

// until fires every timer until somebody is done. A waiter that was woken meanwhile listens to its
// latest timer alone.
func (c *clock) until(done chan error) error {
	for {
		select {
		case next := <-c.armed:
			c.fire(next)
		case err := <-done:
			return err
		}
	}
}

func (c *clock) options() Options { return Options{Now: c.Now, After: c.After} }

// queued waits until a number of callers wait in a lane.
func queued(t *testing.T, b *Budgets, l Lane, n int) {
	t.Helper()
	k := b.desk(credential)
	for deadline := time.Now().Add(10 * time.Second); ; {
		k.mu.Lock()
		have := len(k.queue[l])
		k.mu.Unlock()
		if have == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d wait in %v, want %d", have, l, n)
		}
		runtime.Gosched()
	}
}

func enter(t *testing.T, b *Budgets, l Lane, n int) {
	t.Helper()
	for range n {
		if ok, at, err := b.TryEnter(context.Background(), credential, l); !ok || err != nil {
			t.Fatalf("%v may not enter until %v (%v)", l, at, err)
		}
	}
}

func refused(t *testing.T, b *Budgets, l Lane) time.Time {
	t.Helper()
	ok, at, err := b.TryEnter(context.Background(), credential, l)
	if ok || err != nil {
		t.Fatalf("%v entered (%v)", l, err)
	}
	return at
}

func state(t *testing.T, b *Budgets) State {
	t.Helper()
	s, err := b.State(context.Background(), credential)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// recorded are the calls in a credential's row, none when there is no row yet.
func recorded(d *database.DB) (calls []time.Time) {
	row, err := d.Reader.CallBudget.Get(context.Background(), credential)
	if err != nil {
		return nil
	}
	return times(row.Calls.Calls)
}

// times gives calls one by one.
func times(calls []schema.Calls) (list []time.Time) {
	for _, c := range calls {
		list = append(list, slices.Repeat([]time.Time{c.At}, c.N)...)
	}
	return list
}

// rows are the calls in a credential's row.
func rows(t testing.TB, d *database.DB) []time.Time {
	t.Helper()
	calls := recorded(d)
	if calls == nil {
		t.Fatal("no row")
	}
	return calls
}

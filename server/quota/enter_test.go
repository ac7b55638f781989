package quota

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
)

func TestEnterFailsEarly(t *testing.T) {
	c := newClock()
	b := New(databasetest.Open(t, databasetest.SQLite(t), database.Options{}), c.options())
	enter(t, b, Agent, 10)
	ctx, cancel := context.WithDeadline(context.Background(), c.Now().Add(10*time.Second))
	defer cancel()
	err := b.Enter(ctx, credential, Agent)
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.RateLimited || !f.Retryable() {
		t.Fatalf("got %v", err)
	}
	if f.RetryAfter < 60*time.Second || f.RetryAfter > 61*time.Second {
		t.Errorf("told to come back in %v", f.RetryAfter)
	}
	if len(c.armed) != 0 {
		t.Error("it waited")
	}
	c.advance(f.RetryAfter)
	enter(t, b, Agent, 1)
}

// With a limit of 1 nothing is held: the agent who comes back when told finds his slot kept, though
// backfill has waited for it all the time.
func TestLimitOfOne(t *testing.T) {
	c := newClock()
	o := c.options()
	o.DefaultLimit = 1
	b := New(databasetest.Open(t, databasetest.SQLite(t), database.Options{}), o)
	enter(t, b, Backfill, 1)
	done := make(chan error, 1)
	go func() { done <- b.Enter(context.Background(), credential, Backfill) }()
	waiting := <-c.armed
	ctx, cancel := context.WithDeadline(context.Background(), c.Now().Add(10*time.Second))
	defer cancel()
	var f *fault.Error
	if err := b.Enter(ctx, credential, Agent); !errors.As(err, &f) || f.Code != fault.RateLimited {
		t.Fatalf("got %v", err)
	}
	back := c.Now().Add(f.RetryAfter)
	c.reach(back)   // the slot is free
	c.fire(waiting) // and backfill looks
	select {
	case <-c.armed: // it waits on
	case err := <-done:
		t.Fatalf("backfill took the agent's slot (%v)", err)
	}
	enter(t, b, Agent, 1)
	if err := c.until(done); err != nil {
		t.Error(err)
	}
	if i := overLimit(rows(t, b.d), 1, time.Minute); i >= 0 {
		t.Errorf("call %d exceeds the limit", i)
	}
}

func TestCancelledWaiterLeavesItsPlace(t *testing.T) {
	c := newClock()
	b := New(databasetest.Open(t, databasetest.SQLite(t), database.Options{}), c.options())
	enter(t, b, Agent, 10)
	ctx, cancel := context.WithCancel(context.Background())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- b.Enter(ctx, credential, Agent) }()
	<-c.armed
	go func() { second <- b.Enter(context.Background(), credential, Agent) }()
	queued(t, b, Agent, 2)
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) || fault.CodeOf(err) != "" {
		t.Errorf("the cancelled one got %v", err)
	}
	if err := c.until(second); err != nil {
		t.Error(err)
	}
	if n := len(rows(t, b.d)); n != 11 {
		t.Errorf("%d calls are recorded", n)
	}
}

// Who comes last may go first: the waiters join from the lowest lane up and go from the highest down.
func TestOrderOfWaiters(t *testing.T) {
	c := newClock()
	b := New(databasetest.Open(t, databasetest.SQLite(t), database.Options{}), c.options())
	for range 10 { // the slots come back one by one
		enter(t, b, Agent, 1)
		c.advance(5 * time.Second)
	}
	k, done := b.desk(credential), make(chan error, 8)
	names := map[*waiter]string{}
	var head timer
	for l := Backfill; l >= Agent; l-- {
		for i := range 2 {
			go func() { done <- b.Enter(context.Background(), credential, l) }()
			queued(t, b, l, i+1)
			k.mu.Lock()
			names[k.queue[l][i]] = fmt.Sprint(l, i)
			k.mu.Unlock()
			if i == 0 {
				head = <-c.armed // those of the lanes below are for waiters who are not next any more
			}
		}
	}
	var got []string
	left := func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		for w, name := range names {
			if !slices.Contains(k.queue[w.lane], w) {
				got = append(got, name)
				delete(names, w)
			}
		}
	}
	c.fire(head)
	for n := 0; n < 8; {
		select {
		case head = <-c.armed: // the next head looks after the last one has left
			left()
			c.fire(head)
		case err := <-done:
			if n++; err != nil {
				t.Error(err)
			}
		}
	}
	left()
	want := []string{
		"agent 0", "agent 1", "callback 0", "callback 1",
		"incremental 0", "incremental 1", "backfill 0", "backfill 1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("they went in the order %v", got)
	}
}

// Three processes with waiters of all lanes share one database: no window holds more than the limit, and all go.
func TestThreeProcesses(t *testing.T) {
	databasetest.EachURL(t, func(t *testing.T, url string) {
		const limit, each = 10, 8
		c := newClock()
		d := databasetest.Open(t, url, database.Options{})
		processes := []*Budgets{New(d, c.options())}
		for range 2 {
			processes = append(processes, New(databasetest.Open(t, url, database.Options{}), c.options()))
		}
		entered := make(chan error, 100)
		for _, b := range processes {
			for l := Agent; l <= Backfill; l++ {
				for range each {
					go func() { entered <- b.Enter(context.Background(), credential, l) }()
				}
			}
		}
		var calls []time.Time
		for n := 0; n < len(processes)*lanes*each; {
			select {
			case next := <-c.armed:
				c.fire(next)
			case err := <-entered:
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			calls = append(calls, recorded(d)...)
		}
		slices.SortFunc(calls, time.Time.Compare)
		calls = slices.CompactFunc(calls, time.Time.Equal)
		if len(calls) != len(processes)*lanes*each {
			t.Errorf("%d calls are recorded, %d were made", len(calls), len(processes)*lanes*each)
		}
		if i := overLimit(calls, limit, time.Minute); i >= 0 {
			t.Errorf("call %d at %v exceeds the limit", i, calls[i])
		}
	})
}

// A planner that never waits and always asks for the highest lane first: a flood of callbacks does
// not keep the backfill from its turns.
func TestTurnsOfWhoOnlyTries(t *testing.T) {
	c := newClock()
	b := New(databasetest.Open(t, databasetest.SQLite(t), database.Options{}), c.options())
	got := map[Lane]int{}
	for range 200 { // rounds
		var again time.Time
		for _, l := range []Lane{Callback, Backfill} {
			ok, at, err := b.TryEnter(context.Background(), credential, l)
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				got[l]++
				again = c.Now().Add(time.Second) // the call's duration
				break
			}
			if again.IsZero() || at.Before(again) {
				again = at
			}
		}
		c.reach(again)
	}
	if all := got[Callback] + got[Backfill]; got[Backfill] < all*15/100 || got[Backfill] > all*25/100 {
		t.Errorf("calls by lane: %v", got)
	}
}

func TestAbsentLaneHoldsNobodyForLong(t *testing.T) {
	c := newClock()
	b := New(databasetest.Open(t, databasetest.SQLite(t), database.Options{}), c.options())
	enter(t, b, Callback, 8)
	at := refused(t, b, Callback) // and does not come back
	done := make(chan error, 1)
	go func() { done <- b.Enter(context.Background(), credential, Backfill) }()
	if err := c.until(done); err != nil {
		t.Fatal(err)
	}
	if late := c.Now().Sub(at); late < grace || late > grace+time.Second {
		t.Errorf("backfill went %v after the slot was free", late)
	}
}

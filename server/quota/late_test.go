package quota

import (
	"context"
	"testing"
	"time"

	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

// RA may see a call as late as it answers: then the place is free a window after that, and no earlier.
func TestLateCallsKeepTheirPlace(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		c := newClock()
		b := New(d, c.options())
		enter(t, b, Agent, 10)
		first := refused(t, b, Agent)
		late := func(took time.Duration) {
			t.Helper()
			if err := b.Late(context.Background(), credential, took); err != nil {
				t.Fatal(err)
			}
		}
		late(200 * time.Millisecond) // the margin covers it
		if at := refused(t, b, Agent); !at.Equal(first) {
			t.Errorf("a quick answer moved the next slot from %v to %v", first, at)
		}
		c.reach(c.Now().Add(2 * time.Second))
		for range 10 {
			late(2 * time.Second)
		}
		if at, s := refused(t, b, Agent), state(t, b); at.Sub(first) < 2*time.Second || s.Used != 10 {
			t.Errorf("%v after what was promised before, %d used", at.Sub(first), s.Used)
		}
		c.reach(first)
		refused(t, b, Agent)
	})
}

// Only a call that was made by then is moved, and no call is lost or added.
func TestLateMovesOneCall(t *testing.T) {
	p := rules{window: time.Minute}
	k := book{limit: 10}
	for _, s := range []int{0, 5, 9} {
		k = p.enter(k, Agent, 1, noon.Add(time.Duration(s)*time.Second))
	}
	k = p.enter(k, Agent, 1, noon.Add(9*time.Second))
	now := noon.Add(10 * time.Second)
	got := p.late(k, 4*time.Second, now)
	if p.used(got, now) != 4 || p.used(k, now) != 4 || len(got.calls) != 3 || !got.calls[2].At.Equal(now) || !got.calls[0].At.Equal(noon) {
		t.Errorf("%v became %v", k.calls, got.calls)
	}
	if got := p.late(k, time.Hour, now); p.used(got, now) != 4 || len(got.calls) != 3 || got.calls[2].At.Equal(now) {
		t.Errorf("one that is not known: %v", got.calls)
	}
}

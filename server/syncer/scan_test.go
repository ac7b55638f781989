package syncer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/reclameaqui"
)

// sides are the moments of the last change of the complaints as Reclame Aqui and as we have them.
type sides struct {
	theirs, ours map[int]time.Time
	// wrong is what Reclame Aqui adds to each count.
	wrong func() int
	// asked are complaints of ours to be read by their ids, calls those of the scan.
	asked map[int]bool
	calls int
}

func in(list map[int]time.Time, w schema.ScanWindow) (ids []int) {
	for id, at := range list {
		if !at.Before(w.From) && !at.After(w.To) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// moments are those of ours in a window, in their order.
func (s *sides) moments(w schema.ScanWindow) (list []time.Time) {
	for _, id := range in(s.ours, w) {
		list = append(list, s.ours[id])
	}
	slices.SortFunc(list, time.Time.Compare)
	return list
}

// scan is what gapscan.go does, on paper.
func (s *sides) scan(from, to time.Time) {
	whole, _ := piece(from, to)
	moments := s.moments(whole)
	stack, _ := pieces(whole, len(moments), pieceSize(to), func(n int) (time.Time, error) { return moments[len(moments)-1-n], nil })
	for len(stack) > 0 && s.calls < scanCalls {
		top := stack[len(stack)-1]
		ours := s.moments(top)
		var middle time.Time
		if len(ours) > 0 {
			middle = ours[len(ours)/2]
		}
		var list bool
		stack, list = aim(stack, len(ours), middle)
		top = stack[len(stack)-1]
		s.calls++
		if !list {
			total := max(0, len(in(s.theirs, top))+s.wrong())
			left := 0
			if w, ok := rest(stack, total); ok {
				left = len(in(s.ours, w))
			}
			stack = counted(stack, total, len(in(s.ours, top)), left)
			continue
		}
		theirs := in(s.theirs, top)
		first := min(max(top.Page-1, 0)*reclameaqui.MaxPageSize, len(theirs))
		last := min(first+reclameaqui.MaxPageSize, len(theirs))
		stack = listed(stack, last < len(theirs))
		if last == len(theirs) {
			for _, id := range in(s.ours, top) {
				if !slices.Contains(theirs, id) {
					s.asked[id] = true
				}
			}
		}
		for _, id := range theirs[first:last] {
			s.ours[id] = s.theirs[id]
		}
	}
}

var scanEpoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Of some hundreds, whatever was missed, changed or vanished is found, however the changes lie in time.
func TestAScanFindsEveryDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &sides{theirs: map[int]time.Time{}, ours: map[int]time.Time{}, asked: map[int]bool{}, wrong: func() int { return 0 }}
		span := rapid.SampledFrom([]int{1, 3, 60, 3600, 86400 * 30}).Draw(t, "seconds")
		size := rapid.IntRange(0, 310).Draw(t, "complaints")
		fraction := rapid.SampledFrom([]time.Duration{0, 250 * time.Millisecond}).Draw(t, "fraction")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		moment := func() time.Time { return scanEpoch.Add(time.Duration(r.IntN(span))*time.Second + fraction) }
		for id := range size {
			at := moment()
			s.theirs[id], s.ours[id] = at, at
		}
		differ := map[int]bool{}
		for range rapid.IntRange(0, 12).Draw(t, "differences") {
			id := rapid.IntRange(0, size+5).Draw(t, "which")
			differ[id] = true
			switch rapid.IntRange(0, 2).Draw(t, "how") {
			case 0:
				delete(s.ours, id)
				s.theirs[id] = moment()
			case 1:
				delete(s.theirs, id)
			case 2:
				s.theirs[id] = moment()
			}
		}
		s.scan(scanEpoch, scanEpoch.Add(time.Duration(span)*time.Second))
		for id := range differ {
			at, there := s.theirs[id]
			if was, here := s.ours[id]; there && (!here || !was.Equal(at)) {
				t.Fatalf("complaint %d is as before: %v, theirs %v", id, was, at)
			} else if !there && here && !s.asked[id] {
				t.Fatalf("complaint %d has vanished unnoticed", id)
			}
		}
		if len(differ) == 0 && s.calls > 2+size/20 {
			t.Fatalf("%d calls for nothing", s.calls)
		}
		for id := range s.asked {
			if !differ[id] {
				t.Fatalf("complaint %d was asked for", id)
			}
		}
	})
}

// Of many, one that was missed costs some counts a halving.
func TestAScanOfManyIsShort(t *testing.T) {
	s := &sides{theirs: map[int]time.Time{}, ours: map[int]time.Time{}, asked: map[int]bool{}, wrong: func() int { return 0 }}
	for id := range 100_000 {
		at := scanEpoch.Add(time.Duration(id*7) * time.Second)
		s.theirs[id], s.ours[id] = at, at
	}
	s.scan(scanEpoch, scanEpoch.Add(9*24*time.Hour))
	if s.calls > 20 {
		t.Errorf("%d calls for nothing", s.calls)
	}
	s.calls = 0
	delete(s.ours, 31_234)
	s.ours[77] = s.theirs[77].Add(-time.Second) // its latest change was missed
	s.theirs[77] = scanEpoch.Add(99_990 * 7 * time.Second)
	s.scan(scanEpoch, scanEpoch.Add(9*24*time.Hour))
	if _, found := s.ours[31_234]; !found || !s.ours[77].Equal(s.theirs[77]) || s.calls > 60 {
		t.Errorf("found: %v, %v, after %d calls", found, s.ours[77], s.calls)
	}
}

// It ends where Reclame Aqui counts wrongly, and whatever it counts.
func TestAScanEndsWhateverIsCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &sides{theirs: map[int]time.Time{}, ours: map[int]time.Time{}, asked: map[int]bool{}}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		s.wrong = func() int { return r.IntN(400) - 200 }
		for id := range rapid.IntRange(0, 300).Draw(t, "complaints") {
			at := scanEpoch.Add(time.Duration(r.IntN(20)) * time.Second)
			s.theirs[id], s.ours[id] = at, at
		}
		if s.scan(scanEpoch, scanEpoch.Add(time.Minute)); s.calls > scanCalls {
			t.Fatalf("%d calls", s.calls)
		}
	})
}

func TestWhenAScanIsDue(t *testing.T) {
	at := func(hours float64) *time.Time {
		x := scanEpoch.Add(time.Duration(hours * float64(time.Hour)))
		return &x
	}
	for name, c := range map[string]struct {
		state  db.SyncState
		lo, hi time.Time
	}{
		"during the backfill":  {db.SyncState{Watermark: at(0)}, time.Time{}, time.Time{}},
		"after it":             {db.SyncState{Watermark: at(0), BackfillDoneAt: at(1)}, *at(2), *at(3)},
		"planned":              {db.SyncState{Watermark: at(0), BackfillDoneAt: at(1), ScanAt: at(9)}, *at(9), *at(9)},
		"under way":            {db.SyncState{Watermark: at(0), BackfillDoneAt: at(1), ScanAt: at(9), Scan: []schema.ScanWindow{{}}}, *at(1), *at(1)},
		"more months, not yet": {db.SyncState{Watermark: at(0), Scan: []schema.ScanWindow{{}}}, time.Time{}, time.Time{}},
	} {
		if got := scanFrom(&c.state); got.Before(c.lo) || got.After(c.hi) {
			t.Errorf("%s: at %v", name, got)
		}
	}
	moments := map[time.Time]bool{}
	for i := range 500 {
		id := fmt.Sprint("int_", i)
		next := nextScan(id, *at(5))
		if wait := next.Sub(*at(5)); wait <= 0 || wait > scanEvery || !nextScan(id, next).Equal(next.Add(scanEvery)) {
			t.Fatalf("%s: after %v", id, wait)
		}
		moments[next.Truncate(10*time.Minute)] = true
	}
	if len(moments) < 100 {
		t.Errorf("500 integrations scan in %d parts of the day", len(moments))
	}
	for name, c := range map[string]struct {
		state db.SyncState
		want  bool
	}{
		"a round as ever": {db.SyncState{LastSyncAt: at(4)}, false},
		"after an outage": {db.SyncState{LastSyncAt: at(3.7)}, true},
		"the first round": {db.SyncState{}, false},
	} {
		if got := scanAfter(&c.state, 10*time.Minute, *at(5)); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

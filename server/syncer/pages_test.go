package syncer

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"citrus.cx/channel/server/reclameaqui"
)

func created(id int64, at time.Time) reclameaqui.Complaint {
	return reclameaqui.Complaint{ID: id, CreatedAt: at}
}

// shelf is Reclame Aqui's list, as a first sync asks for it.
type shelf struct {
	rows []reclameaqui.Complaint
	// clamp is the size that it really gives, whatever was asked and whatever it says.
	clamp int
	// honest says that it names that size.
	honest bool
	// unsorted says that it answers in the order of ids, oldest first, whatever was asked.
	unsorted bool
	// malformed rows are there and cannot be read.
	malformed map[int64]bool
}

func (s *shelf) page(b bound, from time.Time) reclameaqui.Page {
	var rows []reclameaqui.Complaint
	for _, c := range s.rows {
		if !c.CreatedAt.Before(from) && (b.at.IsZero() || !c.CreatedAt.After(b.at)) {
			rows = append(rows, c)
		}
	}
	slices.SortStableFunc(rows, func(a, b reclameaqui.Complaint) int {
		if s.unsorted {
			return a.CreatedAt.Compare(b.CreatedAt)
		}
		return b.CreatedAt.Compare(a.CreatedAt)
	})
	page := reclameaqui.Page{Number: b.page, Size: reclameaqui.MaxPageSize, Total: len(rows)}
	if s.honest {
		page.Size = s.clamp
	}
	first := min((b.page-1)*s.clamp, len(rows))
	for _, c := range rows[first:min(first+s.clamp, len(rows))] {
		if s.malformed[c.ID] {
			page.Malformed = append(page.Malformed, reclameaqui.Malformed{ID: c.ID})
			continue
		}
		page.Complaints = append(page.Complaints, c)
	}
	return page
}

// readAll is the loop of the first sync: it reads until it is done and keeps what it saw.
func (s *shelf) readAll(t *rapid.T, b bound, from time.Time, seen map[int64]bool, between func()) bound {
	for calls := 0; ; calls++ {
		if calls > 50+10*len(s.rows) {
			t.Fatalf("%d calls for %d complaints", calls, len(s.rows))
		}
		page := s.page(b, from)
		for _, c := range page.Complaints {
			seen[c.ID] = true
		}
		for _, m := range page.Malformed {
			seen[m.ID] = true
		}
		next := advance(b, page)
		if next.done {
			return next
		}
		b = next
		between()
	}
}

// Rule S1: whatever page size Reclame Aqui really gives, however many complaints share a moment,
// in whatever order they come, and while new ones arrive: what was there all the time is read, and
// the reading ends. So it is when the months are raised afterwards (rule A12).
func TestAFirstSyncReadsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &shelf{
			clamp: rapid.IntRange(3, 50).Draw(t, "clamp"), honest: rapid.Bool().Draw(t, "honest"),
			unsorted: rapid.IntRange(0, 3).Draw(t, "unsorted") == 0, malformed: map[int64]bool{},
		}
		if s.unsorted {
			s.clamp = max(s.clamp, 10) // a few rows may be in order by chance, and nothing tells
		}
		now, id := noon, int64(0)
		step := rapid.SampledFrom([]int{0, 1, 5}).Draw(t, "ties") // 0: many share a moment
		n := rapid.IntRange(0, 200).Draw(t, "complaints")
		for range n {
			id++
			if now = now.Add(time.Duration(rapid.IntRange(0, 1+step).Draw(t, "gap")) * time.Second); s.unsorted {
				now = now.Add(time.Second) // where the order cannot be seen from a page of one moment
			}
			s.rows = append(s.rows, created(id, now))
			s.malformed[id] = rapid.IntRange(0, 19).Draw(t, "malformed") == 0 && !s.unsorted
		}
		from := noon.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "window")) * time.Second)
		there := slices.Clone(s.rows)
		arrive := func() {
			for range rapid.IntRange(0, 2).Draw(t, "arrive") {
				id, now = id+1, now.Add(time.Second)
				s.rows = append(s.rows, created(id, now))
			}
		}
		seen := map[int64]bool{}
		end := s.readAll(t, bound{page: 1}, from, seen, arrive)
		missed(t, there, from, seen)
		// Months are raised: it goes on from where it ended.
		s.readAll(t, bound{at: end.at, page: end.page}, noon, seen, arrive)
		missed(t, there, noon, seen)
	})
}

func missed(t *rapid.T, there []reclameaqui.Complaint, from time.Time, seen map[int64]bool) {
	for _, c := range there {
		if !c.CreatedAt.Before(from) && !seen[c.ID] {
			t.Fatalf("complaint %d of %d was never read", c.ID, len(there))
		}
	}
}

func TestAdvance(t *testing.T) {
	at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	page := func(total int, seconds ...int) reclameaqui.Page {
		p := reclameaqui.Page{Size: 50, Total: total}
		for i, s := range seconds {
			p.Complaints = append(p.Complaints, created(int64(i+1), at(s)))
		}
		return p
	}
	for _, c := range []struct {
		what string
		b    bound
		page reclameaqui.Page
		want bound
	}{
		{"nothing at all", bound{page: 1}, page(0), bound{page: 1, done: true}},
		{"all of it", bound{page: 1}, page(3, 9, 8, 7), bound{at: at(7), page: 1, fresh: 3, done: true}},
		{"a first page", bound{page: 1}, page(9, 9, 8, 7), bound{at: at(7), page: 1, fresh: 3}},
		{"a next one, with what ended the page before", bound{at: at(7), page: 1}, page(5, 7, 6, 5), bound{at: at(5), page: 1, fresh: 2}},
		{"all of one moment", bound{at: at(7), page: 1}, page(9, 7, 7, 7), bound{at: at(7), page: 2}},
		{"and on", bound{at: at(7), page: 2}, page(9, 7, 7, 6), bound{at: at(7), page: 3, fresh: 3}},
		{"unsorted", bound{page: 1}, page(9, 7, 8, 9), bound{page: 2, fresh: 3}},
		{"one without a date", bound{page: 1}, reclameaqui.Page{Size: 50, Total: 9, Complaints: []reclameaqui.Complaint{{ID: 1}}}, bound{page: 2, fresh: 1}},
		{"past the end", bound{at: at(7), page: 4}, page(9), bound{at: at(7), page: 1, done: true}},
		{"a total that is too high, and nothing more", bound{at: at(7), page: 1}, page(7), bound{at: at(7), page: 1, done: true}},
	} {
		if got := advance(c.b, c.page); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.what, got, c.want)
		}
	}
}

// The rows decide: a page size that Reclame Aqui clamped and still says may not end a run early.
func TestSeenAll(t *testing.T) {
	for _, c := range []struct {
		number, rows, malformed, size, total int
		want                                 bool
	}{
		{1, 0, 0, 50, 0, true},
		{1, 50, 0, 50, 50, true},
		{1, 49, 1, 50, 50, true},
		{1, 50, 0, 50, 51, false},
		{1, 20, 0, 50, 51, false},
		{2, 50, 0, 50, 100, true},
		{2, 20, 0, 50, 65, false},
		{2, 20, 0, 50, 75, false},
		{3, 20, 0, 20, 60, true},
	} {
		p := reclameaqui.Page{Complaints: make([]reclameaqui.Complaint, c.rows), Malformed: make([]reclameaqui.Malformed, c.malformed), Size: c.size, Total: c.total}
		if got := seenAll(c.number, p); got != c.want {
			t.Errorf("%+v: %t", c, got)
		}
	}
}

package syncer

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/ent/db/syncstate"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/quota"
)

// Two processes on one database: nothing is read twice into the mirror, no progress is lost, and one of them plans.
func TestTwoProcesses(t *testing.T) {
	d := databasetest.Open(t, databasetest.Postgres(t), database.Options{})
	w := newWorld(t, d)
	for i := range int64(300) {
		e := day(i+1, 0)
		e.created = e.created.Add(-time.Duration(i+1) * time.Minute)
		w.ra.put(e)
	}
	began := time.Now()
	clock := func() time.Time { return noon.Add(time.Since(began)) }
	w.ra.now = clock
	options := w.Options
	options.Now = clock
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 3)
	others := []*Syncer{New(d, options), New(d, options), New(d, options)}
	others[2].lease = &lease{database: &database.DB{}} // one that believes to lead whatever the others think
	for _, s := range others {
		go func() { ended <- s.Run(ctx) }()
	}
	for done := false; !done; {
		select {
		case err := <-ended:
			t.Fatal(err)
		case <-time.After(20 * time.Millisecond):
			s := w.state()
			done = s.BackfillDoneAt != nil && s.LastSyncAt != nil && s.NextSyncAt.After(clock())
		}
		if time.Since(began) > 60*time.Second {
			t.Fatalf("not done: %v", w.state())
		}
	}
	leaders := 0
	for _, s := range others[:2] {
		if w.Reader.Lease.GetX(ctx, leaseName).Holder == s.lease.holder {
			leaders++
		}
	}
	cancel()
	for range others {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if s := w.state(); leaders != 1 || len(w.titles()) != 300 || s.BackfillRead != 300 || s.Failures != 0 {
		t.Errorf("%d lead, %d tickets, %v", leaders, len(w.titles()), s)
	}
	if n := w.Reader.SyncRun.Query().Where(syncrun.KindEQ(syncrun.KindBACKFILL)).CountX(context.Background()); n != 1 {
		t.Errorf("%d backfill runs", n)
	}
	// Given back at the end, the lease is free at once.
	if held, err := newLease(d).hold(context.Background()); err != nil || !held {
		t.Errorf("the next one must wait: %v", err)
	}
}

// Of those that hold the lease, a process of this host that is no more need not be waited for.
func TestOrphaned(t *testing.T) {
	ours := newLease(&database.DB{}).holder
	host, _, _ := strings.Cut(ours, "/")
	for holder, want := range map[string]bool{
		ours:                   false,
		host + "/2147483646/x": true,
		fmt.Sprintf("%s/%d/x", host, os.Getppid()): false,
		"elsewhere/2147483646/x":                   false,
		"":                                         false,
		host + "/x/x":                              false,
	} {
		if got := orphaned(holder, ours); got != want {
			t.Errorf("%q: %t", holder, got)
		}
	}
	if len(ours) > 40 || !orphaned(host+"/1/x", host+"/1/y") {
		t.Errorf("%q is too long, or process 1 waits for its own past", ours)
	}
}

// busyRA notes how many calls are under way at once, and when each account's were made.
type busyRA struct {
	*ra
	mu          sync.Mutex
	under, most int
	calls       map[string][]time.Time
}

func (b *busyRA) RoundTrip(req *http.Request) (*http.Response, error) {
	who, _, basic := req.BasicAuth()
	if !basic {
		who = strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
	}
	b.mu.Lock()
	b.under++
	b.most = max(b.most, b.under)
	b.calls[who] = append(b.calls[who], time.Now())
	b.mu.Unlock()
	time.Sleep(300 * time.Millisecond)
	b.mu.Lock()
	b.under--
	b.mu.Unlock()
	return b.ra.RoundTrip(req)
}

// A start with 500 integrations whose rounds are overdue and whose first syncs have not begun: few calls at once, never
// more than the limit of any credential in a minute, and all are synced.
func TestAHerd(t *testing.T) {
	const accounts, pages = 50, 10
	url := databasetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now().UTC()
		w := &world{DB: databasetest.Open(t, url, database.Options{}), now: began.Add(-time.Hour)}
		clock := func() time.Time { return time.Now().UTC() }
		w.ra = &ra{entries: map[int64]*entry{}, now: clock, clamp: 50, limit: 10}
		busy := &busyRA{ra: w.ra, calls: map[string][]time.Time{}}
		w.build(t, busy, quota.Options{Now: clock})
		w.activate(w.keys, 30*24*time.Hour)
		for i := range accounts * pages {
			w.another(fmt.Sprint("account", i%accounts), int64(1000+i))
			w.ra.put(entry{id: int64(i + 1), company: int64(1000 + i), created: began.AddDate(0, 0, -1), modified: began.AddDate(0, 0, -1), title: "x"})
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		left := -1
		for left != 0 && time.Since(began) < 20*time.Minute {
			time.Sleep(5 * time.Second)
			left = w.Reader.SyncState.Query().Where(syncstate.Or(syncstate.BackfillDoneAtIsNil(), syncstate.LastSyncAtIsNil(),
				syncstate.NextSyncAtLT(clock()))).CountX(ctx)
		}
		cancel()
		if err := <-ended; err != nil || left != 0 || len(w.titles()) != accounts*pages {
			t.Errorf("%v, %d left after %s, %d tickets", err, left, time.Since(began), len(w.titles()))
		}
		total := 0
		for who, calls := range busy.calls {
			total += len(calls)
			for i := range calls {
				if i >= 10 && calls[i].Sub(calls[i-10]) < time.Minute {
					t.Errorf("%s made 11 calls in %s", who, calls[i].Sub(calls[i-10]))
				}
			}
		}
		if busy.most > 8 {
			t.Errorf("%d calls at once", busy.most)
		}
		t.Logf("all synced after %s with %d calls, %d at once", time.Since(began), total, busy.most)
	})
}

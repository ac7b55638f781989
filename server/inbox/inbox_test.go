package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/inbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const settle = 250 * time.Millisecond

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func complaint(id int) inbox.Reference {
	return inbox.Reference{Kind: hint.KindCOMPLAINT, Value: fmt.Sprint(id)}
}

// clocked is an inbox whose clock stands where a test puts it.
func clocked(d *database.DB) (*inbox.Inbox, *time.Time) {
	now := noon
	return inbox.New(d, inbox.Options{Now: func() time.Time { return now }, Settle: settle}), &now
}

func write(t *testing.T, d *database.DB, work func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(context.Background(), work); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, d *database.DB, in *inbox.Inbox, integrationID string, cause hint.Cause, refs ...inbox.Reference) {
	t.Helper()
	write(t, d, func(ctx context.Context, tx *db.Tx) error { return in.Put(ctx, tx, integrationID, cause, refs...) })
}

func due(t *testing.T, in *inbox.Inbox, integrationID string, at time.Time) []*db.Hint {
	t.Helper()
	hints, err := in.Due(context.Background(), integrationID, at, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return hints
}

func TestPutIsDueAfterItsTwinsCame(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		in, now := clocked(d)
		put(t, d, in, "int_a", hint.CauseCALLBACK, complaint(1))
		*now = now.Add(settle / 2)
		put(t, d, in, "int_a", hint.CauseCALLBACK, complaint(1), complaint(2), complaint(1))
		put(t, d, in, "int_b", hint.CauseCALLBACK, complaint(1))
		if got := due(t, in, "int_a", noon.Add(settle-time.Microsecond)); len(got) != 0 {
			t.Fatalf("too early: %v", got)
		}
		got := due(t, in, "int_a", noon.Add(settle))
		if len(got) != 1 || got[0].Reference != "1" || got[0].Puts != 2 || !got[0].PutAt.Equal(*now) || !got[0].DueAt.Equal(noon.Add(settle)) {
			t.Fatalf("got %v", got)
		}
		if got = due(t, in, "int_a", noon.Add(2*settle)); len(got) != 2 || got[1].Reference != "2" {
			t.Fatalf("oldest first: got %v", got)
		}
		if got, err := in.Due(context.Background(), "int_a", noon.Add(2*settle), 1); err != nil || len(got) != 1 || got[0].Reference != "1" {
			t.Fatalf("limited: got %v, %v", got, err)
		}
	})
}

// A flood is one row, read at the time of its first hint.
func TestFloodIsOneRowAndCannotPostpone(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		in, now := clocked(d)
		for range 100 {
			put(t, d, in, "int_a", hint.CauseCALLBACK, complaint(7), inbox.Poll)
			*now = now.Add(10 * time.Millisecond)
		}
		got := due(t, in, "int_a", noon.Add(settle))
		if len(got) != 2 || got[0].Puts != 100 || got[1].Puts != 100 {
			t.Fatalf("got %v", got)
		}
		first, pending, err := in.Next(context.Background(), "int_a")
		if err != nil || pending != 2 || !first.Equal(noon.Add(settle)) {
			t.Fatalf("next %v, %d, %v", first, pending, err)
		}
		if first, pending, err = in.Next(context.Background(), "int_b"); err != nil || pending != 0 || !first.IsZero() {
			t.Fatalf("next of nothing %v, %d, %v", first, pending, err)
		}
	})
}

func TestTheEarlierMomentWins(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		in, _ := clocked(d)
		later := noon.Add(2 * time.Minute)
		// Whole seconds and fractions, since SQLite compares times as texts.
		for _, moments := range [][2]time.Time{
			{later, later.Add(time.Second)},
			{later, later.Add(time.Microsecond)},
			{later.Add(500 * time.Millisecond), later.Add(550 * time.Millisecond)},
			{later.In(time.FixedZone("BRT", -3*3600)), later.Add(time.Hour)},
		} {
			for i, order := range [][2]time.Time{moments, {moments[1], moments[0]}} {
				id := fmt.Sprintf("int_%d_%d", moments[0].UnixNano()+moments[1].UnixNano(), i)
				write(t, d, func(ctx context.Context, tx *db.Tx) error {
					return errors.Join(
						in.PutAt(ctx, tx, id, hint.CauseOUTBOUND, order[0], complaint(1)),
						in.PutAt(ctx, tx, id, hint.CauseOUTBOUND, order[1], complaint(1)))
				})
				if got, _, err := in.Next(context.Background(), id); err != nil || !got.Equal(moments[0]) {
					t.Errorf("of %v: due %v, %v", order, got, err)
				}
			}
		}
	})
}

func TestCallbackStandsUntilTheRead(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		in, now := clocked(d)
		for _, step := range []struct{ put, want hint.Cause }{
			{hint.CauseRETRY, hint.CauseRETRY},
			{hint.CauseOUTBOUND, hint.CauseOUTBOUND},
			{hint.CauseCALLBACK, hint.CauseCALLBACK},
			{hint.CauseRETRY, hint.CauseCALLBACK},
		} {
			put(t, d, in, "int_a", step.put, complaint(1))
			if got := due(t, in, "int_a", now.Add(settle)); got[0].Cause != step.want {
				t.Errorf("after %s: %s, want %s", step.put, got[0].Cause, step.want)
			}
		}
	})
}

func TestDoneLeavesWhatWasPutAgain(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		in, now := clocked(d)
		var refs []inbox.Reference
		for i := range 250 { // more than one statement takes
			refs = append(refs, complaint(i+1))
		}
		put(t, d, in, "int_a", hint.CauseCALLBACK, refs...)
		read := due(t, in, "int_a", now.Add(settle))
		put(t, d, in, "int_a", hint.CauseCALLBACK, complaint(120), complaint(251))
		write(t, d, func(ctx context.Context, tx *db.Tx) error { return in.Done(ctx, tx, read...) })
		left := due(t, in, "int_a", now.Add(settle))
		if len(read) != 250 || len(left) != 2 || left[0].Reference != "120" || left[1].Reference != "251" {
			t.Fatalf("read %d, left %v", len(read), left)
		}
		write(t, d, func(ctx context.Context, tx *db.Tx) error { return in.Done(ctx, tx, left...) })
		write(t, d, func(ctx context.Context, tx *db.Tx) error { return in.Done(ctx, tx) })
		if left = due(t, in, "int_a", now.Add(settle)); len(left) != 0 {
			t.Fatalf("left %v", left)
		}
	})
}

func TestPutRefusesWhatNobodyCanRead(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		in, now := clocked(d)
		for _, ref := range []inbox.Reference{
			{Kind: hint.KindCOMPLAINT},
			{Kind: hint.KindPOLL, Value: "1"},
			{Kind: "OTHER", Value: "1"},
			{Kind: hint.KindSOURCE, Value: "12345678901234567890123456789012345678901"},
		} {
			err := d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
				return in.Put(ctx, tx, "int_a", hint.CauseCALLBACK, complaint(1), ref)
			})
			if err == nil {
				t.Errorf("%v was kept", ref)
			}
		}
		if got := due(t, in, "int_a", now.Add(settle)); len(got) != 0 {
			t.Errorf("kept %v", got)
		}
	})
}

func TestWaitIsClosedByACommitOnly(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		in, _ := clocked(d)
		waiting := in.Wait()
		broken := errors.New("broken")
		err := d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(in.Put(ctx, tx, "int_a", hint.CauseCALLBACK, complaint(1)), broken)
		})
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			err := in.Put(ctx, tx, "int_a", hint.CauseCALLBACK, complaint(1))
			select {
			case <-waiting:
				t.Error("woken before the commit")
			default:
			}
			return err
		})
		for _, w := range []<-chan struct{}{waiting, waiting} { // two waiters
			select {
			case <-w:
			default:
				t.Error("not woken by the commit")
			}
		}
		select {
		case <-in.Wait():
			t.Error("a new wait is over at once")
		default:
		}
	})
}

// world is what Reclame Aqui would know: the latest change of each complaint, and what was read of it.
type world struct{ changed, read [complaints]atomic.Int64 }

const complaints = 6

// Whatever puts, reads and repeats overlap: when the inbox is empty, every change has been read.
func TestNoPutIsLost(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		in := inbox.New(d, inbox.Options{Settle: time.Microsecond})
		var w world
		errs := make(chan error, 100)
		var putters, readers sync.WaitGroup
		for range 6 {
			putters.Go(func() {
				for range 20 {
					one, two := rand.IntN(complaints), rand.IntN(complaints)
					w.changed[one].Add(1)
					w.changed[two].Add(1)
					errs <- d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
						return in.Put(ctx, tx, "int_a", hint.CauseCALLBACK, complaint(one), complaint(two))
					})
				}
			})
		}
		finished := make(chan struct{})
		for range 2 {
			readers.Go(func() { errs <- w.readAll(ctx, d, in, finished) })
		}
		go func() { putters.Wait(); close(finished) }()
		go func() { readers.Wait(); close(errs) }()
		for err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		for i := range complaints {
			if c, r := w.changed[i].Load(), w.read[i].Load(); c != r {
				t.Errorf("complaint %d changed %d times, read up to change %d", i, c, r)
			}
		}
	})
}

// readAll is a syncer in small: it ends when nobody puts any more and nothing is due.
func (w *world) readAll(ctx context.Context, d *database.DB, in *inbox.Inbox, finished <-chan struct{}) error {
	for {
		woken := in.Wait()
		last := false
		select {
		case <-finished:
			last = true
		default:
		}
		hints, err := in.Due(ctx, "int_a", time.Now().Add(time.Minute), 4)
		if err != nil {
			return err
		}
		if len(hints) == 0 {
			if last {
				return nil
			}
			select {
			case <-woken:
			case <-finished:
			}
			continue
		}
		for _, h := range hints {
			var id int
			if _, err := fmt.Sscan(h.Reference, &id); err != nil {
				return err
			}
			now := w.changed[id].Load()
			for seen := w.read[id].Load(); seen < now && !w.read[id].CompareAndSwap(seen, now); {
				seen = w.read[id].Load()
			}
		}
		if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return in.Done(ctx, tx, hints...) }); err != nil {
			return err
		}
	}
}

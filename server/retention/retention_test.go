package retention

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/alarm"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ctx = context.Background()

// house is a database with rows of every kept table, made at a moment.
type house struct {
	*database.DB
	t *testing.T
}

func (h house) fill(at time.Time) {
	h.t.Helper()
	w := h.Writer
	id := func(prefix string) string { return schema.TimeID(prefix, at, 1) }
	page := w.Integration.Create().SetName("x").SetNameFolded("x").SetChannel(integration.ChannelRECLAME_AQUI).
		SetKind(integration.KindRECLAME_AQUI).SaveX(ctx).ID
	w.CallbackDelivery.Create().SetID(id("cbd")).SetIntegrationID(page).SetReceivedAt(at).SetMethod("POST").SetContentType("").ExecX(ctx)
	w.Idempotency.Create().SetID(id("idp")).SetUserID("usr_x").SetMutation("m").SetKey(at.String()).SetInputHash("h").SetCreatedAt(at).ExecX(ctx)
	for _, ended := range []*time.Time{&at, nil} {
		w.SyncRun.Create().SetID(id("run")).SetIntegrationID(page).SetKind(syncrun.KindBACKFILL).SetTrigger(syncrun.TriggerACTIVATION).
			SetStartedAt(at).SetNillableFinishedAt(ended).ExecX(ctx)
		w.Alarm.Create().SetID(id("alm")).SetIntegrationID(page).SetCode(fmt.Sprint(ended == nil)).SetRaisedAt(at).SetNillableClearedAt(ended).ExecX(ctx)
	}
	w.ChangeTally.Create().SetID(id("tal")).SetIntegrationID(page).SetHour(at).ExecX(ctx)
}

// counts are the rows of deliveries, keys, runs, tallies and alarms.
func (h house) counts() string {
	h.t.Helper()
	r := h.Reader
	return fmt.Sprint(r.CallbackDelivery.Query().CountX(ctx), r.Idempotency.Query().CountX(ctx), r.SyncRun.Query().CountX(ctx),
		r.ChangeTally.Query().CountX(ctx), r.Alarm.Query().CountX(ctx))
}

func TestEverythingHasItsTime(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		start := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
		now := start
		h := house{d, t}
		h.fill(start)
		h.fill(start.Add(time.Hour))
		s := New(d, Options{Deliveries: 30 * day, Now: func() time.Time { return now }})
		for _, step := range []struct {
			after time.Duration
			want  string
		}{
			{0, "2 2 4 2 4"},
			{7 * day, "2 2 4 2 4"},
			{7*day + time.Second, "2 1 4 2 4"},
			{30*day + time.Second, "1 0 4 2 4"},
			{90*day + time.Second, "0 0 3 1 3"},
			{10_000 * day, "0 0 2 0 2"}, // a run under way and an alarm that lasts stay
		} {
			now = start.Add(step.after)
			if err := s.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
			if got := h.counts(); got != step.want {
				t.Errorf("after %v: %s, want %s", step.after, got, step.want)
			}
		}
		if n := d.Reader.SyncRun.Query().Where(syncrun.FinishedAtIsNil()).CountX(ctx) + d.Reader.Alarm.Query().Where(alarm.ClearedAtIsNil()).CountX(ctx); n != 4 {
			t.Errorf("%d of what lasts", n)
		}
	})
}

func TestForEver(t *testing.T) {
	d := databasetest.Open(t, databasetest.SQLite(t), database.Options{})
	h := house{d, t}
	h.fill(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	s := New(d, Options{Now: func() time.Time { return time.Date(2126, 3, 2, 12, 0, 0, 0, time.UTC) }})
	if err := s.Sweep(ctx); err != nil || !strings.HasPrefix(h.counts(), "1 0 ") {
		t.Errorf("%s, %v", h.counts(), err)
	}
}

// Many rows go in short steps, each a transaction, and what is young stays.
func TestManyGoInSteps(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		old, young := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)
		keep := func(n int, at time.Time, body []byte) {
			for from := 0; from < n; from += 100 {
				rows := make([]*db.CallbackDeliveryCreate, min(100, n-from))
				for i := range rows {
					rows[i] = d.Writer.CallbackDelivery.Create().SetID(schema.TimeID("cbd", at, int64(from+i))).SetIntegrationID("int_x").
						SetReceivedAt(at).SetMethod("POST").SetContentType("").SetBody(body)
				}
				d.Writer.CallbackDelivery.CreateBulk(rows...).ExecX(ctx)
			}
		}
		keep(1201, old, nil)
		keep(20, old.Add(time.Second), make([]byte, 1<<20))
		keep(30, young, nil)
		s := New(d, Options{Deliveries: 30 * day, Now: func() time.Time { return young.Add(time.Hour) }})
		before := young.Add(time.Hour - 30*day)
		var steps []int
		left := d.Reader.CallbackDelivery.Query().CountX(ctx)
		for last, more := "", true; more; {
			var err error
			if last, more, err = s.step(ctx, s.tables[0], before, last); err != nil {
				t.Fatal(err)
			}
			n := d.Reader.CallbackDelivery.Query().CountX(ctx)
			steps, left = append(steps, left-n), n
		}
		if got := fmt.Sprint(steps); got != "[500 500 209 8 4]" || left != 30 {
			t.Errorf("steps of %s rows, %d left", got, left)
		}
	})
}

// The first sweep comes within minutes, the next ones by the hour whether or not the last one worked, and the end at once.
func TestRun(t *testing.T) {
	d := databasetest.Open(t, databasetest.SQLite(t), database.Options{})
	d.Close() // so that each sweep fails at once, which is logged
	synctest.Test(t, func(t *testing.T) {
		var begun []time.Duration
		start := time.Now()
		s := New(d, Options{Deliveries: day, Log: slog.New(slog.DiscardHandler), Now: func() time.Time {
			begun = append(begun, time.Since(start))
			return time.Now()
		}})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		time.Sleep(10 * time.Hour)
		synctest.Wait()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if len(begun) < 9 || len(begun) > 11 || begun[0] >= firstWithin {
			t.Fatalf("swept after %v", begun)
		}
		for i := range begun[1:] {
			if gap := begun[i+1] - begun[i]; gap < every-jitter/2 || gap >= every+jitter/2 {
				t.Errorf("%v between sweeps", gap)
			}
		}
	})
}

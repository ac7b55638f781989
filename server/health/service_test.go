package health

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/alarm"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/ent/db/syncstate"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a database with integrations, judged at a time that the test sets.
type world struct {
	*database.DB
	*Service
	log lines
	now atomic.Pointer[time.Time]
	ids []string
}

// lines is a log that several may write.
type lines struct {
	mu  sync.Mutex
	raw bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.raw.Write(b)
}

// count tells how many lines hold a text.
func (l *lines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.raw.String(), text)
}

func newWorld(t testing.TB, d *database.DB, integrations int) *world {
	t.Helper()
	w := &world{DB: d}
	w.now.Store(&noon)
	w.Service = w.another()
	ctx := context.Background()
	err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		tx.CallBudget.Create().SetID("ra").SetCallsPerMinute(10).SetCalls(schema.CallLog{Calls: []schema.Calls{{At: noon.Add(-time.Hour), N: 1}, {At: noon.Add(-time.Second), N: 1}}}).ExecX(ctx)
		for i := range integrations {
			row := tx.Integration.Create().SetName(fmt.Sprint(i)).SetNameFolded(fmt.Sprint(i)).SetChannel(integration.ChannelRECLAME_AQUI).
				SetKind(integration.KindRECLAME_AQUI).SetState(integration.StateACTIVE).SetAPIUsername("ra").SetAPIPassword([]byte("sealed")).
				SetSyncIntervalMinutes(10).SetActivatedAt(noon.Add(-time.Hour)).SaveX(ctx)
			w.ids = append(w.ids, row.ID)
			tx.SyncState.Create().SetIntegrationID(row.ID).SetWindowFrom(noon).SetLastSyncAt(noon).ExecX(ctx)
			tx.CallbackToken.Create().SetIntegrationID(row.ID).SetHash(fmt.Sprint(i)).SetSealed([]byte("x")).SetLastUsedAt(noon).ExecX(ctx)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// another is a second process on the same database.
func (w *world) another() *Service {
	return New(w.DB, Options{
		Credential: func(row *db.Integration) string { return *row.APIUsername },
		Opens:      func(row *db.Integration) bool { return string(row.APIPassword) == "sealed" },
		Now:        func() time.Time { return *w.now.Load() },
		AsSystem:   func(ctx context.Context) context.Context { return ctx },
		Log:        slog.New(slog.NewTextHandler(&w.log, nil)),
		Every:      time.Millisecond, Watched: time.Millisecond,
	})
}

func (w *world) at(moment time.Time) { w.now.Store(&moment) }

// codes are the problems of an integration as it is now.
func (w *world) codes(t *testing.T, id string) (codes []Code) {
	t.Helper()
	reports, err := w.Reports(t.Context(), []string{id})
	if err != nil || len(reports) != 1 {
		t.Fatal(len(reports), err)
	}
	for _, p := range reports[id].Problems {
		codes = append(codes, p.Code)
	}
	return codes
}

func (w *world) look(t *testing.T) {
	t.Helper()
	if err := w.Service.look(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// lasting are the alarms that last, as "number code".
func (w *world) lasting(t *testing.T) (list []string) {
	t.Helper()
	for _, a := range w.Reader.Alarm.Query().Where(alarm.ClearedAtIsNil()).AllX(t.Context()) {
		list = append(list, fmt.Sprint(slices.Index(w.ids, a.IntegrationID), " ", a.Code))
	}
	slices.Sort(list)
	return list
}

func each(t *testing.T, integrations int, run func(t *testing.T, w *world)) {
	t.Helper()
	databasetest.Each(t, func(t *testing.T, d *database.DB) { run(t, newWorld(t, d, integrations)) })
}

// What the verdict is about comes from the rows of both databases, of each integration its own.
func TestFactsFromRows(t *testing.T) {
	each(t, 3, func(t *testing.T, w *world) {
		ctx, c := t.Context(), w.Writer
		for _, id := range w.ids {
			if codes := w.codes(t, id); codes != nil {
				t.Errorf("%v", codes)
			}
		}
		old, older := noon.Add(-2*time.Hour), noon.Add(-2*time.Hour-500*time.Millisecond)
		for i, at := range []time.Time{old, older} {
			c.Quarantine.Create().SetIntegrationID(w.ids[0]).SetComplaintID(int64(i)).SetReason("x").SetCreatedAt(at).
				SetRetryAt(noon.Add(time.Duration(i+1) * time.Minute)).ExecX(ctx)
		}
		for i, hour := range []time.Time{noon, noon.Add(-time.Hour), noon.Add(-shareOver), noon.Add(-shareOver - time.Hour)} {
			c.ChangeTally.Create().SetIntegrationID(w.ids[1]).SetHour(hour).SetAnnounced(i + 1).SetFound(2).ExecX(ctx)
		}
		// Of two addresses the one that was called last counts; a third never was.
		c.CallbackToken.Create().SetIntegrationID(w.ids[1]).SetHash("later").SetSealed([]byte("x")).SetLastUsedAt(noon.Add(time.Millisecond)).ExecX(ctx)
		c.CallbackToken.Create().SetIntegrationID(w.ids[1]).SetHash("never").SetSealed([]byte("x")).ExecX(ctx)
		c.SyncState.Update().Where(syncstate.IntegrationID(w.ids[1])).SetSilentChanges(7).ExecX(ctx)
		c.Integration.UpdateOneID(w.ids[2]).SetAPIPassword([]byte("under a lost key")).ExecX(ctx)

		reports, err := w.Reports(ctx, w.ids)
		if err != nil {
			t.Fatal(err)
		}
		first := reports[w.ids[0]]
		if p := first.Problems[0]; p.Code != QuarantineNotEmpty || !p.Since.Equal(older) || !p.RetryAt.Equal(noon.Add(time.Minute)) || first.Quarantined != 2 {
			t.Errorf("%+v", first)
		}
		calls := reports[w.ids[1]].Callbacks
		if calls.Announced != 1+2+3 || calls.Found != 6 || calls.Silent != 7 || !calls.LastAt.Equal(noon.Add(time.Millisecond)) {
			t.Errorf("%+v", calls)
		}
		if codes := w.codes(t, w.ids[2]); !slices.Equal(codes, []Code{PasswordUnreadable}) {
			t.Errorf("%v", codes)
		}
	})
}

// Totals that contradict what is shown are a problem until a comparison has ended without them.
func TestContradictionLastsUntilTheNextComparison(t *testing.T) {
	each(t, 1, func(t *testing.T, w *world) {
		ctx := t.Context()
		ended := func(at time.Time, code string) {
			run := w.Writer.SyncRun.Create().SetIntegrationID(w.ids[0]).SetKind(syncrun.KindGAP_SCAN).SetTrigger(syncrun.TriggerSCHEDULE).
				SetStartedAt(at.Add(-time.Minute)).SetFinishedAt(at).SetState(syncrun.StateSUCCEEDED)
			if code != "" {
				run.SetState(syncrun.StateFAILED).SetErrorCode(code)
			}
			run.ExecX(ctx)
			w.Writer.SyncState.Update().Where(syncstate.IntegrationID(w.ids[0])).SetScannedAt(at).ExecX(ctx)
		}
		ended(noon.Add(-3*time.Hour), "COUNTS_CONTRADICT")
		ended(noon.Add(-2*time.Hour), "COUNTS_CONTRADICT")
		if codes := w.codes(t, w.ids[0]); !slices.Equal(codes, []Code{CountsContradict}) {
			t.Errorf("%v", codes)
		}
		ended(noon.Add(-time.Hour), "")
		if codes := w.codes(t, w.ids[0]); codes != nil {
			t.Errorf("after a comparison that found none: %v", codes)
		}
	})
}

// Rule C5: when callbacks stop an alarm is raised, once, and it is cleared when one comes again.
func TestAlarmWhenCallbacksStop(t *testing.T) {
	each(t, 2, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.at(noon.Add(10 * time.Minute))
		w.Writer.SyncState.Update().Where(syncstate.IntegrationID(w.ids[1])).SetSilentChanges(3).ExecX(ctx)
		w.look(t)
		if got := w.lasting(t); got != nil {
			t.Errorf("ten minutes of silence: %v", got)
		}
		later := noon.Add(61 * time.Minute)
		w.at(later)
		w.Writer.SyncState.Update().SetLastSyncAt(later).ExecX(ctx)
		for range 3 {
			w.look(t)
		}
		if got := w.lasting(t); !slices.Equal(got, []string{"1 CALLBACKS_STOPPED"}) {
			t.Fatalf("after an hour: %v", got)
		}
		w.at(later.Add(time.Minute))
		w.Writer.CallbackToken.Update().SetLastUsedAt(later).ExecX(ctx)
		w.Writer.SyncState.Update().SetSilentChanges(0).ExecX(ctx)
		w.look(t)
		w.look(t)
		a := w.Reader.Alarm.Query().OnlyX(ctx)
		if !a.RaisedAt.Equal(later) || a.ClearedAt == nil || !a.ClearedAt.Equal(later.Add(time.Minute)) {
			t.Errorf("%+v", a)
		}
		if raised, cleared := w.log.count("alarm raised"), w.log.count("alarm cleared"); raised != 1 || cleared != 1 {
			t.Errorf("%d lines of raising, %d of clearing", raised, cleared)
		}
	})
}

// An alarm may come again; one of a note never comes; what is archived has none; a 429's does not flutter.
func TestAlarmsFollowTheVerdict(t *testing.T) {
	each(t, 2, func(t *testing.T, w *world) {
		ctx := t.Context()
		limited := func(until time.Time) { w.Writer.CallBudget.Update().SetBlockedUntil(until).ExecX(ctx) }
		w.Writer.CallbackToken.Delete().ExecX(ctx) // never called: a note
		limited(noon.Add(time.Minute))
		w.look(t)
		both := []string{"0 RATE_LIMITED_BY_OTHERS", "1 RATE_LIMITED_BY_OTHERS"}
		if got := w.lasting(t); !slices.Equal(got, both) {
			t.Fatalf("%v", got)
		}
		w.at(noon.Add(2 * time.Minute))
		w.look(t)
		if got := w.lasting(t); !slices.Equal(got, both) {
			t.Errorf("after the wait: %v", got)
		}
		w.at(noon.Add(11 * time.Minute))
		w.look(t)
		if got := w.lasting(t); got != nil {
			t.Errorf("after ten minutes: %v", got)
		}
		limited(noon.Add(12 * time.Minute))
		w.look(t)
		if got := w.lasting(t); !slices.Equal(got, both) {
			t.Errorf("again: %v", got)
		}
		w.at(noon.Add(22 * time.Minute))
		w.Writer.Integration.UpdateOneID(w.ids[1]).SetState(integration.StateARCHIVED).ExecX(ctx)
		w.Writer.Quarantine.Create().SetIntegrationID(w.ids[1]).SetComplaintID(1).SetReason("x").SetRetryAt(noon).ExecX(ctx)
		w.look(t)
		if got := w.lasting(t); got != nil {
			t.Errorf("nothing is wrong with what is in use: %v", got)
		}
		if n := w.Reader.Alarm.Query().CountX(ctx); n != 4 {
			t.Errorf("%d alarms, want 4", n)
		}
	})
}

// Several processes judge at once: each alarm is raised once and cleared once.
func TestTwoProcessesRaiseOneAlarm(t *testing.T) {
	each(t, 40, func(t *testing.T, w *world) {
		w.Writer.CallBudget.Update().SetFailures(2).SetFailingCode("UPSTREAM_SLOW").SetFailingSince(noon).ExecX(t.Context())
		together := func() {
			var all sync.WaitGroup
			for range 4 {
				s := w.another()
				all.Go(func() {
					if err := s.look(context.Background()); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		together()
		if n, lines := len(w.lasting(t)), w.log.count("alarm raised"); n != 40 || lines != 40 {
			t.Errorf("%d alarms and %d lines, want 40", n, lines)
		}
		w.Writer.CallBudget.Update().SetFailures(0).ClearFailingCode().ClearFailingSince().ExecX(t.Context())
		together()
		if n, all := len(w.lasting(t)), w.Reader.Alarm.Query().CountX(t.Context()); n != 0 || all != 40 {
			t.Errorf("%d of %d alarms last", n, all)
		}
	})
}

// A round takes the same number of statements for many integrations as for one.
func TestStatementsOfARound(t *testing.T) {
	count := func(integrations int) (n int) {
		var statements atomic.Int64
		d := databasetest.Open(t, databasetest.SQLite(t), database.Options{
			OnStatement: func(context.Context, string) { statements.Add(1) },
		})
		w := newWorld(t, d, integrations)
		statements.Store(0)
		w.look(t)
		return int(statements.Load())
	}
	if one, many := count(1), count(600); one != many || one > 9 {
		t.Errorf("%d statements for one integration, %d for 600", one, many)
	}
}

// While somebody watches he gets the present reports and then each change, once.
func TestWatch(t *testing.T) {
	each(t, 2, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		defer func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}()
		all, one := w.Watch(nil), w.Watch(w.ids[1:])
		defer all.Close()
		defer one.Close()
		// next gives the reports that come, as "number STATUS", passing over rounds without news.
		next := func(watch *Watch) (list []string) {
			t.Helper()
			for list == nil {
				patience, stop := context.WithTimeout(ctx, 30*time.Second)
				reports, err := watch.Next(patience)
				stop()
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range reports {
					list = append(list, fmt.Sprint(slices.Index(w.ids, r.IntegrationID), " ", r.Status))
				}
			}
			return list
		}
		if got := next(all); !slices.Equal(got, []string{"0 HEALTHY", "1 HEALTHY"}) {
			t.Errorf("at first %v", got)
		}
		if got := next(one); !slices.Equal(got, []string{"1 HEALTHY"}) {
			t.Errorf("at first %v", got)
		}
		w.Writer.Integration.UpdateOneID(w.ids[0]).SetState(integration.StatePAUSED).ExecX(ctx)
		if got := next(all); !slices.Equal(got, []string{"0 INACTIVE"}) {
			t.Errorf("paused: %v", got)
		}
		w.Writer.SyncState.Update().Where(syncstate.IntegrationID(w.ids[1])).SetSilentChanges(1).ExecX(ctx)
		for _, watch := range []*Watch{all, one} {
			if got := next(watch); !slices.Equal(got, []string{"1 HEALTHY"}) {
				t.Errorf("a change of a figure: %v", got)
			}
		}
		w.Writer.Integration.UpdateOneID(w.ids[1]).SetState(integration.StateARCHIVED).ExecX(ctx)
		for _, watch := range []*Watch{all, one} {
			if got := next(watch); !slices.Equal(got, []string{"1 INACTIVE"}) {
				t.Errorf("archived: %v", got)
			}
		}
		fresh := w.Watch(nil)
		defer fresh.Close()
		if got := next(fresh); !slices.Equal(got, []string{"0 INACTIVE"}) {
			t.Errorf("who comes now sees %v", got)
		}
	})
}

// What monitoring reads, and nothing of a person in it.
func TestFigures(t *testing.T) {
	each(t, 2, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.at(noon.Add(30 * time.Second))
		w.Writer.SyncState.Update().Where(syncstate.IntegrationID(w.ids[0])).SetSilentChanges(2).SetBackfillTotal(120).SetBackfillRead(19).ExecX(ctx)
		w.Writer.Quarantine.Create().SetIntegrationID(w.ids[0]).SetComplaintID(1).SetReason("x").SetRetryAt(noon).ExecX(ctx)
		w.Writer.Integration.UpdateOneID(w.ids[1]).SetState(integration.StateARCHIVED).ExecX(ctx)
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(w.Collector())
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range families {
			for _, m := range f.GetMetric() {
				line := f.GetName()
				for _, l := range m.GetLabel() {
					line += " " + strings.ReplaceAll(l.GetValue(), w.ids[0], "0")
				}
				got = append(got, fmt.Sprint(line, " = ", m.GetGauge().GetValue()))
			}
		}
		want := []string{
			"citrus_backfill_calls_left 0 = 3",
			"citrus_call_budget_limit ra = 10",
			"citrus_call_budget_used ra = 1",
			"citrus_callback_last_seconds 0 = 30",
			"citrus_callbacks_silent_changes 0 = 2",
			"citrus_integration_health 0 DEGRADED = 1",
			"citrus_integration_problem QUARANTINE_NOT_EMPTY 0 WARNING = 1",
			"citrus_quarantined_complaints 0 = 1",
			"citrus_sync_lag_seconds 0 = 30",
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// A database that does not answer takes the figures away and not the scrape, and Run goes on.
func TestDatabaseGone(t *testing.T) {
	d := databasetest.Open(t, databasetest.SQLite(t), database.Options{})
	w := newWorld(t, d, 1)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(w.Collector())
	if families, err := registry.Gather(); len(families) != 0 || err != nil {
		t.Errorf("%d families, %v", len(families), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	for w.log.count("trying on") == 0 {
		select {
		case err := <-ended:
			t.Fatal(err)
		case <-time.After(time.Millisecond):
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

package health

import (
	"context"
	"fmt"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/callbacktoken"
	"citrus.cx/channel/ent/db/callbudget"
	"citrus.cx/channel/ent/db/changetally"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/quarantine"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/server/fault"
)

// gather reads the facts of integrations, of all when ids is nil: seven statements, however many they are. Each names the
// integrations, because what grows for years is indexed by them.
func (s *Service) gather(ctx context.Context, ids []string) (_ []Facts, err error) {
	defer fault.Wrap(&err, "health.gather")
	ctx = s.options.AsSystem(ctx)
	rows, err := s.integrations(ctx, ids)
	if err != nil {
		return nil, err
	}
	ids = make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	budgets, err := s.budgets(ctx, rows)
	if err != nil {
		return nil, err
	}
	quarantines, err := s.quarantines(ctx, ids)
	if err != nil {
		return nil, err
	}
	callbacks, err := s.callbacks(ctx, ids)
	if err != nil {
		return nil, err
	}
	contradicted, err := s.contradicted(ctx, ids)
	if err != nil {
		return nil, err
	}
	facts := make([]Facts, len(rows))
	for i, row := range rows {
		f := Facts{
			Integration: row, Sync: row.Edges.SyncState, Budget: budgets[s.options.Credential(row)],
			Unreadable: row.APIPassword != nil && !s.options.Opens(row),
			Quarantine: quarantines[row.ID], Callbacks: callbacks[row.ID],
		}
		if f.Sync != nil {
			f.Callbacks.Silent = f.Sync.SilentChanges
			// A comparison since then has found nothing of the kind.
			if at := contradicted[row.ID]; at != nil && (f.Sync.ScannedAt == nil || !at.Before(*f.Sync.ScannedAt)) {
				f.Contradicted = at
			}
		}
		facts[i] = f
	}
	return facts, nil
}

func (s *Service) integrations(ctx context.Context, ids []string) ([]*db.Integration, error) {
	q := s.database.Reader.Integration.Query().WithSyncState().Order(db.Asc(integration.FieldID))
	if ids != nil {
		q.Where(integration.IDIn(ids...))
	}
	return q.Select(integration.FieldID, integration.FieldState, integration.FieldAPIUsername, integration.FieldAPIPassword,
		integration.FieldSyncIntervalMinutes, integration.FieldActivatedAt).All(ctx)
}

// budgets reads those of the integrations, by credential, without their tokens.
func (s *Service) budgets(ctx context.Context, rows []*db.Integration) (map[string]*db.CallBudget, error) {
	wanted := map[string]bool{}
	var credentials []string
	for _, row := range rows {
		if c := s.options.Credential(row); c != "" && !wanted[c] {
			wanted[c], credentials = true, append(credentials, c)
		}
	}
	found, err := s.database.Reader.CallBudget.Query().Where(callbudget.IDIn(credentials...)).
		Select(callbudget.FieldID, callbudget.FieldCallsPerMinute, callbudget.FieldCalls, callbudget.FieldBlockedUntil,
			callbudget.FieldLicenceStart, callbudget.FieldLicenceEnd, callbudget.FieldFailures, callbudget.FieldFailingSince,
			callbudget.FieldFailingCode, callbudget.FieldOpenUntil).All(ctx)
	if err != nil {
		return nil, err
	}
	budgets := make(map[string]*db.CallBudget, len(found))
	for _, b := range found {
		budgets[b.ID] = b
	}
	return budgets, nil
}

func (s *Service) quarantines(ctx context.Context, ids []string) (map[string]Quarantine, error) {
	var found []struct {
		IntegrationID string `sql:"integration_id"`
		Count         int    `sql:"count"`
		Oldest        moment `sql:"oldest"`
		RetryAt       moment `sql:"retry_at"`
	}
	err := s.database.Reader.Quarantine.Query().Where(quarantine.IntegrationIDIn(ids...)).
		GroupBy(quarantine.FieldIntegrationID).Aggregate(db.Count(),
		db.As(db.Min(quarantine.FieldCreatedAt), "oldest"), db.As(db.Min(quarantine.FieldRetryAt), "retry_at")).Scan(ctx, &found)
	if err != nil {
		return nil, err
	}
	all := make(map[string]Quarantine, len(found))
	for _, f := range found {
		all[f.IntegrationID] = Quarantine{Count: f.Count, Oldest: f.Oldest.at, RetryAt: f.RetryAt.at}
	}
	return all, nil
}

// callbacks reads when integrations were last called, and how their changes of the last days became known.
func (s *Service) callbacks(ctx context.Context, ids []string) (map[string]Callbacks, error) {
	var last []struct {
		IntegrationID string `sql:"integration_id"`
		LastAt        moment `sql:"last_at"`
	}
	err := s.database.Reader.CallbackToken.Query().Where(callbacktoken.IntegrationIDIn(ids...), callbacktoken.LastUsedAtNotNil()).
		GroupBy(callbacktoken.FieldIntegrationID).Aggregate(db.As(db.Max(callbacktoken.FieldLastUsedAt), "last_at")).Scan(ctx, &last)
	if err != nil {
		return nil, err
	}
	var sums []struct {
		IntegrationID string `sql:"integration_id"`
		Announced     int    `sql:"announced"`
		Found         int    `sql:"found"`
	}
	since := s.options.Now().Add(-shareOver).Truncate(time.Hour)
	err = s.database.Reader.ChangeTally.Query().Where(changetally.IntegrationIDIn(ids...), changetally.HourGTE(since)).
		GroupBy(changetally.FieldIntegrationID).Aggregate(db.As(db.Sum(changetally.FieldAnnounced), "announced"),
		db.As(db.Sum(changetally.FieldFound), "found")).Scan(ctx, &sums)
	if err != nil {
		return nil, err
	}
	all := make(map[string]Callbacks, len(last))
	for _, l := range last {
		all[l.IntegrationID] = Callbacks{LastAt: l.LastAt.at}
	}
	for _, sum := range sums {
		c := all[sum.IntegrationID]
		c.Announced, c.Found = sum.Announced, sum.Found
		all[sum.IntegrationID] = c
	}
	return all, nil
}

// contradicted reads when a comparison of counts last ended with totals that cannot be.
func (s *Service) contradicted(ctx context.Context, ids []string) (map[string]*time.Time, error) {
	var found []struct {
		IntegrationID string `sql:"integration_id"`
		LastAt        moment `sql:"last_at"`
	}
	err := s.database.Reader.SyncRun.Query().Where(syncrun.IntegrationIDIn(ids...), syncrun.KindEQ(syncrun.KindGAP_SCAN),
		syncrun.StateEQ(syncrun.StateFAILED), syncrun.ErrorCode(string(CountsContradict)), syncrun.FinishedAtNotNil()).
		GroupBy(syncrun.FieldIntegrationID).Aggregate(db.As(db.Max(syncrun.FieldFinishedAt), "last_at")).Scan(ctx, &found)
	if err != nil {
		return nil, err
	}
	all := make(map[string]*time.Time, len(found))
	for _, f := range found {
		all[f.IntegrationID] = f.LastAt.at
	}
	return all, nil
}

// moment is an aggregate of times: PostgreSQL gives a time, SQLite the text that it stores.
type moment struct{ at *time.Time }

// stored is how SQLite keeps a time; shorter fractions sort before longer ones, so that its greatest text is the latest time.
const stored = "2006-01-02 15:04:05.999999999-07:00"

// Scan takes what a database gives.
func (m *moment) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		m.at = nil
	case time.Time:
		at := v.UTC()
		m.at = &at
	case string:
		at, err := time.Parse(stored, v)
		if err != nil {
			return err
		}
		at = at.UTC()
		m.at = &at
	default:
		return fmt.Errorf("a time that is %T", value)
	}
	return nil
}

package health

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/alarm"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
)

// together is how many alarms one statement takes: a statement has so many parameters.
const together = 500

// fluttering is how long an alarm lasts at least whose problem comes and goes by its nature: the wait after a 429 is
// a minute, and another program's next call brings the next one.
var fluttering = map[Code]time.Duration{RateLimitedByOthers: 10 * time.Minute}

// settle raises an alarm for each problem that deserves one and has none, and clears those whose problem is over.
func (s *Service) settle(ctx context.Context, r *round) (err error) {
	defer fault.Wrap(&err, "health.settle")
	open, err := s.database.Reader.Alarm.Query().Where(alarm.ClearedAtIsNil()).All(s.options.AsSystem(ctx))
	if err != nil {
		return err
	}
	raise, over := differences(r.reports, open, r.at)
	for part := range slices.Chunk(raise, together) {
		if err := s.raise(ctx, part); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(over, together) {
		if err := s.clear(ctx, part, r.at); err != nil {
			return err
		}
	}
	return nil
}

// differences compares the verdicts with the alarms that last. It is pure.
func differences(reports map[string]Report, open []*db.Alarm, now time.Time) (raise, over []*db.Alarm) {
	type key struct {
		integration string
		code        Code
	}
	due := map[key]bool{}
	for id, r := range reports {
		for _, p := range r.Problems {
			if p.Severity != Info {
				due[key{id, p.Code}] = true
			}
		}
	}
	for _, a := range open {
		k := key{a.IntegrationID, Code(a.Code)}
		if !due[k] && now.Sub(a.RaisedAt) >= fluttering[k.code] {
			over = append(over, a)
		}
		delete(due, k)
	}
	for k := range due {
		raise = append(raise, &db.Alarm{IntegrationID: k.integration, Code: string(k.code), RaisedAt: now})
	}
	slices.SortFunc(raise, func(a, b *db.Alarm) int {
		return cmp.Or(strings.Compare(a.IntegrationID, b.IntegrationID), Code(a.Code).rank()-Code(b.Code).rank())
	})
	return raise, over
}

// raise writes alarms. Another process may have raised one of them meanwhile: then it is that one's.
func (s *Service) raise(ctx context.Context, alarms []*db.Alarm) error {
	var raised []*db.Alarm
	err := s.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, ids := make([]*db.AlarmCreate, len(alarms)), make([]string, len(alarms))
		for i, a := range alarms {
			ids[i] = schema.NewID(schema.PrefixAlarm)
			rows[i] = tx.Alarm.Create().SetID(ids[i]).SetIntegrationID(a.IntegrationID).SetCode(a.Code).SetRaisedAt(a.RaisedAt)
		}
		if err := tx.Alarm.CreateBulk(rows...).OnConflict(entsql.DoNothing()).Exec(ctx); err != nil {
			return err
		}
		var err error
		raised, err = tx.Alarm.Query().Where(alarm.IDIn(ids...)).All(ctx)
		return err
	})
	if err != nil {
		return err
	}
	for _, a := range raised {
		s.options.Log.WarnContext(ctx, "alarm raised", "integration", a.IntegrationID, "code", a.Code, "alarm", a.ID)
	}
	return nil
}

// clear ends alarms that last still.
func (s *Service) clear(ctx context.Context, alarms []*db.Alarm, now time.Time) error {
	ids := make([]string, len(alarms))
	for i, a := range alarms {
		ids[i] = a.ID
	}
	var cleared []*db.Alarm
	err := s.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		cleared, err = tx.Alarm.Query().Where(alarm.IDIn(ids...), alarm.ClearedAtIsNil()).All(ctx)
		if err != nil || len(cleared) == 0 {
			return err
		}
		return tx.Alarm.Update().Where(alarm.IDIn(ids...), alarm.ClearedAtIsNil()).SetClearedAt(now).Exec(ctx)
	})
	if err != nil {
		return err
	}
	for _, a := range cleared {
		s.options.Log.InfoContext(ctx, "alarm cleared", "integration", a.IntegrationID, "code", a.Code, "alarm", a.ID,
			"after", now.Sub(a.RaisedAt).Round(time.Second).String())
	}
	return nil
}

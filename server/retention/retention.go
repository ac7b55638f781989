// Package retention owns how long the product remembers what it needs for a while only: deliveries of callbacks,
// results of mutations under clients' keys, reports of runs, tallies of changes, alarms that have ended.
//
// It refuses to touch what an agent or an administrator works with: tickets, their history, the audit, attempts to
// send with their keys, which outlive the keys here, so that no reply is posted twice because its key was forgotten.
// App runs it; nobody calls it.
package retention

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/alarm"
	"citrus.cx/channel/ent/db/callbackdelivery"
	"citrus.cx/channel/ent/db/changetally"
	"citrus.cx/channel/ent/db/idempotency"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
)

const day = 24 * time.Hour

// How long things are kept when nothing else is said.
const (
	// keepKeys is far longer than any app repeats a request.
	keepKeys    = 7 * day
	keepReports = 90 * day
)

// A step is one transaction: short, so that no writer waits for it.
const (
	stepRows = 500
	// stepBytes bounds it also where each row has a large body, whose pages are freed one by one.
	stepBytes = 8 << 20
)

// Sweeps begin a while after the start and then come by the hour, each at a moment of its own: processes that start
// together do not sweep together.
const (
	firstWithin = 10 * time.Minute
	every       = time.Hour
	jitter      = 10 * time.Minute
)

// Options of New.
type Options struct {
	// Deliveries is how long a delivery of a callback is kept; 0 = for ever.
	Deliveries time.Duration
	Now        func() time.Time
	Log        *slog.Logger
}

// kept is a table with how long its rows are kept, by a column; a row without a time in it stays.
type kept struct {
	table, prefix, column string
	keep                  time.Duration
	large                 string // the column that may be large; "" = none
}

// Sweeper deletes what has had its time.
type Sweeper struct {
	database *database.DB
	options  Options
	tables   []kept
}

// New makes a sweeper.
func New(d *database.DB, o Options) *Sweeper {
	return &Sweeper{database: d, options: o, tables: []kept{
		{callbackdelivery.Table, schema.PrefixCallbackDelivery, callbackdelivery.FieldReceivedAt, o.Deliveries, callbackdelivery.FieldBody},
		{idempotency.Table, schema.PrefixIdempotency, idempotency.FieldCreatedAt, keepKeys, ""},
		{syncrun.Table, schema.PrefixSyncRun, syncrun.FieldFinishedAt, keepReports, ""},
		{changetally.Table, schema.PrefixChangeTally, changetally.FieldHour, keepReports, ""},
		{alarm.Table, schema.PrefixAlarm, alarm.FieldClearedAt, keepReports, ""},
	}}
}

// Run sweeps by the hour until the context ends.
func (s *Sweeper) Run(ctx context.Context) error {
	for wait := rand.N(firstWithin); ; wait = every - jitter/2 + rand.N(jitter) {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.options.Log.ErrorContext(ctx, "what has had its time cannot be deleted, trying again later", "error", err)
		}
	}
}

// Sweep deletes what has had its time, step by step.
func (s *Sweeper) Sweep(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "retention.Sweep")
	for _, t := range s.tables {
		if t.keep <= 0 {
			continue
		}
		before := s.options.Now().Add(-t.keep).UTC().Truncate(time.Microsecond)
		for last, more := "", true; more; {
			if last, more, err = s.step(ctx, t, before, last); err != nil {
				return err
			}
		}
	}
	return nil
}

// step deletes what is to go of the next rows after an id. Ids sort by time, so no row from its limit on is looked at;
// those before it that are to stay are few, such as an alarm that lasts.
func (s *Sweeper) step(ctx context.Context, t kept, before time.Time, after string) (last string, more bool, err error) {
	ids, last, more, err := s.next(ctx, t, before, after)
	if err != nil || len(ids) == 0 {
		return last, more, err
	}
	text, args := sql.Dialect(s.database.Dialect).Delete(t.table).Where(sql.In("id", ids...)).Query()
	return last, more, s.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, text, args...)
		return err
	})
}

// next gives the ids that are to go among the next rows.
func (s *Sweeper) next(ctx context.Context, t kept, before time.Time, after string) (ids []any, last string, more bool, err error) {
	size := "0"
	if t.large != "" {
		size = "COALESCE(LENGTH(" + t.large + "), 0)"
	}
	text, args := sql.Dialect(s.database.Dialect).Select("id", t.column).AppendSelectExpr(sql.Raw(size)).From(sql.Table(t.table)).
		Where(sql.And(sql.GT("id", after), sql.LT("id", schema.TimeID(t.prefix, before, 0)))).
		OrderBy("id").Limit(stepRows).Query()
	rows, err := s.database.Reader.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, "", false, err
	}
	defer rows.Close()
	seen, bytes := 0, 0
	for rows.Next() {
		var at sql.NullTime
		var length int
		if err := rows.Scan(&last, &at, &length); err != nil {
			return nil, "", false, err
		}
		seen++
		if at.Valid && at.Time.Before(before) {
			ids = append(ids, last)
			bytes += length
		}
		if bytes >= stepBytes {
			break
		}
	}
	return ids, last, seen == stepRows || bytes >= stepBytes, rows.Err()
}

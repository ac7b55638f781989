package inbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/server/fault"
)

// Pending sums up the hints of one integration and cause.
type Pending struct {
	// Due is when the first is or was due, Last when the last will be.
	Due, Last time.Time
	// Ready is how many are due now, Put when the first of those was put; zero when there is none.
	Ready int
	Put   time.Time
}

// Pending sums up the hints of all integrations in one statement, by integration and by cause.
func (i *Inbox) Pending(ctx context.Context, now time.Time) (_ map[string]map[hint.Cause]Pending, err error) {
	defer fault.Wrap(&err, "inbox.Pending")
	const statement = `SELECT integration_id, cause, MIN(due_at), MAX(due_at), COUNT(CASE WHEN due_at <= $1 THEN 1 END),
		MIN(CASE WHEN due_at <= $1 THEN put_at END) FROM hints GROUP BY integration_id, cause`
	rows, err := i.database.Reader.QueryContext(i.options.AsSystem(ctx), statement, whole(now))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]map[hint.Cause]Pending{}
	for rows.Next() {
		var integration string
		var cause hint.Cause
		var p Pending
		if err := rows.Scan(&integration, &cause, (*moment)(&p.Due), (*moment)(&p.Last), &p.Ready, (*moment)(&p.Put)); err != nil {
			return nil, err
		}
		if all[integration] == nil {
			all[integration] = map[hint.Cause]Pending{}
		}
		all[integration][cause] = p
	}
	return all, rows.Err()
}

// moment scans what SQLite gives for a time that was computed: its text.
type moment time.Time

var _ sql.Scanner = (*moment)(nil)

// Scan takes a time, its text, or nothing.
func (m *moment) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		return nil
	case time.Time:
		*m = moment(v.UTC())
		return nil
	case []byte:
		return m.Scan(string(v))
	case string:
		t, err := time.Parse("2006-01-02 15:04:05.999999999-07:00", v)
		if err != nil {
			return errors.New("a time that cannot be read")
		}
		*m = moment(t.UTC())
		return nil
	}
	return fmt.Errorf("a %T for a time", value)
}

// Heal makes due now what only a clock that was set back can have left: hints due later than any could be.
func (i *Inbox) Heal(ctx context.Context, now time.Time, longest time.Duration) (err error) {
	defer fault.Wrap(&err, "inbox.Heal")
	return i.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.Hint.Update().Where(hint.DueAtGT(whole(now.Add(longest)))).SetDueAt(whole(now)).Exec(ctx)
	})
}

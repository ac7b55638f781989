package syncer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"entgo.io/ent/dialect"

	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
)

// lease sees to it that of several processes on one database one plans, so that no call is made twice. It is a matter
// of thrift alone: what two planners would write is fenced by the state's step. So there is none on SQLite, whose file
// one host has to itself.
type lease struct {
	database *database.DB
	holder   string
	renewed  time.Time // our clock; zero = not held
	asked    time.Time
}

// How long a lease is, and how often it is renewed.
const (
	leaseSeconds = 15
	renewEvery   = 5 * time.Second
	leaseName    = "syncer"
)

func newLease(d *database.DB) *lease {
	host, _ := os.Hostname()
	host = strings.ReplaceAll(host, "/", "-")
	return &lease{database: d, holder: fmt.Sprintf("%.16s/%d/%.10s", host, os.Getpid(), nonce())}
}

// nonce tells apart what one process number was given to one after the other.
func nonce() string {
	id := schema.NewID("")
	return id[max(0, len(id)-10):]
}

// hold takes or renews the lease and says whether it is ours. The time is the database's, on which all agree.
func (l *lease) hold(ctx context.Context) (bool, error) {
	if l.database.Dialect != dialect.Postgres {
		return true, nil
	}
	if now := time.Now(); !l.renewed.IsZero() && now.Sub(l.renewed) < renewEvery {
		return true, nil
	}
	if l.asked.IsZero() {
		if err := l.inherit(ctx); err != nil {
			return false, err
		}
	}
	l.asked = time.Now()
	n, err := l.exec(ctx, `INSERT INTO leases (id, holder, until) VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
		ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, until = excluded.until
		WHERE leases.holder = excluded.holder OR leases.until < clock_timestamp()`, leaseName, l.holder, leaseSeconds)
	if err != nil || n == 0 {
		l.renewed = time.Time{}
		return false, err
	}
	l.renewed = l.asked
	return true, nil
}

// inherit ends, once at the start, the lease of a process of this host that is no more: who was killed and comes back
// need not wait for himself. Where hosts share a name it may take the lease from a living process, which costs
// nothing but a few calls that are made twice.
func (l *lease) inherit(ctx context.Context) error {
	rows, err := l.database.Writer.QueryContext(ctx, "SELECT holder FROM leases WHERE id = $1", leaseName)
	if err != nil {
		return err
	}
	defer rows.Close()
	var holder string
	if !rows.Next() {
		return rows.Err()
	}
	if err := errors.Join(rows.Scan(&holder), rows.Close()); err != nil {
		return err
	}
	if !orphaned(holder, l.holder) {
		return nil
	}
	_, err = l.exec(ctx, "UPDATE leases SET until = clock_timestamp() - interval '1 second' WHERE id = $1 AND holder = $2", leaseName, holder)
	return err
}

// orphaned says whether a holder of our host has ended: no process has its number, or we do.
func orphaned(holder, ours string) bool {
	theirs, mine := strings.Split(holder, "/"), strings.Split(ours, "/")
	if len(theirs) != 3 || theirs[0] != mine[0] {
		return false
	}
	number, err := strconv.Atoi(theirs[1])
	if err != nil || number <= 0 {
		return false
	}
	return theirs[1] == mine[1] && number == 1 || errors.Is(syscall.Kill(number, 0), syscall.ESRCH)
}

// release gives the lease back, so that the next one need not wait for its end.
func (l *lease) release(ctx context.Context) {
	if l.renewed.IsZero() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	// Not given back, it ends by itself.
	_, _ = l.exec(ctx, "UPDATE leases SET until = clock_timestamp() - interval '1 second' WHERE id = $1 AND holder = $2", leaseName, l.holder)
}

func (l *lease) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	var result sql.Result
	result, err := l.database.Writer.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, fmt.Errorf("syncer's lease: %w", err)
	}
	return result.RowsAffected()
}

// Package database owns the connection: it opens SQLite or PostgreSQL from a URL,
// brings it to the present schema, and hands out two clients: a Reader that the
// database itself keeps from writing, and a Writer for services. Write runs one
// transaction, Listen hears what other processes say through PostgreSQL. It knows no
// entity's meaning; everything above stands on it.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"citrus.cx/channel/ent/db"
)

// DB is an open database with its two clients.
type DB struct {
	// Reader cannot write: query_only on SQLite, read-only transactions on PostgreSQL.
	Reader *db.Client
	// Writer is for services alone. On SQLite it has one connection.
	Writer *db.Client
	// Dialect is dialect.SQLite or dialect.Postgres.
	Dialect string

	pools []*sql.DB
	// writing is the pool below Writer.
	writing *sql.DB
	// listening is how Listen connects; nil on SQLite.
	listening *pgx.ConnConfig
	// checkpoints are SQLite's; nil on PostgreSQL.
	checkpoints *checkpoints
}

// Options of Open.
type Options struct {
	// OnStatement, when set, is told of every statement that the Reader runs (tests count them).
	OnStatement func(ctx context.Context, statement string)
}

// Open connects to "sqlite:path/to/file.db" or "postgres://…". It does not migrate.
func Open(ctx context.Context, url string, options Options) (*DB, error) {
	var reader, writer *sql.DB
	var listening *pgx.ConnConfig
	var committed chan struct{}
	var name string
	var err error
	switch {
	case strings.HasPrefix(url, "sqlite:"):
		name = dialect.SQLite
		committed = make(chan struct{}, 1)
		reader, writer, err = openSQLite(strings.TrimPrefix(url, "sqlite:"), committed)
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		name = dialect.Postgres
		if listening, err = parsePostgres(url); err == nil {
			reader, writer = openPostgres(listening)
		}
	default:
		return nil, errors.New("database url: want sqlite:<file> or postgres://…")
	}
	if err != nil {
		return nil, err
	}
	d := &DB{Dialect: name, pools: []*sql.DB{reader, writer}, writing: writer, listening: listening}
	if err := d.ping(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if name == dialect.SQLite {
		d.checkpoints = startCheckpoints(strings.TrimPrefix(url, "sqlite:"), writer, committed)
	}
	var read dialect.Driver = entsql.OpenDB(name, reader)
	if options.OnStatement != nil {
		read = dialect.DebugWithContext(read, func(ctx context.Context, v ...any) {
			options.OnStatement(ctx, fmt.Sprint(v...))
		})
	}
	d.Reader = db.NewClient(db.Driver(read))
	d.Writer = db.NewClient(db.Driver(entsql.OpenDB(name, writer)))
	return d, nil
}

func (d *DB) ping(ctx context.Context) error {
	for _, pool := range d.pools {
		if err := pool.PingContext(ctx); err != nil {
			return fmt.Errorf("database: %w", err)
		}
	}
	return nil
}

// Ping says whether the database answers; for readiness.
func (d *DB) Ping(ctx context.Context) error { return d.ping(ctx) }

// Close closes both pools; the writer last, so that SQLite can fold its log into the file.
func (d *DB) Close() error {
	var errs []error
	if d.checkpoints != nil {
		errs = append(errs, d.checkpoints.close())
	}
	for _, pool := range d.pools {
		errs = append(errs, pool.Close())
	}
	return errors.Join(errs...)
}

// conflictTries is how often Write runs a transaction that PostgreSQL gives up to resolve a deadlock.
const conflictTries = 5

// Write runs one write transaction; an error or a panic rolls it back. On PostgreSQL a
// transaction that loses a deadlock is run again, so work must have no effect outside of it.
func (d *DB) Write(ctx context.Context, work func(ctx context.Context, tx *db.Tx) error) error {
	for try := 1; ; try++ {
		err := d.writeOnce(ctx, work)
		if err == nil || try == conflictTries || !isConflict(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(time.Duration(try) * 10 * time.Millisecond)):
		}
	}
}

func (d *DB) writeOnce(ctx context.Context, work func(ctx context.Context, tx *db.Tx) error) error {
	tx, err := d.Writer.Tx(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	done := false
	defer func() {
		if !done {
			tx.Rollback() // a panic passes through; the rollback's own error would hide it
		}
	}()
	if err := work(ctx, tx); err != nil {
		done = true
		if rollback := tx.Rollback(); rollback != nil && ctx.Err() == nil {
			return errors.Join(err, fmt.Errorf("rollback: %w", rollback))
		}
		return err
	}
	done = true
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// IsUnique says whether an error is a unique constraint's, on either database.
func IsUnique(err error) bool {
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		return lite.ExtendedCode == sqlite3.ErrConstraintUnique || lite.ExtendedCode == sqlite3.ErrConstraintPrimaryKey
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

// isConflict: serialization failure or deadlock.
func isConflict(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

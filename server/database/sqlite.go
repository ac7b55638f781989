package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"
)

// readers is the reader pool's size: more gained nothing on two cores.
const readers = 4

const (
	// busyTimeout is far beyond the longest transaction.
	busyTimeout = 10 * time.Second
	// preparedStatements of a connection that are kept.
	preparedStatements = 100
)

// openSQLite opens both pools. The writer tells committed of its commits, and leaves checkpoints to who listens there.
func openSQLite(path string, committed chan struct{}) (reader, writer *sql.DB, err error) {
	path = strings.TrimPrefix(path, "//")
	if path == "" || strings.ContainsAny(path, "?#") {
		return nil, nil, fmt.Errorf("database url: sqlite:%s is no file path", path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, fmt.Errorf("database folder: %w", err)
	}
	// immediate: a transaction that turns from reading to writing fails at once, whatever the busy time-out.
	// FULL: an acknowledged callback or reply survives a power cut.
	tuneWriter := func(conn *sqlite3.SQLiteConn) error {
		if committed == nil {
			return tune(conn)
		}
		conn.RegisterCommitHook(func() int {
			select {
			case committed <- struct{}{}:
			default: // it is awake
			}
			return 0
		})
		return errors.Join(tune(conn), pragma(conn, "wal_autocheckpoint=0"))
	}
	writer = sql.OpenDB(sqliteConnector(path, "_txlock=immediate&_journal_mode=WAL&_synchronous=FULL&_foreign_keys=1", tuneWriter))
	// One connection: writers queue in Go, in order, instead of polling for SQLite's lock.
	writer.SetMaxOpenConns(1)
	reader = sql.OpenDB(sqliteConnector(path, "_query_only=1", tune))
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	// Each keeps pages of its own and counts those of the map as its own: at rest one is enough.
	reader.SetConnMaxIdleTime(5 * time.Minute)
	// The writer creates the file and turns on WAL before the first reader looks.
	if err := writer.Ping(); err != nil {
		return nil, nil, fmt.Errorf("database: %w", err)
	}
	return reader, writer, nil
}

// openSQLiteBare is a connection for checkpoints, and for migrations, which rebuild tables: foreign keys are off meanwhile.
func openSQLiteBare(path string) *sql.DB {
	bare := sql.OpenDB(sqliteConnector(strings.TrimPrefix(path, "//"), "_txlock=immediate&_foreign_keys=0", nil))
	bare.SetMaxOpenConns(1)
	return bare
}

type connector struct {
	dsn    string
	driver *sqlite3.SQLiteDriver
}

func sqliteConnector(path, options string, tune func(*sqlite3.SQLiteConn) error) driver.Connector {
	return connector{
		// UTC both ways. Statements stay prepared: preparing one of ent's costs more than running it.
		dsn: fmt.Sprintf("file:%s?_busy_timeout=%d&_loc=UTC&_stmt_cache_size=%d&%s",
			path, busyTimeout.Milliseconds(), preparedStatements, options),
		driver: &sqlite3.SQLiteDriver{ConnectHook: tune},
	}
}

// tune sets what has no place in the DSN: pages are read from the map instead of copied (−40 % CPU on a page of tickets).
// What is mapped counts as memory of the process, once a connection.
func tune(conn *sqlite3.SQLiteConn) error {
	return pragma(conn, "mmap_size=67108864", "cache_size=-16000", "temp_store=MEMORY")
}

func pragma(conn *sqlite3.SQLiteConn, settings ...string) error {
	_, err := conn.Exec("PRAGMA "+strings.Join(settings, "; PRAGMA "), nil)
	return err
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }

func (c connector) Driver() driver.Driver { return c.driver }

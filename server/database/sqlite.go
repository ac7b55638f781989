package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// readers is the reader pool's size: more gained nothing on two cores.
const readers = 4

func openSQLite(path string) (reader, writer *sql.DB, err error) {
	path = strings.TrimPrefix(path, "//")
	if path == "" || strings.ContainsAny(path, "?#") {
		return nil, nil, fmt.Errorf("database url: sqlite:%s is no file path", path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, fmt.Errorf("database folder: %w", err)
	}
	// immediate: a transaction that turns from reading to writing fails at once, whatever the busy time-out.
	// FULL: an acknowledged callback or reply survives a power cut.
	writer = sql.OpenDB(sqliteConnector(path, "_txlock=immediate&_journal_mode=WAL&_synchronous=FULL&_foreign_keys=1"))
	// One connection: writers queue in Go, in order, instead of polling for SQLite's lock.
	writer.SetMaxOpenConns(1)
	reader = sql.OpenDB(sqliteConnector(path, "_query_only=1"))
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	// The writer creates the file and turns on WAL before the first reader looks.
	if err := writer.Ping(); err != nil {
		return nil, nil, fmt.Errorf("database: %w", err)
	}
	return reader, writer, nil
}

// openSQLiteBare is a connection for migrations, which rebuild tables: foreign keys are off meanwhile.
func openSQLiteBare(path string) *sql.DB {
	bare := sql.OpenDB(sqliteConnector(strings.TrimPrefix(path, "//"), "_txlock=immediate&_foreign_keys=0"))
	bare.SetMaxOpenConns(1)
	return bare
}

type connector struct {
	dsn    string
	driver *sqlite3.SQLiteDriver
}

func sqliteConnector(path, options string) driver.Connector {
	return connector{
		// UTC both ways; 10 s is far beyond the longest transaction.
		dsn:    "file:" + path + "?_busy_timeout=10000&_loc=UTC&" + options,
		driver: &sqlite3.SQLiteDriver{ConnectHook: tune},
	}
}

// tune sets what has no place in the DSN: pages are read from the map instead of copied (−40 % CPU on a page of tickets).
func tune(conn *sqlite3.SQLiteConn) error {
	_, err := conn.Exec("PRAGMA mmap_size=268435456; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY", nil)
	return err
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }

func (c connector) Driver() driver.Driver { return c.driver }

// Package databasetest gives tests fresh, migrated databases of both kinds.
// It is for tests alone.
package databasetest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"citrus.cx/channel/server/database"
)

// Server is the PostgreSQL server of the tests, without a database's name.
func Server() string {
	if url := os.Getenv("CITRUS_TEST_POSTGRES"); url != "" {
		return url
	}
	return "postgres://postgres@127.0.0.1:5432"
}

// Each runs a test on a fresh SQLite and on a fresh PostgreSQL database.
func Each(t *testing.T, run func(t *testing.T, d *database.DB)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) {
		run(t, Open(t, url, database.Options{}))
	})
}

// EachURL is Each for tests that open the database themselves.
func EachURL(t *testing.T, run func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { run(t, Postgres(t)) })
}

// Open opens a database for the length of a test.
func Open(t testing.TB, url string, options database.Options) *database.DB {
	t.Helper()
	d, err := database.Open(context.Background(), url, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// SQLite makes a fresh migrated SQLite database and gives its URL.
func SQLite(t testing.TB) string {
	t.Helper()
	template, err := sqliteTemplate()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, template, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "citrus")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if _, err := database.Migrate(context.Background(), "sqlite:"+path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

var serial atomic.Int64

// Postgres makes a fresh migrated PostgreSQL database and gives its URL. Without a server the
// test is skipped, or fails where CITRUS_TEST_REQUIRE_POSTGRES is set, as in CI.
func Postgres(t testing.TB) string {
	t.Helper()
	admin, err := sql.Open("pgx", Server()+"/postgres")
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		err = admin.PingContext(ctx)
	}
	if err != nil {
		if os.Getenv("CITRUS_TEST_REQUIRE_POSTGRES") != "" {
			t.Fatal("PostgreSQL is required here, and it does not answer")
		}
		t.Skip("no PostgreSQL at CITRUS_TEST_POSTGRES: its half of the test is skipped")
	}
	template, err := postgresTemplate()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("citrus_test_%d_%d_%d", os.Getpid(), time.Now().UnixNano(), serial.Add(1))
	create(t, admin, name, template)
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
		admin.Close()
	})
	return Server() + "/" + name
}

// templateLock: PostgreSQL copies a template only while nobody else does.
var templateLock sync.Mutex

func create(t testing.TB, admin *sql.DB, name, template string) {
	t.Helper()
	templateLock.Lock()
	defer templateLock.Unlock()
	if _, err := admin.Exec("CREATE DATABASE " + name + " TEMPLATE " + template); err != nil {
		t.Fatal(err)
	}
}

// postgresTemplate migrates one database a test process, which the others are copies of. It is
// named after the process and dropped by the next one that finds its maker gone.
var postgresTemplate = sync.OnceValues(func() (string, error) {
	admin, err := sql.Open("pgx", Server()+"/postgres")
	if err != nil {
		return "", err
	}
	defer admin.Close()
	dropOrphans(admin)
	name := fmt.Sprintf("citrus_template_%d", os.Getpid())
	if _, err := admin.Exec("DROP DATABASE IF EXISTS " + name); err != nil {
		return "", err
	}
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		return "", err
	}
	_, err = database.Migrate(context.Background(), Server()+"/"+name)
	return name, err
})

// dropOrphans removes the templates of test processes that have ended.
func dropOrphans(admin *sql.DB) {
	rows, err := admin.Query("SELECT datname FROM pg_database WHERE datname LIKE 'citrus_template_%'")
	if err != nil {
		return
	}
	var orphans []string
	for rows.Next() {
		var name string
		var pid int
		if rows.Scan(&name) != nil {
			continue
		}
		if _, err := fmt.Sscanf(name, "citrus_template_%d", &pid); err == nil && !alive(pid) {
			orphans = append(orphans, name)
		}
	}
	rows.Close()
	for _, name := range orphans {
		_, _ = admin.Exec("DROP DATABASE IF EXISTS " + name) // somebody else may be at it: theirs to finish
	}
}

func alive(pid int) bool {
	_, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
	return err == nil
}

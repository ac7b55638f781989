package database

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
)

// logged is a database whose checkpoints a test runs by hand.
type logged struct {
	*checkpoints
	t      *testing.T
	reader *sql.DB
}

func newLogged(t *testing.T) *logged {
	path := filepath.Join(t.TempDir(), "log.db")
	reader, writer, err := openSQLite(path, make(chan struct{}, 1))
	if err != nil {
		t.Fatal(err)
	}
	own := openSQLiteBare(path)
	t.Cleanup(func() { reader.Close(); own.Close(); writer.Close() })
	l := &logged{&checkpoints{own: own, writer: writer, foldAt: 10, renewAt: 100}, t, reader}
	l.exec("CREATE TABLE things (what BLOB)")
	return l
}

func (l *logged) exec(statement string) {
	l.t.Helper()
	if _, err := l.writer.Exec(statement); err != nil {
		l.t.Fatal(err)
	}
}

// write adds some twenty frames.
func (l *logged) write() {
	l.t.Helper()
	l.exec("INSERT INTO things VALUES (randomblob(80000))")
}

func (l *logged) fold() (length, folded int) {
	l.t.Helper()
	if err := l.checkpoints.fold(context.Background()); err != nil {
		l.t.Fatal(err)
	}
	length, folded, err := checkpoint(context.Background(), l.own, "NOOP")
	if err != nil {
		l.t.Fatal(err)
	}
	return length, folded
}

func TestTheWriterLeavesTheLogAlone(t *testing.T) {
	l := newLogged(t)
	for range 100 {
		l.write() // twice what SQLite folds by itself
	}
	if length, folded, err := checkpoint(context.Background(), l.own, "NOOP"); err != nil || length < 2000 || folded > 0 {
		t.Fatalf("%d of %d frames are folded, %v", folded, length, err)
	}
	if length, folded := l.fold(); folded < length {
		t.Fatalf("%d of %d frames are folded", folded, length)
	}
	l.write()
	if length, _ := l.fold(); length > 50 {
		t.Fatalf("the log goes on at %d frames", length)
	}
}

// A reader that stays keeps the log from beginning anew, and the writer waits for it no longer than a moment; once it
// has gone the log begins anew though there is always one more commit.
func TestTheLogBeginsAnewWhenReadersLetIt(t *testing.T) {
	l := newLogged(t)
	l.write()
	stays, err := l.reader.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer stays.Rollback()
	var n int
	if err := stays.QueryRow("SELECT count(*) FROM things").Scan(&n); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		l.write()
	}
	length, folded := l.fold()
	if folded == length || l.stuck != length {
		t.Fatalf("%d of %d frames are folded under a reader, stuck at %d", folded, length, l.stuck)
	}
	var timeout int
	if err := l.writer.QueryRow("PRAGMA busy_timeout").Scan(&timeout); err != nil || timeout != 10_000 {
		t.Fatalf("the writer waits %d ms from now on, %v", timeout, err)
	}
	if err := stays.Rollback(); err != nil {
		t.Fatal(err)
	}
	l.write()
	l.fold()
	l.write()
	if length, _ := l.fold(); length > 50 {
		t.Fatalf("the log goes on at %d frames", length)
	}
}

// Whoever opens a database has its checkpoints run: no log grows beyond its bound.
func TestCheckpointsRunByThemselves(t *testing.T) {
	ctx := context.Background()
	url := "sqlite:" + filepath.Join(t.TempDir(), "log.db")
	if _, err := Migrate(ctx, url); err != nil {
		t.Fatal(err)
	}
	d, err := Open(ctx, url, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	writer := d.pools[1]
	if _, err := writer.Exec("CREATE TABLE things (what BLOB)"); err != nil {
		t.Fatal(err)
	}
	for range 60 {
		if _, err := writer.Exec("INSERT INTO things VALUES (randomblob(4000000))"); err != nil {
			t.Fatal(err)
		}
	}
	length, _, err := checkpoint(ctx, writer, "NOOP")
	if err != nil || length > 2*renewAt {
		t.Fatalf("the log has %d frames of 60,000 written, %v", length, err)
	}
}

package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// SQLite appends commits to a log and folds it into the file now and then, a checkpoint. Left to itself it does
// so inside the commit that made the log long, which that one's caller waits for. checkpoints folds it beside the
// writer instead. It wakes by commits alone, so that a database at rest costs nothing.
type checkpoints struct {
	// own is its connection, outside of the pools.
	own    *sql.DB
	writer *sql.DB
	// committed is told of commits, by the writer's connection.
	committed chan struct{}
	stop      context.CancelFunc
	done      chan struct{}
	// foldAt and renewAt are lengths of the log at which something is done, in frames.
	foldAt, renewAt int
	// stuck is how long the log was when readers last kept it from beginning anew.
	stuck int
}

// Lengths of the log in frames, of 4 KiB and a little.
const (
	// foldAt: later, and the file's pages are written less often; sooner, and a start after a crash reads less.
	foldAt = 4000
	// renewAt: the log begins anew by itself when a writer comes to one that is folded whole. Where there is always
	// one more commit that never happens, and the log would grow for ever: from here on writers are asked to wait.
	renewAt = 16000
)

// renewPatience is how long writers wait for readers that began before: it is part of some commit's time.
const renewPatience = 50 * time.Millisecond

func startCheckpoints(path string, writer *sql.DB, committed chan struct{}) *checkpoints {
	ctx, stop := context.WithCancel(context.Background())
	c := &checkpoints{
		own: openSQLiteBare(path), writer: writer, committed: committed,
		stop: stop, done: make(chan struct{}), foldAt: foldAt, renewAt: renewAt,
	}
	go c.run(ctx)
	return c
}

func (c *checkpoints) close() error {
	c.stop()
	<-c.done
	return c.own.Close()
}

// run works until it is stopped. What fails is tried again after the next commit, whose caller is told when the
// disk is at fault.
func (c *checkpoints) run(ctx context.Context) {
	defer close(c.done)
	for {
		select {
		case <-c.committed:
			_ = c.fold(ctx)
		case <-ctx.Done():
			return
		}
	}
}

func (c *checkpoints) fold(ctx context.Context) error {
	length, folded, err := checkpoint(ctx, c.own, "NOOP")
	if err != nil || length-folded < c.foldAt {
		return err
	}
	length, _, err = checkpoint(ctx, c.own, "PASSIVE")
	if err != nil || length < c.renewAt {
		c.stuck = 0
		return err
	}
	if length < c.stuck+c.foldAt {
		return nil
	}
	return c.renew(ctx)
}

// renew makes the log begin anew: with the writer's connection in hand nobody adds to it. What was added while most of
// it was folded is little.
func (c *checkpoints) renew(ctx context.Context) error {
	writer, err := c.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer writer.Close()
	whole := context.WithoutCancel(ctx) // the time-out must be set back
	if err := setTimeout(whole, writer, renewPatience); err != nil {
		return err
	}
	length, folded, err := checkpoint(whole, writer, "RESTART")
	c.stuck = 0
	if folded < length {
		c.stuck = length
	}
	return errors.Join(err, setTimeout(whole, writer, busyTimeout))
}

// asked is a pool or a connection.
type asked interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// checkpoint runs one in a mode of SQLite's and says how long the log is and how much of it is folded, in frames.
func checkpoint(ctx context.Context, on asked, mode string) (length, folded int, err error) {
	var busy bool
	err = on.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &length, &folded)
	return length, folded, err
}

func setTimeout(ctx context.Context, on *sql.Conn, d time.Duration) error {
	_, err := on.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout=%d", d.Milliseconds()))
	return err
}

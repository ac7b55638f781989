package database

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
)

// silence is how soon a listening connection that died without a word is found out; it asks
// nothing, so only the network's own probes can tell.
var silence = net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 4}

// Listen calls heard with the payload of every NOTIFY on a channel of PostgreSQL, and once with none when
// it begins to hear, because what was said before then is lost. It has a connection of its own, outside of
// the pools, and ends with the context or with that connection: to begin again is the caller's.
// SQLite says nothing to anybody: Listen waits there.
func (d *DB) Listen(ctx context.Context, channel string, heard func(payload string)) error {
	if d.listening == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	config := d.listening.Copy()
	config.DialFunc = (&net.Dialer{KeepAliveConfig: silence}).DialContext
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		conn.Close(closing) // nothing is under way on it
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	heard("")
	for {
		said, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		heard(said.Payload)
	}
}

package database

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Statement is one of a batch.
type Statement struct {
	SQL  string
	Args []any
}

// Batch runs statements one after another in a transaction of their own and in one round trip, on PostgreSQL alone, and
// says how many rows the last one wrote. Each sees what was committed when it begins. No lock that they take waits for
// this process, be it slow or frozen: they were all sent before the first ran.
func (d *DB) Batch(ctx context.Context, statements ...Statement) (rows int64, err error) {
	if d.listening == nil {
		return 0, errors.New("a batch is PostgreSQL's")
	}
	conn, err := d.writing.Conn(ctx)
	if err != nil {
		return 0, fmt.Errorf("batch: %w", err)
	}
	defer conn.Close()
	err = conn.Raw(func(driver any) error {
		batch := &pgx.Batch{}
		for _, s := range statements {
			batch.Queue(s.SQL, s.Args...)
		}
		results := driver.(*stdlib.Conn).Conn().SendBatch(ctx, batch)
		for range statements {
			tag, err := results.Exec()
			if err != nil {
				return errors.Join(err, results.Close())
			}
			rows = tag.RowsAffected()
		}
		return results.Close() // the commit's answer
	})
	if err != nil {
		return 0, fmt.Errorf("batch: %w", err)
	}
	return rows, nil
}

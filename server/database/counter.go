package database

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
)

// Take reserves n numbers of a counter inside a transaction and returns the last of them. The
// counter's row stays locked until the commit, so numbers are gapless and in commit order:
// take them as late in the transaction as can be.
func Take(ctx context.Context, tx *db.Tx, counter string, n int) (last int64, err error) {
	for range 2 {
		row, err := tx.Counter.UpdateOneID(counter).AddValue(int64(n)).Save(ctx)
		if err == nil {
			return row.Value, nil
		}
		if !db.IsNotFound(err) {
			return 0, fmt.Errorf("counter %s: %w", counter, err)
		}
		// Begins at 0; whoever loses the race to make the row finds it there.
		err = tx.Counter.Create().SetID(counter).OnConflict(sql.DoNothing()).Exec(ctx)
		if err != nil && !db.IsNotFound(err) {
			return 0, fmt.Errorf("counter %s: %w", counter, err)
		}
	}
	return 0, fmt.Errorf("counter %s: cannot be made", counter)
}

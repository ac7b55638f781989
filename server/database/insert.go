package database

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect"

	"citrus.cx/channel/ent/db"
)

// Row is what one of ent's create builders has been told.
type Row interface {
	ent.Mutation
	ID() (id string, exists bool)
}

// maxArguments of one statement: PostgreSQL's limit is 65,535.
const maxArguments = 60_000

// Insert makes rows of one table, for who makes hundreds at a time. ent's bulk insert is another statement for every
// number of rows and choice of columns, and most of its time goes into writing and reading it; here a table has one,
// of all its columns, which SQLite keeps prepared and runs once a row, and PostgreSQL takes many rows of at once.
//
// What is not set is NULL: the schema's defaults and validators are not asked, so the caller sets and bounds it all. A
// column that is forgotten fails, because none with a default may be NULL.
func Insert[C interface{ Mutation() M }, M Row](ctx context.Context, d *DB, tx *db.Tx, table string, columns []string, creates []C) error {
	most := 1
	if d.Dialect == dialect.Postgres {
		most = maxArguments / len(columns)
	}
	args := make([]any, 0, len(columns)*min(most, len(creates)))
	for len(creates) > 0 {
		rows := min(most, len(creates))
		args = args[:0]
		for _, c := range creates[:rows] {
			for _, column := range columns {
				value, err := columnOf(c.Mutation(), column)
				if err != nil {
					return fmt.Errorf("%s.%s: %w", table, column, err)
				}
				args = append(args, value)
			}
		}
		if _, err := tx.ExecContext(ctx, insertion(table, columns, rows), args...); err != nil {
			return fmt.Errorf("insert into %s: %w", table, err)
		}
		creates = creates[rows:]
	}
	return nil
}

// insertions are the statements for one row, by their table.
var insertions sync.Map

// insertion is the statement for a number of rows. $n is understood by both databases.
func insertion(table string, columns []string, rows int) string {
	if rows > 1 {
		return writeInsertion(table, columns, rows)
	}
	if known, ok := insertions.Load(table); ok {
		return known.(string)
	}
	statement := writeInsertion(table, columns, rows)
	insertions.Store(table, statement)
	return statement
}

func writeInsertion(table string, columns []string, rows int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO "` + table + `" ("` + strings.Join(columns, `", "`) + `") VALUES (`)
	for n := range rows * len(columns) {
		switch {
		case n == 0:
		case n%len(columns) == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(n+1))
	}
	return b.String() + ")"
}

func columnOf(m Row, column string) (any, error) {
	if column == "id" {
		id, _ := m.ID()
		return id, nil
	}
	value, ok := m.Field(column)
	if !ok {
		return nil, nil
	}
	switch value.(type) {
	case string, int, int64, bool, float64, []byte, time.Time:
		return value, nil
	}
	if v := reflect.ValueOf(value); v.Kind() == reflect.String { // an enum
		return v.String(), nil
	}
	text, err := json.Marshal(value)
	return json.RawMessage(text), err
}

package database

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
)

// Reason says why a database refused, by its code and the names of our own tables and rules: never a value, which may
// be somebody's. "" for what is no refusal of a database.
func Reason(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return strings.Join(strings.Fields(strings.Join([]string{pg.Code, pg.TableName, pg.ColumnName, pg.ConstraintName}, " ")), " ")
	}
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		return fmt.Sprintf("sqlite %d", lite.ExtendedCode)
	}
	return ""
}

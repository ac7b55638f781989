package database

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"strings"

	"entgo.io/ent/dialect"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"citrus.cx/channel/ent/migrations"
)

// Migrate brings the database at a URL to the present schema and returns the names of the
// migrations that it ran. Instances that start at once take turns (an advisory lock on PostgreSQL).
func Migrate(ctx context.Context, url string) ([]string, error) {
	var pool *sql.DB
	var folder string
	var options []goose.ProviderOption
	gooseDialect := goose.DialectSQLite3
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		folder = "sqlite"
		// Open first: it makes the folder and the file, and turns on WAL.
		reader, writer, err := openSQLite(path, nil)
		if err != nil {
			return nil, err
		}
		reader.Close()
		writer.Close()
		pool = openSQLiteBare(path)
	} else {
		folder, gooseDialect = dialect.Postgres, goose.DialectPostgres
		config, err := parsePostgres(url)
		if err != nil {
			return nil, err
		}
		reader, writer := openPostgres(config)
		reader.Close()
		pool = writer
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	defer pool.Close()
	return up(ctx, gooseDialect, pool, folder, options)
}

func up(ctx context.Context, d goose.Dialect, pool *sql.DB, folder string, options []goose.ProviderOption) ([]string, error) {
	files, err := fs.Sub(migrations.FS, folder)
	if err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider(d, pool, files, options...)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	names := make([]string, len(results))
	for i, r := range results {
		names[i] = r.Source.Path
	}
	return names, nil
}

// Command migration writes the next versioned migration of both dialects: what
// separates the migrations so far from ent/schema. It replays them into empty
// databases: SQLite in memory, and a throw-away database on the PostgreSQL server
// named by CITRUS_DEV_POSTGRES.
//
//	go run ./ent/generate/migration -name add_something
//
// With -check it writes nothing and fails when something would be written.
package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/sqltool"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"

	dbmigrate "citrus.cx/channel/ent/db/migrate"
)

func main() {
	name := flag.String("name", "change", "what the migration does, in snake_case")
	check := flag.Bool("check", false, "write nothing; fail when a migration is missing")
	flag.Parse()
	ctx := context.Background()
	stamp := time.Now().UTC().Format("20060102150405")

	lite, err := sql.Open("sqlite3", "file:dev?mode=memory&_fk=1")
	must(err)
	lite.SetMaxOpenConns(1)
	must(diff(ctx, entsql.OpenDB(dialect.SQLite, lite), "sqlite", stamp, *name, *check))

	pg, drop, err := scratchPostgres(ctx)
	must(err)
	err = diff(ctx, entsql.OpenDB(dialect.Postgres, pg), "postgres", stamp, *name, *check)
	drop()
	must(err)
}

func diff(ctx context.Context, drv dialect.Driver, dialectName, stamp, name string, check bool) error {
	folder := filepath.Join("ent", "migrations", dialectName)
	if check {
		copied, err := os.MkdirTemp("", "migrations")
		if err != nil {
			return err
		}
		defer os.RemoveAll(copied)
		if err := os.CopyFS(copied, os.DirFS(folder)); err != nil {
			return err
		}
		folder = copied
	}
	dir, err := sqltool.NewGooseDir(folder)
	if err != nil {
		return err
	}
	before, _ := fs.Glob(os.DirFS(folder), "*.sql")
	m, err := schema.NewMigrate(drv,
		schema.WithDir(dir), schema.WithMigrationMode(schema.ModeReplay), schema.WithFormatter(stamped{stamp}),
		schema.WithDialect(drv.Dialect()), schema.WithDropColumn(true), schema.WithDropIndex(true))
	if err != nil {
		return err
	}
	if err := m.NamedDiff(ctx, name, dbmigrate.Tables...); err != nil {
		return fmt.Errorf("%s: %w", dialectName, err)
	}
	if after, _ := fs.Glob(os.DirFS(folder), "*.sql"); check && len(after) > len(before) {
		return fmt.Errorf("%s: ent/schema has changed without a migration: run make migration", dialectName)
	}
	return nil
}

// stamped gives the files of both dialects one version.
type stamped struct{ version string }

func (s stamped) Format(plan *migrate.Plan) ([]migrate.File, error) {
	files, err := sqltool.GooseFormatter.Format(plan)
	for i, f := range files {
		files[i] = migrate.NewLocalFile(s.version+"_"+plan.Name+".sql", f.Bytes())
	}
	return files, err
}

func scratchPostgres(ctx context.Context) (*sql.DB, func(), error) {
	url := os.Getenv("CITRUS_DEV_POSTGRES")
	if url == "" {
		url = "postgres://postgres@127.0.0.1:5432"
	}
	admin, err := sql.Open("pgx", url+"/postgres")
	if err != nil {
		return nil, nil, err
	}
	name := "citrus_dev_" + strconv.FormatInt(time.Now().UnixNano(), 36)
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		return nil, nil, err
	}
	scratch, err := sql.Open("pgx", url+"/"+name)
	return scratch, func() {
		scratch.Close()
		if _, err := admin.ExecContext(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			log.Print(err)
		}
		admin.Close()
	}, err
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

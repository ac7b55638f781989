package database

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

func parsePostgres(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		// pgx's error repeats the URL without its password; keep even the rest out of logs.
		return nil, fmt.Errorf("database url: not a valid postgres:// url")
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "citrus-channel"
	}
	config.RuntimeParams["timezone"] = "UTC"
	return config, nil
}

func openPostgres(config *pgx.ConnConfig) (reader, writer *sql.DB) {
	writer = stdlib.OpenDB(*config)

	reading := config.Copy()
	reading.RuntimeParams["default_transaction_read_only"] = "on"
	reader = stdlib.OpenDB(*reading)
	for _, pool := range []*sql.DB{reader, writer} {
		pool.SetMaxOpenConns(16)
		pool.SetMaxIdleConns(8)
		pool.SetConnMaxIdleTime(5 * time.Minute)
	}
	return reader, writer
}

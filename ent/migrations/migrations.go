// Package migrations holds the versioned SQL that brings a database to ent/schema:
// one folder a dialect, the same version stamps in both. Files are written by
// make migration NAME=what_changes, read once more by a person, and never changed after release.
package migrations

import "embed"

// FS has the folders sqlite and postgres.
//
//go:embed sqlite/*.sql postgres/*.sql
var FS embed.FS

// Package ent holds the model: schema is written by hand, db is generated from it,
// migrations bring a database to it.
package ent

//go:generate go run -mod=mod ./generate

package scalar

import (
	"math"
	"strings"

	"github.com/99designs/gqlgen/graphql"
)

// The built-in scalars are read a little more strictly than gqlgen does: a NUL character, which
// PostgreSQL's text cannot hold, and an Int beyond 32 bits, which GraphQL does not have, are the
// sender's mistakes and not failures of ours.

var (
	errNUL   = invalid("o texto contém um caractere nulo", "a String must not contain the NUL character")
	errRange = invalid("o número não cabe em 32 bits", "an Int must fit into 32 bits")
)

// MarshalString writes a text.
func MarshalString(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalString reads a text.
func UnmarshalString(v any) (string, error) {
	s, err := graphql.UnmarshalString(v)
	if err == nil && strings.ContainsRune(s, 0) {
		return "", errNUL
	}
	return s, err
}

// MarshalID writes an id.
func MarshalID(s string) graphql.Marshaler { return graphql.MarshalID(s) }

// UnmarshalID reads an id.
func UnmarshalID(v any) (string, error) {
	s, err := graphql.UnmarshalID(v)
	if err == nil && strings.ContainsRune(s, 0) {
		return "", errNUL
	}
	return s, err
}

// MarshalInt writes a number.
func MarshalInt(n int) graphql.Marshaler { return graphql.MarshalInt(n) }

// UnmarshalInt reads a whole number of 32 bits.
func UnmarshalInt(v any) (int, error) {
	n, err := graphql.UnmarshalInt(v)
	if err == nil && (n > math.MaxInt32 || n < math.MinInt32) {
		return 0, errRange
	}
	return n, err
}

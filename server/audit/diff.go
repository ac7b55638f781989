package audit

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"citrus.cx/channel/ent/schema"
)

// mask stands where a secret is; an empty secret has none.
const mask = "•••"

// Field is one field of the configuration at one moment, by its name in the contract.
type Field struct {
	name string
	// text is what an entry shows of it; nil when it is empty.
	text *string
	// mark tells two values of a secret apart, and does not lead to them.
	mark [sha256.Size]byte
}

// Value is a field that always has a value; the empty string is none.
func Value[T ~string | ~int | ~int64 | ~bool](name string, value T) Field {
	text := fmt.Sprint(value)
	if text == "" {
		return Field{name: name}
	}
	return Field{name: name, text: &text}
}

// Optional is a field that may be empty: nil.
func Optional[T ~string | ~int | ~int64 | ~bool](name string, value *T) Field {
	if value == nil {
		return Field{name: name}
	}
	return Value(name, *value)
}

// List is a field of several values, whose order means nothing.
func List(name string, values []string) Field {
	return Value(name, strings.Join(slices.Sorted(slices.Values(values)), ", "))
}

// Time is a moment, written as the contract writes one; nil is none.
func Time(name string, at *time.Time) Field {
	if at == nil {
		return Field{name: name}
	}
	return Value(name, at.UTC().Format(time.RFC3339Nano))
}

// Secret is a field of which an entry says only that it is set. stored is the form in which it is
// kept, a hash or a sealed text: another one means another secret, or the same one set again.
func Secret(name string, stored []byte) Field {
	if len(stored) == 0 {
		return Field{name: name}
	}
	f := Value(name, mask)
	f.mark = sha256.Sum256(stored)
	return f
}

// Diff says what is different after a change, in the order of the fields. before is nil for what
// is new: then every field that is not empty has changed. It is pure.
func Diff(before, after []Field) []schema.FieldChange {
	var changes []schema.FieldChange
	for _, now := range after {
		was := named(before, now.name)
		if !was.is(now) {
			changes = append(changes, schema.FieldChange{Field: now.name, Old: was.text, New: now.text})
		}
	}
	return changes
}

// named gives a field by its name; an empty one when it is not there.
func named(fields []Field, name string) Field {
	for _, f := range fields {
		if f.name == name {
			return f
		}
	}
	return Field{name: name}
}

// is says whether two fields have the same value.
func (f Field) is(other Field) bool {
	if f.text == nil || other.text == nil {
		return f.text == other.text
	}
	return *f.text == *other.text && f.mark == other.mark
}

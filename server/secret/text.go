package secret

import (
	"fmt"
	"io"
	"log/slog"
)

const redaction = "<redacted>"

// Text is a string that must not be seen (a password, a token, a key in configuration): however it
// is printed, logged or encoded, it reads <redacted>, even when it is empty. Reveal gives the string.
//
// fmt cannot call the methods of a struct's unexported fields and prints what lies in them, so a
// struct that may be printed keeps its Text in an exported field.
type Text string

// Reveal gives the string itself, to whoever must send or compare it.
func (t Text) Reveal() string { return string(t) }

// String is <redacted>.
func (Text) String() string { return redaction }

// GoString is <redacted>.
func (Text) GoString() string { return redaction }

// Format writes <redacted> for every verb, also those that would print a string's bytes (%x, %d).
func (Text) Format(s fmt.State, _ rune) { redact(s) }

// LogValue is <redacted>.
func (Text) LogValue() slog.Value { return slog.StringValue(redaction) }

// MarshalText is <redacted>.
func (Text) MarshalText() ([]byte, error) { return []byte(redaction), nil }

// MarshalJSON is "<redacted>".
func (Text) MarshalJSON() ([]byte, error) { return []byte(`"` + redaction + `"`), nil }

// redacted gives a struct that embeds it the same methods.
type redacted struct{}

func (redacted) String() string               { return redaction }
func (redacted) GoString() string             { return redaction }
func (redacted) Format(s fmt.State, _ rune)   { redact(s) }
func (redacted) LogValue() slog.Value         { return slog.StringValue(redaction) }
func (redacted) MarshalText() ([]byte, error) { return []byte(redaction), nil }
func (redacted) MarshalJSON() ([]byte, error) { return []byte(`"` + redaction + `"`), nil }

func redact(w io.Writer) {
	_, _ = io.WriteString(w, redaction) // fmt.State collects in memory
}

package reclameaqui

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "<redacted>"

// Secret is a text that no log, error or answer may show: however it is printed or encoded, it reads <redacted>.
type Secret string

// Reveal returns the text itself, for the one place that must send or seal it.
func (s Secret) Reveal() string { return string(s) }

// String hides the text.
func (Secret) String() string { return redacted }

// GoString hides the text from %#v.
func (Secret) GoString() string { return redacted }

// Format hides the text from every verb, also %x and %q, which would otherwise read the bytes of a string type.
func (Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// LogValue hides the text from log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON hides the text from encoding/json.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText hides the text from other encoders. (encoding/json does not ask the keys of a map: a Secret must not be one.)
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Credentials are what RA issues for its API: not the user and password of its panel.
type Credentials struct {
	ClientID     string
	ClientSecret Secret
}

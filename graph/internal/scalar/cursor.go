package scalar

import (
	"bytes"
	"encoding/base64"
	"strings"

	"entgo.io/contrib/entgql"
	"github.com/99designs/gqlgen/graphql"
	"github.com/vmihailenco/msgpack/v5"
)

// MarshalCursor writes a place.
func MarshalCursor(c entgql.Cursor[string]) graphql.Marshaler { return c }

// UnmarshalCursor reads a place that was given out before; what is cut off, longer or made up is refused. Of the
// decoder's words nothing is shown: they speak of bytes.
func UnmarshalCursor(v any) (entgql.Cursor[string], error) {
	text, ok := v.(string)
	if c, read := place(text); ok && read {
		return c, nil
	}
	return entgql.Cursor[string]{}, invalid("não é um cursor dado por este servidor", "not a cursor that this server has given")
}

// place reads what entgql writes: the entry's id and, in a list that is ordered, its value, as msgpack in base64.
func place(text string) (c entgql.Cursor[string], ok bool) {
	if strings.ContainsAny(text, "\r\n") { // base64 skips them
		return c, false
	}
	raw, err := base64.RawStdEncoding.Strict().DecodeString(text)
	if err != nil {
		return c, false
	}
	rest := bytes.NewReader(raw)
	err = msgpack.NewDecoder(rest).Decode(&c)
	return c, err == nil && rest.Len() == 0 && c.ID != ""
}

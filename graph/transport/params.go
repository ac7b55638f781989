package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// malformed is what is wrong with a request, in words that quote nothing of it: a
// body may hold a password, and answers are logged on the way.
type malformed string

func (m malformed) Error() string { return string(m) }

const (
	errNotJSON   malformed = "the request is not valid JSON"
	errNotObject malformed = "the request must be a JSON object"
	errQuery     malformed = "query is required and must be a string"
)

// parseParams reads the JSON object of one request: a POST body or the payload of
// a socket's subscribe. The names are exact, as in the specification, and numbers
// keep all their digits.
func parseParams(data []byte) (*graphql.RawParams, error) {
	fields, err := parseObject(data)
	if err != nil {
		return nil, err
	}
	p := &graphql.RawParams{}
	var ok bool
	if p.Query, ok = stringOf(fields["query"]); !ok || p.Query == "" {
		return nil, errQuery
	}
	if raw := fields["operationName"]; !isNull(raw) {
		if p.OperationName, ok = stringOf(raw); !ok {
			return nil, malformed("operationName must be a string or null")
		}
	}
	if p.Variables, ok = objectOf(fields["variables"]); !ok {
		return nil, malformed("variables must be an object or null")
	}
	if p.Extensions, ok = objectOf(fields["extensions"]); !ok {
		return nil, malformed("extensions must be an object or null")
	}
	return p, nil
}

// parseURL reads the parameters of a GET, where the two maps are JSON text.
func parseURL(rawQuery string) (*graphql.RawParams, error) {
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, malformed("the query string is malformed")
	}
	p := &graphql.RawParams{Query: values.Get("query"), OperationName: values.Get("operationName")}
	if p.Query == "" {
		return nil, errQuery
	}
	if !utf8.ValidString(p.Query) {
		return nil, malformed("the query string is not UTF-8")
	}
	var ok bool
	if p.Variables, ok = objectOf([]byte(values.Get("variables"))); !ok {
		return nil, malformed("variables must be a JSON object")
	}
	if p.Extensions, ok = objectOf([]byte(values.Get("extensions"))); !ok {
		return nil, malformed("extensions must be a JSON object")
	}
	return p, nil
}

// parseObject splits a JSON object into its fields; the last of a repeated name counts.
func parseObject(data []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(data) {
		return nil, errNotJSON
	}
	var fields map[string]json.RawMessage
	err := json.Unmarshal(data, &fields)
	var other *json.UnmarshalTypeError
	switch {
	case errors.As(err, &other), err == nil && fields == nil:
		return nil, errNotObject
	case err != nil:
		return nil, errNotJSON
	}
	return fields, nil
}

func stringOf(raw json.RawMessage) (s string, ok bool) {
	if !startsWith(raw, '"') {
		return "", false
	}
	return s, json.Unmarshal(raw, &s) == nil
}

// objectOf gives a JSON object, nil for an absent one or null; not ok for anything else.
func objectOf(raw json.RawMessage) (m map[string]any, ok bool) {
	if isNull(raw) {
		return nil, true
	}
	if !startsWith(raw, '{') || !json.Valid(raw) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return m, d.Decode(&m) == nil
}

func isNull(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || string(raw) == "null"
}

func startsWith(raw []byte, c byte) bool {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	return len(raw) > 0 && raw[0] == c
}

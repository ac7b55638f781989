// Package fault owns what may go wrong in front of a user: a closed list of
// codes, each with its public message in Portuguese and English, and an error
// value that carries a code, the field it is about, and a private cause.
//
// It refuses to know transports: each edge (GraphQL, REST, the command line)
// translates a fault once. The private cause is for logs and never for users;
// it must itself be free of personal data.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Error is an expected failure.
type Error struct {
	// Code says what kind of failure it is; the contract's ErrorCode.
	Code Code
	// Field is the path of the input field at fault, nil when it is about no field.
	Field []string
	// Params fill the placeholders of the public message. They are public.
	Params map[string]any
	// RetryAfter is how long to wait before a retry makes sense, 0 when unknown.
	RetryAfter time.Duration
	// Again overrides whether the same request may succeed later; nil leaves it to the code.
	Again *bool
	// UpstreamCode is Reclame Aqui's own error code, "" when it gave none.
	UpstreamCode string
	// Op names the operation that failed, for logs.
	Op string
	// Cause is private: logs only.
	Cause error
}

// New makes a fault of a code about a field path ("input", "name").
func New(code Code, field ...string) *Error {
	return &Error{Code: code, Field: field}
}

// With adds a placeholder's value to the public message.
func (e *Error) With(key string, value any) *Error {
	if e.Params == nil {
		e.Params = map[string]any{}
	}
	e.Params[key] = value
	return e
}

// Because keeps a private cause.
func (e *Error) Because(err error) *Error {
	e.Cause = err
	return e
}

// After says when a retry makes sense.
func (e *Error) After(d time.Duration) *Error {
	e.RetryAfter = d
	return e
}

// Retry says whether the same request may succeed later, where the code alone does not tell.
func (e *Error) Retry(again bool) *Error {
	e.Again = &again
	return e
}

// From says which code Reclame Aqui gave.
func (e *Error) From(upstreamCode string) *Error {
	e.UpstreamCode = upstreamCode
	return e
}

// Under puts the field path below a parent, as when a service's argument is the input of a mutation.
func (e *Error) Under(parent ...string) *Error {
	e.Field = append(append([]string(nil), parent...), e.Field...)
	return e
}

// Error is for logs: code, operation, field and cause; never shown to users.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op + ": ")
	}
	b.WriteString(string(e.Code))
	if len(e.Field) > 0 {
		b.WriteString(" at " + strings.Join(e.Field, "."))
	}
	if e.Cause != nil {
		b.WriteString(": " + e.Cause.Error())
	}
	return b.String()
}

// Unwrap gives the private cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is matches by code, so that errors.Is(err, fault.New(fault.NotFound)) holds for every field.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Code == e.Code && t.Field == nil && t.Cause == nil
}

// List is several faults of one request: a form is answered with all that is wrong, not with the first.
type List []*Error

// Error joins the faults for logs.
func (l List) Error() string {
	parts := make([]string, len(l))
	for i, e := range l {
		parts[i] = e.Error()
	}
	return strings.Join(parts, "; ")
}

// Add appends a fault and returns it for decoration.
func (l *List) Add(code Code, field ...string) *Error {
	e := New(code, field...)
	*l = append(*l, e)
	return e
}

// Err is the list as an error, nil when it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// All gives the faults inside an error; ok is false when the error is none of ours, which is an internal one.
func All(err error) (list []*Error, ok bool) {
	var l List
	if errors.As(err, &l) {
		return l, true
	}
	var e *Error
	if errors.As(err, &e) {
		return []*Error{e}, true
	}
	return nil, false
}

// CodeOf is the first fault's code, "" for an error that is none of ours.
func CodeOf(err error) Code {
	if list, ok := All(err); ok && len(list) > 0 {
		return list[0].Code
	}
	return ""
}

// Wrap puts an operation's name before an error: defer fault.Wrap(&err, "ticket.Merge").
// A fault keeps its kind; anything else gets plain context.
func Wrap(err *error, op string) {
	if *err == nil {
		return
	}
	var l List
	var e *Error
	switch {
	case errors.As(*err, &l):
	case errors.As(*err, &e):
		if e.Op == "" {
			e.Op = op
		}
	default:
		*err = fmt.Errorf("%s: %w", op, *err)
	}
}

package sandbox

import (
	"errors"
	"fmt"
)

// Refusal is a business error of the contract: its code and the text that Reclame Aqui would show. The first three
// digits of the code are the HTTP status.
type Refusal struct {
	Code    int
	Message string
}

// Error gives the code and the text.
func (r *Refusal) Error() string { return fmt.Sprintf("%d %s", r.Code, r.Message) }

// Status is the HTTP status that the code stands for.
func (r *Refusal) Status() int {
	code := r.Code
	for code > 999 {
		code /= 10
	}
	return code
}

// InputError is bad input of the admin side; Field is its path in the body, "body" for the body as a whole.
type InputError struct {
	Field   string
	Message string
}

// Error gives the field and the text.
func (e *InputError) Error() string { return e.Field + ": " + e.Message }

// ErrNoComplaint is answered where the id is of no complaint.
var ErrNoComplaint = errors.New("sandbox: no such complaint")

// errJournal marks a change that was given up because it could not be kept.
var errJournal = errors.New("sandbox: journal")

func refuse(code int, message string) error { return &Refusal{Code: code, Message: message} }

package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"
)

func (sw Switches) duplicateWindow() time.Duration {
	return time.Duration(orElse(sw.DuplicateSeconds, 600)) * time.Second
}
func (sw Switches) moderationsPerDay() int       { return orElse(sw.ModerationsPerDay, 20) }
func (sw Switches) moderationsPerComplaint() int { return orElse(sw.ModerationsPerComplaint, 3) }
func (sw Switches) linkLifetime() time.Duration {
	return time.Duration(orElse(sw.LinkSeconds, 300)) * time.Second
}

func orElse(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

func (sw Switches) yesNo(b bool) string {
	words := map[string][2]string{"": {"Não", "Sim"}, "bool": {"false", "true"}, "number": {"0", "1"}}[sw.YesNo]
	if b {
		return words[1]
	}
	return words[0]
}

// each goes through all switches.
func (sw Switches) each(do func(name string, value reflect.Value, words []string)) {
	for _, group := range []reflect.Value{reflect.ValueOf(sw), reflect.ValueOf(sw.View)} {
		for i := range group.NumField() {
			if f := group.Type().Field(i); !f.Anonymous {
				do(f.Tag.Get("json"), group.Field(i), strings.Fields(f.Tag.Get("of")))
			}
		}
	}
}

// switchWords are the words of the switches that are one of several.
func switchWords() map[string][]string {
	all := map[string][]string{}
	Switches{}.each(func(name string, value reflect.Value, words []string) {
		if value.Kind() == reflect.String {
			all[name] = words
		}
	})
	return all
}

// check names the first switch with a value that it does not have.
func (sw Switches) check() (err error) {
	sw.each(func(name string, value reflect.Value, words []string) {
		switch {
		case err != nil:
		case value.Kind() == reflect.String && value.String() != "" && !slices.Contains(words, value.String()):
			err = &InputError{name, fmt.Sprintf("deve ser vazio ou um de %v", words)}
		case value.Kind() == reflect.Int && value.Int() < 0:
			err = &InputError{name, "não pode ser negativo"}
		}
	})
	if status := (&Refusal{Code: sw.TooBigCode}).Status(); err == nil && sw.TooBigCode != 0 && (status < 400 || status > 499) {
		err = &InputError{"tooBigCode", "deve ser um código cujo status é 4xx"}
	}
	if b := sw.BusinessStatus; err == nil && b != 0 && (b < 400 || b > 499) {
		err = &InputError{"businessStatus", "deve ser um status 4xx"}
	}
	return err
}

// Switches are those in force now.
func (s *Server) Switches() Switches { return s.ledger.current().Switches }

// SetSwitches changes what the contract leaves open, from now on and, with a state file, after a restart.
func (s *Server) SetSwitches(sw Switches) error {
	if err := sw.check(); err != nil {
		return err
	}
	return s.ledger.set(func(set *settings) { set.Switches, set.SwitchesInstead = sw, s.cfg.Switches })
}

// dress writes an error in the form that the switches ask for.
func (sw Switches) dress(a answer) answer {
	if a.refusal == nil {
		return a
	}
	if a.status == http.StatusConflict && sw.BusinessStatus != 0 {
		a.status = sw.BusinessStatus
	}
	if a.status >= 500 && sw.HTML5xx {
		return a.as("text/html; charset=utf-8", []byte("<html><head><title>"+http.StatusText(a.status)+"</title></head><body><h1>"+
			http.StatusText(a.status)+"</h1><hr>nginx</body></html>"))
	}
	if a.status == http.StatusTooManyRequests && sw.RetryAfter {
		a.header = http.Header{"Retry-After": {"60"}, "X-Ratelimit-Remaining": {"0"}}
	}
	switch sw.ErrorForm {
	case "bare":
		a.body = ok(map[string]any{"message": a.refusal.Message, "code": a.refusal.Code}).body
	case "oauth":
		word := map[int]string{401: "invalid_token", 403: "access_denied", 400: "invalid_request"}[a.status]
		a.body, _ = json.Marshal(map[string]string{"error": word, "error_description": a.refusal.Error()}) // texts marshal
	case "text":
		return a.as("text/plain; charset=utf-8", []byte(a.refusal.Message))
	}
	return a
}

func (a answer) as(contentType string, body []byte) answer {
	a.header, a.body = http.Header{"Content-Type": {contentType}}, body
	return a
}

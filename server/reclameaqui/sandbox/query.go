package sandbox

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Page sizes of section 2.1.
const (
	defaultPageSize = 25
	maxPageSize     = 50
)

// query is what the parameters of a list ask for.
type query struct {
	sw           Switches
	only         int64                // the one id that can match; 0 for any
	filters      []func(*Ticket) bool // all must hold
	sorts        []func(a, b *Ticket) int
	number, size int
}

// field compares a ticket with a literal; the outer call reads the literal once.
type field func(literal string, sw Switches) (compare func(*Ticket) int, valid bool)

var fields = map[string]field{
	"id":                     number(func(t *Ticket) int64 { return t.ID }),
	"company.id":             number(func(t *Ticket) int64 { return t.Company.ID }),
	"hugme_status.id":        number(func(t *Ticket) int64 { return t.HugmeStatus.ID }),
	"ra_status.id":           number(func(t *Ticket) int64 { return t.RAStatus.ID }),
	"source.id":              number(func(t *Ticket) int64 { return t.Source.ID }),
	"user.id":                number(func(t *Ticket) int64 { return t.User.ID }),
	"source_external_id":     text(func(t *Ticket) string { return t.SourceExternalID }),
	"source.name":            text(func(t *Ticket) string { return t.Source.Name }),
	"creation_date":          date(func(t *Ticket) time.Time { return t.Created.Time }),
	"last_modification_date": date(func(t *Ticket) time.Time { return t.Modified.Time }),
	"insertion_date":         date(func(t *Ticket) time.Time { return t.Inserted.Time }),
}

var sortable = map[string]func(a, b *Ticket) int{
	"id":                     func(a, b *Ticket) int { return cmp.Compare(a.ID, b.ID) },
	"creation_date":          func(a, b *Ticket) int { return a.Created.Compare(b.Created.Time) },
	"last_modification_date": func(a, b *Ticket) int { return a.Modified.Compare(b.Modified.Time) },
}

func number(of func(*Ticket) int64) field {
	return func(literal string, _ Switches) (func(*Ticket) int, bool) {
		n, err := strconv.ParseInt(strings.TrimSpace(literal), 10, 64)
		return func(t *Ticket) int { return cmp.Compare(of(t), n) }, err == nil
	}
}

func text(of func(*Ticket) string) field {
	return func(literal string, _ Switches) (func(*Ticket) int, bool) {
		return func(t *Ticket) int { return cmp.Compare(of(t), literal) }, literal != ""
	}
}

// saoPaulo is Brazil's own time, without daylight saving since 2019.
var saoPaulo = time.FixedZone("America/Sao_Paulo", -3*60*60)

// date reads a full instant with or without fractions, or a plain day, which is its first moment in UTC or, as the real
// zone is unknown, by a switch in Brazil's.
func date(of func(*Ticket) time.Time) field {
	return func(literal string, sw Switches) (func(*Ticket) int, bool) {
		at, err := time.Parse(time.RFC3339Nano, literal)
		if err != nil {
			zone := time.UTC
			if sw.PlainDatesBrazil {
				zone = saoPaulo
			}
			at, err = time.ParseInLocation(time.DateOnly, literal, zone)
		}
		return func(t *Ticket) int { return of(t).Compare(at) }, err == nil
	}
}

// comparators say which outcomes of a comparison match.
var comparators = map[string]func(c int) bool{
	"eq":  func(c int) bool { return c == 0 },
	"ne":  func(c int) bool { return c != 0 },
	"gt":  func(c int) bool { return c > 0 },
	"gte": func(c int) bool { return c >= 0 },
	"lt":  func(c int) bool { return c < 0 },
	"lte": func(c int) bool { return c <= 0 },
}

// parseQuery reads the parameters in the order in which they stand, since the order of sorts matters. A parameter that
// the contract does not know is an error (4000), unless a switch says otherwise: a simulator that ignored it would hide
// a client's mistake.
func parseQuery(raw string, sw Switches) (query, error) {
	q := query{sw: sw, number: 1, size: defaultPageSize}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		rawKey, rawValue, _ := strings.Cut(pair, "=")
		key, err1 := url.QueryUnescape(rawKey)
		value, err2 := url.QueryUnescape(rawValue)
		if err1 != nil || err2 != nil {
			return q, refuse(4000, "Parâmetro mal codificado.")
		}
		err := q.parameter(key, value)
		if err != nil && (!sw.UnknownFilterIgnored || !errors.As(err, new(*unknownParameter))) {
			return q, err
		}
	}
	return q, nil
}

// unknownParameter is a parameter that the contract does not know, in contrast to a known one with a bad value.
type unknownParameter struct{ Refusal }

func (u *unknownParameter) Unwrap() error { return &u.Refusal }

func unknown(message string) error { return &unknownParameter{Refusal{4000, message}} }

func (q *query) parameter(key, value string) error {
	name, inner, found := strings.Cut(key, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if !found || !closed {
		return unknown("Parâmetro desconhecido: " + key)
	}
	switch name {
	case "page":
		return q.page(inner, value)
	case "sort":
		return q.sort(inner, value)
	}
	return q.filter(name, inner, value)
}

// page takes whole numbers, also written as 50.0: one client sends them so.
func (q *query) page(what, value string) error {
	whole, _ := strings.CutSuffix(value, ".0")
	n, err := strconv.Atoi(whole)
	if err != nil || n < 1 {
		return refuse(4000, "Valor inválido para page["+what+"].")
	}
	switch what {
	case "number":
		q.number = n
	case "size":
		if n > maxPageSize && q.sw.PageSizeError {
			return refuse(4000, "page[size] deve ser no máximo 50.")
		}
		q.size = min(n, maxPageSize)
	default:
		return refuse(4000, "Parâmetro desconhecido: page["+what+"]")
	}
	return nil
}

func (q *query) sort(name, direction string) error {
	by, known := sortable[name]
	if !known || name == "last_modification_date" && q.sw.NoModifiedSort {
		return unknown("Ordenação desconhecida: " + name)
	}
	switch strings.ToLower(direction) {
	case "asc":
		q.sorts = append(q.sorts, by)
	case "desc":
		q.sorts = append(q.sorts, func(a, b *Ticket) int { return by(b, a) })
	default:
		return refuse(4000, "Direção inválida para sort["+name+"].")
	}
	return nil
}

func (q *query) filter(name, comparator, value string) error {
	f, known := fields[name]
	if !known {
		return unknown("Filtro desconhecido: " + name)
	}
	literals := []string{value}
	matches := comparators[comparator]
	if comparator == "in" || comparator == "nin" {
		literals, matches = strings.Split(value, ","), comparators["eq"]
	}
	if matches == nil {
		return refuse(4000, "Comparador desconhecido: "+comparator)
	}
	tests := make([]func(*Ticket) bool, 0, len(literals))
	for _, literal := range literals {
		compare, valid := f(literal, q.sw)
		if !valid {
			return refuse(4000, "Valor inválido para "+name+"["+comparator+"].")
		}
		tests = append(tests, func(t *Ticket) bool { return matches(compare(t)) })
	}
	if name == "id" && comparator == "eq" {
		q.only, _ = strconv.ParseInt(strings.TrimSpace(value), 10, 64) // valid, or the literal had been refused
	}
	wanted := comparator != "nin"
	q.filters = append(q.filters, func(t *Ticket) bool {
		return slices.ContainsFunc(tests, func(test func(*Ticket) bool) bool { return test(t) }) == wanted
	})
	return nil
}

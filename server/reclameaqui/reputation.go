package reclameaqui

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"math"
	"strconv"
	"strings"
)

// Reputation is RA's view of a company over one period. A figure is nil where RA says nothing.
type Reputation struct {
	Period Period
	// Code and Name are RA's words for the reputation; which codes there are is not known.
	Code, Name          string
	ResponseIndex       *float64 // answered complaints, as a percentage
	SolutionsPercentage *float64
	FinalGrade          *float64 // 0 to 10
	AvgGrade            *float64 // mean of the consumers' ratings, 0 to 10
	ComplaintsCount     *int
	// Unknown holds what this type does not know, and figures that are none, by key or dotted path; nil when there is nothing.
	Unknown map[string]json.RawMessage
}

// Period is a span of time in RA's words. Known are SEISMESES, DOZEMESES, UMANOATRAS, DOISANOSATRAS and GERAL; windows of 6 and 12
// months roll on the first of the month.
type Period struct{ Alias, Key string }

var errCompanyID = errors.New("ids of companies are positive numbers")

// Reputation reads the reputation of one of the licence's companies (E12), which is one element for each period, in RA's order.
func (c *Client) Reputation(ctx context.Context, companyID int64) ([]Reputation, error) {
	const op = "reputation"
	if companyID <= 0 {
		return nil, &Error{Op: op, Kind: KindRefused, Cause: errCompanyID}
	}
	a, err := c.get(ctx, op, "/companies/v1/companies/"+strconv.FormatInt(companyID, 10)+"/reputation", nil)
	if err != nil {
		return nil, err
	}
	list, err := readReputations(a.body)
	if err != nil {
		return nil, unreadable(op, a, err)
	}
	return list, nil
}

// readReputations reads the documented array, the same in an envelope's data, one element alone, or an object of elements by period.
func readReputations(body []byte) ([]Reputation, error) {
	raw := json.RawMessage(bytes.TrimSpace(bytes.TrimPrefix(body, bom)))
	if !json.Valid(raw) {
		return nil, errShape
	}
	for depth := 0; depth < maxNesting; depth++ {
		o, _ := newObject(raw)
		data, has := o.fields["data"]
		if !has {
			break
		}
		raw = data
	}
	if isNothing(raw) {
		return nil, nil
	}
	var list []Reputation
	for key, element := range reputationRows(raw) {
		if o, ok := newObject(element); ok {
			list = append(list, readReputation(o, key))
		}
	}
	if len(list) == 0 {
		return nil, errShape
	}
	return list, nil
}

// reputationRows yields each period's element with the key that it stands under, "" if under none.
func reputationRows(raw json.RawMessage) iter.Seq2[string, json.RawMessage] {
	o, isObject := newObject(raw)
	for _, key := range []string{"period", "reputation", "responseIndex", "solutionsPercentage", "finalGrade", "avgGrade", "complaintsCount"} {
		if _, has := o.fields[key]; has {
			return func(yield func(string, json.RawMessage) bool) { yield("", raw) }
		}
	}
	if isObject {
		return membersOf(raw)
	}
	return func(yield func(string, json.RawMessage) bool) {
		for _, element := range elements(raw) {
			if !yield("", element) {
				return
			}
		}
	}
}

func readReputation(o object, key string) Reputation {
	var r Reputation
	r.Period.Alias, r.Period.Key = o.pair("period", "periodAlias", "periodKey")
	if r.Period == (Period{}) {
		r.Period.Key = key
	}
	r.Code, r.Name = o.pair("reputation", "code", "name")
	r.ResponseIndex = o.figure("responseIndex")
	r.SolutionsPercentage = o.figure("solutionsPercentage")
	r.FinalGrade = o.figure("finalGrade")
	r.AvgGrade = o.figure("avgGrade")
	raw := o.fields["complaintsCount"]
	if f := o.figure("complaintsCount"); f != nil {
		if n := int(*f); *f == math.Trunc(*f) && *f < 1<<53 {
			r.ComplaintsCount = &n
		} else {
			o.fields["complaintsCount"] = raw
		}
	}
	o.leave()
	r.Unknown = o.found.unknown
	return r
}

// pair takes an object of two texts; a text alone is the first of them.
func (o object) pair(key, first, second string) (a, b string) {
	if !isObject(o.fields[key]) && !isArray(o.fields[key]) {
		return o.text(key), ""
	}
	o.within(key, func(in object) { a, b = in.text(first), in.text(second) })
	return a, b
}

// figure takes a number that is never negative, also one written the Brazilian way or as a percentage. RA's -1 is nothing. What is
// no number stays where it was.
func (o object) figure(key string) *float64 {
	raw := o.fields[key]
	text, ok := readText(raw)
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	if strings.Contains(text, ",") {
		text = strings.ReplaceAll(strings.ReplaceAll(text, ".", ""), ",", ".")
	}
	if ok && (text == "" || text == "-1") {
		o.take(key)
		return nil
	}
	f, isNumber := parseFloat(text)
	if !ok || !isNumber || f < 0 {
		return nil
	}
	o.take(key)
	return &f
}

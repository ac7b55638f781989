package reclameaqui

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Page is one page of complaints.
type Page struct {
	Complaints []Complaint
	// Malformed are the rows that could not be read; a bad row never spoils the page.
	Malformed []Malformed
	// Number and Size are what RA says, else what was asked.
	Number, Size int
	// Total is how many complaints match, over all pages. Where RA does not say, it is what this page proves: the rows up to
	// its end, and one more if it is full.
	Total int
	// ServerTime is RA's clock (the HTTP Date header), UTC, to the second; zero if absent.
	ServerTime time.Time
	// Short says of a read by ids that RA counted more complaints than it gave, or answered 404: that one is absent proves nothing.
	Short bool
}

// Count is how many complaints match.
type Count struct {
	Total      int
	ServerTime time.Time
}

// Malformed is a row without a readable positive id, or that is no object at all.
type Malformed struct {
	Index int             // in the page that it came in, from 0
	Raw   json.RawMessage // exactly as it came
	ID    int64           // 0 when none was found
	Err   error           // why; holds nothing of the row
}

// errShape is what a body is that holds no rows.
var errShape = errors.New("no list of rows in the answer")

// envelope finds the rows of an answer: {"data": [...], "meta": {...}}, or the array alone; one object in data is one row. Meta is the
// whole envelope without data.
func envelope(body []byte) (rows []json.RawMessage, meta object, err error) {
	body = bytes.TrimPrefix(body, bom)
	if isArray(body) && json.Valid(body) {
		return elements(body), object{found: new(findings)}, nil
	}
	meta, err = readObject(body)
	if err != nil {
		return nil, meta, err
	}
	data, has := meta.fields["data"]
	switch {
	case !has:
		return nil, meta, errShape
	case isArray(data):
		return elements(data), meta, nil
	case isNothing(data):
		return nil, meta, nil
	case isObject(data):
		return []json.RawMessage{data}, meta, nil
	}
	return nil, meta, errShape
}

// readPage reads a page that was asked for with that number and size.
func readPage(body []byte, number, size int) (Page, error) {
	rows, meta, err := envelope(body)
	if err != nil {
		return Page{}, err
	}
	p := Page{Number: number, Size: size, Total: (number-1)*size + len(rows)}
	if len(rows) >= size {
		p.Total++
	}
	if m, ok := newObject(meta.fields["meta"]); ok {
		meta = m
	}
	p.readMeta(meta)
	for i, row := range rows {
		complaint, err := readComplaint(row)
		if err != nil {
			p.Malformed = append(p.Malformed, Malformed{Index: i, Raw: complaint.Raw, ID: complaint.ID, Err: err})
			continue
		}
		p.Complaints = append(p.Complaints, complaint)
	}
	return p, nil
}

// readMeta takes what RA says of the page, as far as it makes sense.
func (p *Page) readMeta(m object) {
	if total, ok := readInt(m.fields["total"]); ok && !isNothing(m.fields["total"]) && total >= 0 {
		p.Total = int(total)
	}
	m.within("page", func(page object) {
		if n := page.count("number"); n > 0 {
			p.Number = n
		}
		if n := page.count("size"); n > 0 {
			p.Size = n
		}
	})
}

// readCount reads {"data": 12}, the number alone, and either as text or under another likely name.
func readCount(body []byte) (int, error) {
	raw := json.RawMessage(bytes.TrimPrefix(body, bom))
	for depth := 0; depth < 3 && isObject(raw); depth++ {
		o, err := readObject(raw)
		if err != nil {
			return 0, err
		}
		raw = nil
		for _, key := range []string{"data", "count", "total"} {
			if v, has := o.fields[key]; has {
				raw = v
				break
			}
		}
	}
	n, ok := readInt(raw)
	if !ok || isNothing(raw) || n < 0 || int64(int(n)) != n {
		return 0, errors.New("no count in the answer")
	}
	return int(n), nil
}

// keepOnly drops complaints that were not asked for.
func (p *Page) keepOnly(ids []int64) {
	p.Complaints = slices.DeleteFunc(p.Complaints, func(c Complaint) bool { return !slices.Contains(ids, c.ID) })
}

// add appends the rows of another page. A malformed row's index counts from the start of the page it came in.
func (p *Page) add(other Page) {
	p.Complaints = append(p.Complaints, other.Complaints...)
	p.Malformed = append(p.Malformed, other.Malformed...)
	p.Total = len(p.Complaints) + len(p.Malformed)
	p.Short = p.Short || other.Short
	if p.ServerTime.IsZero() {
		// The earliest clock: whatever changed after it may not be in the page.
		p.ServerTime = other.ServerTime
	}
}

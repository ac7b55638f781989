package reclameaqui

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
)

// Company is a company as RA lists it: one that the licence covers, or one found by ModerationCompanies.
type Company struct {
	ID   int64
	Name string
}

// Companies lists the companies of the credential's organisation (E11). Its ids are those of Complaint.Company.
func (c *Client) Companies(ctx context.Context) ([]Company, error) {
	const op = "companies"
	a, err := c.get(ctx, op, "/companies/v1/companies/organization", nil)
	if err != nil {
		return nil, err
	}
	page, err := readCompanies(a.body)
	if err != nil {
		return nil, unreadable(op, a, err)
	}
	return page.Companies, nil
}

// companyPageSize is how many companies a page of a search has where nothing is asked; known clients ask for as many.
const companyPageSize = 15

// CompanyPage is one page of a search for companies.
type CompanyPage struct {
	Companies []Company
	// Total is how many companies match, over all pages; 0 when RA does not say.
	Total int
}

// ModerationCompanies searches for the company that a complaint is really about (E10), by a part of its name. Page is 1-based, and 0
// and less mean 1; a limit of 0 and less means 15.
func (c *Client) ModerationCompanies(ctx context.Context, name string, page, limit int) (CompanyPage, error) {
	const op = "moderation companies"
	if limit <= 0 {
		limit = companyPageSize
	}
	a, err := c.get(ctx, op, ticketsPath+"/moderation/companies", url.Values{
		"companyName": {name},
		"page":        {strconv.Itoa(max(page, 1))},
		"limit":       {strconv.Itoa(limit)},
	})
	if err != nil {
		return CompanyPage{}, err
	}
	found, err := readCompanies(a.body)
	if err != nil {
		return CompanyPage{}, unreadable(op, a, err)
	}
	return found, nil
}

// The names under which the rows of a list, their number and a company's fields may come. The first of each is documented (E11) or
// RA's own elsewhere; the answer of E10 was never seen.
var (
	rowKeys         = []string{"data", "companies", "content", "items", "results", "rows"}
	totalKeys       = []string{"total", "totalElements", "totalCount", "count"}
	companyIDKeys   = []string{"companyId", "id"}
	companyNameKeys = []string{"name", "companyName", "fantasyName"}
)

// readCompanies reads {companyId, name} rows. A row without an id cannot be chosen, so it is left out; if no row has one, the body is
// not a list of companies.
func readCompanies(body []byte) (CompanyPage, error) {
	raw := json.RawMessage(bytes.TrimPrefix(body, bom))
	if !json.Valid(raw) {
		return CompanyPage{}, errShape
	}
	rows, total, ok := companyRows(raw, maxNesting)
	if !ok {
		return CompanyPage{}, errShape
	}
	page := CompanyPage{Companies: make([]Company, 0, len(rows)), Total: total}
	for _, row := range rows {
		if company, ok := readCompany(row); ok {
			page.Companies = append(page.Companies, company)
		}
	}
	if len(rows) > 0 && len(page.Companies) == 0 {
		return CompanyPage{}, errors.New("no company has a readable id")
	}
	return page, nil
}

func readCompany(raw json.RawMessage) (Company, bool) {
	o, ok := newObject(raw)
	if !ok {
		return Company{}, false
	}
	var c Company
	for _, key := range companyIDKeys {
		c.ID = cmp.Or(c.ID, o.id(key))
	}
	for _, key := range companyNameKeys {
		c.Name = cmp.Or(c.Name, o.text(key))
	}
	return c, c.ID > 0
}

// companyRows finds the rows: an array, the array of an envelope, or one company alone.
func companyRows(raw json.RawMessage, depth int) (rows []json.RawMessage, total int, ok bool) {
	if isArray(raw) {
		return elements(raw), 0, true
	}
	o, isObject := newObject(raw)
	if !isObject || depth == 0 {
		return nil, 0, false
	}
	for _, key := range rowKeys {
		list, has := o.fields[key]
		if !has {
			continue
		}
		if isNothing(list) {
			return nil, 0, true
		}
		if rows, total, ok = companyRows(list, depth-1); ok {
			return rows, cmp.Or(total, readTotal(o)), true
		}
	}
	_, ok = readCompany(raw)
	return []json.RawMessage{raw}, 0, ok
}

// readTotal reads how many rows there are over all pages, of an envelope or its meta.
func readTotal(o object) (total int) {
	meta, _ := newObject(o.fields["meta"])
	for _, from := range []object{o, meta} {
		for _, key := range totalKeys {
			total = cmp.Or(total, max(from.count(key), 0))
		}
	}
	return total
}

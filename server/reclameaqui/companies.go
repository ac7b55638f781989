package reclameaqui

import (
	"context"
	"errors"
)

// Company is one page that the licence covers.
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
	companies, err := readCompanies(a.body)
	if err != nil {
		return nil, unreadable(op, a, err)
	}
	return companies, nil
}

// readCompanies reads {companyId, name} rows. A row without an id cannot be chosen, so it is left out; if no row has one, the body is
// not a list of companies.
func readCompanies(body []byte) ([]Company, error) {
	rows, _, err := envelope(body)
	if err != nil {
		return nil, err
	}
	companies := make([]Company, 0, len(rows))
	for _, row := range rows {
		o, err := readObject(row)
		if err != nil {
			continue
		}
		company := Company{ID: o.id("companyId"), Name: o.text("name")}
		if company.ID == 0 {
			company.ID = o.id("id")
		}
		if company.ID > 0 {
			companies = append(companies, company)
		}
	}
	if len(rows) > 0 && len(companies) == 0 {
		return nil, errors.New("no company has a readable id")
	}
	return companies, nil
}

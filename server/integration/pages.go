package integration

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/idempotency"
	"citrus.cx/channel/server/identity"
)

// patience is how long an administrator waits for Reclame Aqui, the wait for a free call included.
const patience = 15 * time.Second

// FetchPages asks Reclame Aqui, with the credentials saved on the integration, for the pages of
// the account and keeps them to choose from (rule A6). Bad credentials, ended licence, rate
// limit, outage and an account without a page are five different faults.
func (s *Service) FetchPages(ctx context.Context, id, key string) (_ string, err error) {
	defer fault.Wrap(&err, "integration.FetchPages")
	viewer, err := identity.Require(ctx, user.RoleADMIN)
	if err != nil {
		return "", err
	}
	const mutation = "fetchReclameAquiPages"
	return id, s.together.ask(ctx, viewer.UserID, mutation, key, id, func(ctx context.Context) error {
		if done, err := idempotency.Done(ctx, s.database, viewer.UserID, mutation, key, id); err != nil || done {
			return err
		}
		row, err := s.asked(ctx, id)
		if err != nil {
			return err
		}
		pages, err := s.askPages(ctx, row)
		if err != nil {
			return err
		}
		_, err = idempotency.Once(ctx, s.database, viewer.UserID, mutation, key, id,
			func(ctx context.Context, tx *db.Tx) (string, error) { return id, s.keepPages(ctx, tx, id, pages) })
		return err
	})
}

func (s *Service) keepPages(ctx context.Context, tx *db.Tx, id string, pages []schema.Page) error {
	row, err := s.load(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.recorded(ctx, tx, auditentry.ActionPAGES_FETCHED, row, func() error {
		return tx.Integration.UpdateOne(row).SetAvailablePages(pages).SetPagesFetchedAt(s.options.Now()).Exec(ctx)
	})
}

func (s *Service) askPages(ctx context.Context, row *db.Integration) ([]schema.Page, error) {
	client, err := s.asking(row)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	companies, err := client.Companies(ctx)
	if err != nil {
		return nil, client.verdict(ctx, err)
	}
	if len(companies) == 0 {
		return nil, fault.New(fault.UpstreamNoCompany)
	}
	pages := make([]schema.Page, len(companies))
	for i, c := range companies {
		pages[i] = schema.Page{ID: c.ID, Name: clip(c.Name, maxCompanyName)}
	}
	return pages, nil
}

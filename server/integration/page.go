package integration

import (
	"context"
	"strconv"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
)

// choosePage takes one of the fetched pages; it fills the company's name and identification (rule A6)
// unless the same change gives them. An integration that was ever active keeps its page: its tickets are that page's.
func choosePage(ctx context.Context, tx *db.Tx, row *db.Integration, c Change, up *db.IntegrationUpdateOne, problems *fault.List) error {
	mirrored := row.Edges.SyncState != nil
	switch {
	case !c.PageID.Given:
		return nil
	case c.PageID.Value == nil && mirrored && !inUse(row):
		*problems = append(*problems, otherPage())
		return nil
	case c.PageID.Value == nil: // of one in use it is then what is missing
		up.ClearPageID()
		return nil
	case row.PageID != nil && *c.PageID.Value == strconv.FormatInt(*row.PageID, 10):
		return nil
	}
	page, err := offered(ctx, tx, row, *c.PageID.Value)
	if mirrored && fault.CodeOf(err) != fault.PageInUse {
		err = otherPage()
	}
	if list, ok := fault.All(err); ok {
		*problems = append(*problems, list...)
		return nil
	}
	if err != nil {
		return err
	}
	up.SetPageID(page.ID)
	if !c.CompanyName.Given {
		up.SetCompanyName(clip(page.Name, maxCompanyName))
	}
	if !c.ReclameAquiID.Given {
		up.SetReclameAquiID(strconv.FormatInt(page.ID, 10))
	}
	return nil
}

// offered finds a fetched page that is no other integration's.
func offered(ctx context.Context, tx *db.Tx, row *db.Integration, id string) (schema.Page, error) {
	number, err := strconv.ParseInt(id, 10, 64)
	page, known := pageOf(row, number)
	if err != nil || !known {
		return page, fault.New(fault.NotFound, "pageId")
	}
	return page, pageFree(ctx, tx, row.ID, page.ID)
}

func otherPage() *fault.Error {
	return fault.New(fault.InvalidState, "pageId").With("state", fault.Text{
		PT: "já sincronizada com outra página; crie outra configuração", EN: "already mirrors another page; make another integration",
	})
}

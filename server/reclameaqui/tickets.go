package reclameaqui

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
)

const ticketsPath = "/ticket/v1/tickets"

// List reads one page of the complaints that match (E1).
func (c *Client) List(ctx context.Context, q Query) (Page, error) {
	return c.page(ctx, "list", q.values(), q.page(), q.size())
}

// Count counts the complaints that match (E3); page, size and order of the query do not matter.
func (c *Client) Count(ctx context.Context, q Query) (Count, error) {
	const op = "count"
	a, err := c.get(ctx, op, ticketsPath+"/count", q.filters())
	if err != nil {
		return Count{}, err
	}
	total, err := readCount(a.body)
	if err != nil {
		return Count{}, unreadable(op, a, err)
	}
	return Count{Total: total, ServerTime: serverTime(a.header)}, nil
}

// withoutIDIn remembers which RA (by base address) does not filter by id[in], for the whole process: each call that finds it
// out anew is lost from the budget.
var withoutIDIn sync.Map

// ReadsTogether says whether a Client's Read asks for 50 complaints in one call, as far as is known: else each is a call of its own.
func ReadsTogether(c *Client) bool {
	_, without := withoutIDIn.Load(c.base)
	return !without
}

var errIDs = errors.New("ids of complaints are positive numbers")

// Read reads complaints by id (E2), as few calls as RA allows: 50 ids each while it takes id[in], which only one client was seen to
// use, else one. Complaints that RA does not know are absent from the page; so Total is what was found. On an error, the page holds
// what had been read before it.
func (c *Client) Read(ctx context.Context, ids ...int64) (Page, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	all := Page{Number: 1, Size: len(ids)}
	if len(ids) > 0 && ids[0] <= 0 {
		return all, &Error{Op: "read", Kind: KindRefused, Cause: errIDs}
	}
	for batch := range slices.Chunk(ids, MaxPageSize) {
		if err := c.readBatch(ctx, &all, batch); err != nil {
			return all, err
		}
	}
	return all, nil
}

// readBatch reads at most 50 ids into all.
func (c *Client) readBatch(ctx context.Context, all *Page, ids []int64) error {
	if _, without := withoutIDIn.Load(c.base); !without && len(ids) > 1 {
		page, refused, err := c.readTogether(ctx, ids)
		if err != nil && !refused {
			return err
		}
		if !refused {
			all.add(page)
			return nil
		}
		withoutIDIn.Store(c.base, true)
	}
	for _, id := range ids {
		page, err := c.page(ctx, "read", Query{IDs: []int64{id}}.filters(), 1, 1)
		var e *Error
		if errors.As(err, &e) && e.Kind == KindNotFound && len(ids) > 1 {
			// Of several, one that is not known must not hide the others. A gateway without the route says the same, so nothing is proved.
			all.Short = true
			continue
		}
		if err != nil {
			return err
		}
		page.Short = len(page.Complaints)+len(page.Malformed) == 0 && page.Total > 0
		page.keepOnly([]int64{id})
		all.add(page)
	}
	return nil
}

// readTogether reads ids with id[in]. Refused says that RA does not take this filter, or ignores it.
func (c *Client) readTogether(ctx context.Context, ids []int64) (all Page, refused bool, err error) {
	rows := 0
	for number := 1; number <= len(ids); number++ {
		q := Query{IDs: ids, Page: number, Size: MaxPageSize}
		page, err := c.page(ctx, "read", q.values(), number, MaxPageSize)
		var e *Error
		if errors.As(err, &e) && refusesFilter(e.Status) && e.Sent {
			return Page{}, true, err
		}
		if err != nil {
			return Page{}, false, err
		}
		got := len(page.Complaints)
		if page.keepOnly(ids); len(page.Complaints) < got {
			return Page{}, true, nil
		}
		got += len(page.Malformed)
		rows += got
		last := got == 0 || rows >= page.Total
		page.Short = last && rows < page.Total
		all.add(page)
		if last {
			break
		}
	}
	return all, false, nil
}

// refusesFilter tells the answers that say "not this way" from those that say "not now".
func refusesFilter(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// ReadBySource reads the complaints that have this id at the site where they were made. RA does not promise that it is one.
func (c *Client) ReadBySource(ctx context.Context, sourceID string) (Page, error) {
	v := url.Values{"source_external_id[eq]": {sourceID}}
	v.Set("page[number]", "1")
	v.Set("page[size]", strconv.Itoa(MaxPageSize))
	page, err := c.page(ctx, "read by source", v, 1, MaxPageSize)
	page.Complaints = slices.DeleteFunc(page.Complaints, func(x Complaint) bool { return x.SourceID != sourceID })
	return page, err
}

// page reads E1 with these values.
func (c *Client) page(ctx context.Context, op string, v url.Values, number, size int) (Page, error) {
	a, err := c.get(ctx, op, ticketsPath, v)
	if err != nil {
		return Page{}, err
	}
	page, err := readPage(a.body, number, size)
	if err != nil {
		return Page{}, unreadable(op, a, err)
	}
	page.ServerTime = serverTime(a.header)
	return page, nil
}

// get makes a read and returns its whole 2xx answer.
func (c *Client) get(ctx context.Context, op, path string, v url.Values) (answer, error) {
	a, err := c.call(ctx, request{op: op, method: http.MethodGet, path: path, query: v})
	if err == nil && a.broken != nil {
		err = brokenAnswer(op, a)
	}
	return a, err
}

// unreadable is a 2xx with a body that is not what it should be; RA's code and text are kept if it is an error in disguise.
func unreadable(op string, a answer, cause error) *Error {
	e := &Error{Op: op, Status: a.status, Kind: KindMalformed, Sent: true, Cause: cause}
	e.Code, e.Message = readReason(a.body)
	return e
}

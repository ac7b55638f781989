package reclameaqui

import (
	"context"
	"net/http"
)

// AuthAvailable asks whether RA's tokens are served (GET /auth/availability). It needs no token. Only the status counts: nobody has
// seen a body that says more.
func (c *Client) AuthAvailable(ctx context.Context) error {
	a, err := c.exchange(ctx, request{op: opAuthAvailable, method: http.MethodGet, path: "/auth/availability"})
	if err != nil {
		return err
	}
	if a.status < 200 || a.status > 299 {
		return c.refusal(opAuthAvailable, a)
	}
	return nil
}

// TicketsAvailable asks whether RA's complaints are served (GET /ticket/availability), by status only. Whether it needs a token is not
// known, so it carries one.
func (c *Client) TicketsAvailable(ctx context.Context) error {
	_, err := c.call(ctx, request{op: opTicketsAvailable, method: http.MethodGet, path: "/ticket/availability"})
	return err
}

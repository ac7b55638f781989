package reclameaqui

import (
	"context"
	"errors"
)

// PrivateMessage is what the company writes to the consumer out of the public's sight.
type PrivateMessage struct {
	ComplaintID int64 // Complaint.ID
	Text        string
	// Email is the consumer's. RA wants one with every private message; of three known clients two send the consumer's.
	Email string
	Files []File
}

var errNoEmail = errors.New("a private message needs the consumer's e-mail")

// SendPrivateMessage posts a private message (E6), with its files streamed. It is made at most once; judge its error with Outcome. One
// without an e-mail is refused here, which spares a call that RA is sure to refuse.
func (c *Client) SendPrivateMessage(ctx context.Context, m PrivateMessage) error {
	if m.Email == "" {
		return &Error{Op: opPrivateMessage, Kind: KindRefused, Cause: errNoEmail}
	}
	parts := []part{{"id", idText(m.ComplaintID)}, {"message", m.Text}, {"email", m.Email}}
	return c.post(ctx, opPrivateMessage, m.ComplaintID, ticketsPath+"/message/private", newForm(parts, m.Files))
}

// EndPrivateConversation closes the private conversation of a complaint (E7). RA's 40925 says that it was closed before or never begun:
// either way none is open, which is what was wanted, so that error is KindDuplicate and its Outcome Accepted.
func (c *Client) EndPrivateConversation(ctx context.Context, complaintID int64) error {
	return c.post(ctx, opEndPrivate, complaintID, ticketsPath+"/message/private/"+idText(complaintID)+"/end", nil)
}

package reclameaqui

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"strconv"
)

// ReplyPublicly posts the company's public answer (E5) to the complaint with that id, which is Complaint.ID and not its SourceID.
// It is made at most once; judge its error with Outcome. The body of a success is of unknown shape, so only the status counts.
func (c *Client) ReplyPublicly(ctx context.Context, id int64, message string) error {
	const op = "reply publicly"
	if id <= 0 {
		return &Error{Op: op, Kind: KindRefused, Cause: errIDs}
	}
	return c.post(ctx, op, ticketsPath+"/message/public", part{"id", strconv.FormatInt(id, 10)}, part{"message", message})
}

// part is one field of a form.
type part struct{ name, value string }

// post sends a form as multipart, which most known clients do.
func (c *Client) post(ctx context.Context, op, path string, parts ...part) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		// Writing into memory does not fail.
		_ = form.WriteField(p.name, p.value)
	}
	_ = form.Close()
	_, err := c.call(ctx, request{
		op:          op,
		method:      http.MethodPost,
		path:        path,
		contentType: form.FormDataContentType(),
		body:        body.Bytes(),
	})
	return err
}

package reclameaqui

import (
	"context"
	"net/http"
	"strconv"
)

// Encoding is how a text form is written on the wire.
type Encoding string

// The encodings that known clients send public messages in. RA is not known to take more than one of them.
const (
	EncodingMultipart Encoding = "multipart"
	EncodingURL       Encoding = "urlencoded"
	EncodingJSON      Encoding = "json"
)

// WithPublicMessages sets how public messages are written, should RA not take multipart, the default. Nothing else is: the other
// posts have one encoding each, on which known clients agree.
func WithPublicMessages(e Encoding) Option { return func(c *Client) { c.publicMessages = e } }

// ReplyPublicly posts the company's public answer (E5) to the complaint with that id, which is Complaint.ID and not its SourceID.
// It is made at most once; judge its error with Outcome. The body of a success is of unknown shape, so only the status counts.
func (c *Client) ReplyPublicly(ctx context.Context, id int64, message string) error {
	parts := []part{{"id", idText(id)}, {"message", message}}
	var body *payload
	switch c.publicMessages {
	case EncodingJSON:
		body = newJSON(parts)
	case EncodingURL:
		body = newURLEncoded(parts)
	default:
		body = newForm(parts, nil)
	}
	return c.post(ctx, opReplyPublicly, id, ticketsPath+"/message/public", body)
}

// post makes a post about a complaint, at most once. Only the status of its answer counts.
func (c *Client) post(ctx context.Context, op string, id int64, path string, body *payload) error {
	if id <= 0 {
		return &Error{Op: op, Kind: KindRefused, Cause: errIDs}
	}
	_, err := c.call(ctx, request{op: op, method: http.MethodPost, path: path, body: body})
	return err
}

func idText(id int64) string { return strconv.FormatInt(id, 10) }

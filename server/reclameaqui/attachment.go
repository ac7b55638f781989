package reclameaqui

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
)

// AttachmentLink is where an attachment can be fetched for a while. It opens without a token for whoever has it, and how long is not
// known: ask when it is needed, and store it nowhere.
type AttachmentLink struct {
	URL  string // http or https
	Name string // a file name, "" when RA does not say
}

var (
	errDetailID = errors.New("no id of an attachment")
	errNoLink   = errors.New("no link in the answer")
)

// AttachmentLink asks for a link to the attachment with that id (E4), which is Attached.ID or Detail.ID of a detail of type 15 or 33.
func (c *Client) AttachmentLink(ctx context.Context, detailID string) (AttachmentLink, error) {
	const op = "attachment link"
	if strings.Trim(detailID, ". ") == "" {
		return AttachmentLink{}, &Error{Op: op, Kind: KindRefused, Cause: errDetailID}
	}
	a, err := c.get(ctx, op, ticketsPath+"/attachment/"+url.PathEscape(detailID), nil)
	if err != nil {
		return AttachmentLink{}, err
	}
	link, ok := readAttachmentLink(a.body)
	if !ok {
		e := unreadable(op, a, errNoLink)
		e.Message = "" // it might be the link itself, in a shape that we do not know
		return AttachmentLink{}, e
	}
	return link, nil
}

// The names of the two fields, best evidence first: one client reads the first of each, another "url"; the others are likely.
var (
	linkKeys     = []string{"attachmentLink", "url", "link"}
	linkNameKeys = []string{"attachmentName", "name"}
)

// readAttachmentLink finds the link in an object, in its data, in an array of such, as a JSON text, or as the text alone.
func readAttachmentLink(body []byte) (AttachmentLink, bool) {
	raw := json.RawMessage(bytes.TrimSpace(bytes.TrimPrefix(body, bom)))
	if !json.Valid(raw) {
		return webLink(string(raw))
	}
	return findLink(raw, maxNesting)
}

func findLink(raw json.RawMessage, depth int) (AttachmentLink, bool) {
	if isNothing(raw) || depth == 0 {
		return AttachmentLink{}, false
	}
	for _, element := range elements(raw) {
		if link, ok := findLink(element, depth-1); ok {
			return link, true
		}
	}
	o, ok := newObject(raw)
	if !ok {
		text, _ := readText(raw)
		return webLink(text)
	}
	for _, key := range append(linkKeys, "data") {
		link, ok := findLink(o.fields[key], depth-1)
		if !ok {
			continue
		}
		for _, key := range linkNameKeys {
			link.Name = cmp.Or(link.Name, strings.TrimSpace(o.text(key)))
		}
		return link, true
	}
	return AttachmentLink{}, false
}

// webLink takes only what a browser may be sent to.
func webLink(text string) (AttachmentLink, bool) {
	text = strings.TrimSpace(text)
	u, err := url.Parse(text)
	ok := err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
	if !ok {
		return AttachmentLink{}, false
	}
	return AttachmentLink{URL: text}, true
}

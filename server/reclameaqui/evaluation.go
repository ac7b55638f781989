package reclameaqui

import (
	"context"
	"strings"
	"time"
)

// Evaluation is the consumer's verdict. It exists only when there is a rating.
type Evaluation struct {
	// Rating is 0 to 10.
	Rating int
	// At is zero when RA did not say.
	At          time.Time
	Resolved    bool
	WouldReturn bool
}

// Rating is 0 to 10, and ok only when the consumer gave one: RA says "-1" before.
func (c Complaint) Rating() (rating int, ok bool) { return readRating(c.RatingText) }

func readRating(text string) (int, bool) {
	if strings.TrimSpace(text) == "" {
		return 0, false
	}
	n, ok := readInt([]byte(strings.TrimSpace(text)))
	return int(n), ok && n >= 0 && n <= 10
}

// Evaluation is nil until the consumer has rated: RA's false for "resolved" and "would return" is no answer before that.
func (c Complaint) Evaluation() *Evaluation {
	rating, ok := c.Rating()
	if !ok {
		return nil
	}
	e := &Evaluation{Rating: rating, Resolved: c.ResolvedIssue, WouldReturn: c.BackDoingBusiness}
	if c.RatedAt != nil {
		e.At = *c.RatedAt
	}
	return e
}

// RequestEvaluation asks RA to ask the consumer for a rating (E8). It is made at most once; judge its error with Outcome. Whether the
// moment is right is RA's to say (4091 to 4096).
func (c *Client) RequestEvaluation(ctx context.Context, complaintID int64) error {
	return c.post(ctx, opEvaluation, complaintID, ticketsPath+"/evaluation", newJSON([]part{{"id", idText(complaintID)}}))
}

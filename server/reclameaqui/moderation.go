package reclameaqui

import (
	"context"
	"strconv"
)

// RA's reasons for a moderation, known from one client that follows the official documentation. RA's manual has the same categories.
const (
	ReasonOtherCompany    = 1 // needs ModerationRequest.MigrateTo
	ReasonDuplicate       = 4
	ReasonImproperContent = 5
	ReasonThirdParties    = 15
	ReasonLabourMatter    = 16
	ReasonNoViolation     = 17 // the company did not violate a right of the consumer
	ReasonFraud           = 19
)

// ModerationRequest asks RA to take a complaint down, or to move it to another company.
type ModerationRequest struct {
	ComplaintID int64  // Complaint.ID
	Reason      int    // RA's id, such as ReasonDuplicate
	Text        string // the justification
	MigrateTo   int64  // the company that it should go to, of ModerationCompanies; 0 = none
	Files       []File
}

// RequestModeration posts a moderation request (E9), with its files streamed. It is made at most once; judge its error with Outcome.
// Whether the reason fits the complaint is RA's to say.
func (c *Client) RequestModeration(ctx context.Context, m ModerationRequest) error {
	parts := []part{{"id", idText(m.ComplaintID)}, {"reason", strconv.Itoa(m.Reason)}, {"message", m.Text}}
	if m.MigrateTo != 0 {
		parts = append(parts, part{"migrateTO", idText(m.MigrateTo)}) // RA's spelling
	}
	return c.post(ctx, opModeration, m.ComplaintID, ticketsPath+"/moderation", newForm(parts, m.Files))
}

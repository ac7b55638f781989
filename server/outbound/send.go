package outbound

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/outboundattempt"
	tickets "citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/server/fault"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/reclameaqui"
	"citrus.cx/channel/server/ticket"
)

// send calls Reclame Aqui, once, and keeps what it said.
func (s *Service) send(ctx context.Context, t *db.Ticket, a *db.OutboundAttempt) error {
	post, size, err := s.post(ctx, t, a)
	if err != nil {
		// Nothing was sent: as certain a no as Reclame Aqui's.
		return s.keep(ctx, a, outboundattempt.StateFAILED, err)
	}
	calling, cancel := context.WithTimeout(ctx, patience+time.Duration(size/slowest)*time.Second)
	err = post(calling)
	cancel()
	switch reclameaqui.Outcome(err) {
	case reclameaqui.Accepted:
		return s.keep(ctx, a, outboundattempt.StateSENT, nil)
	case reclameaqui.Rejected:
		return s.keep(ctx, a, outboundattempt.StateFAILED, account.Upstream(err))
	}
	s.Log.WarnContext(ctx, "outcome of something sent unknown", "attempt", a.ID, "kind", a.Kind, "error", err)
	return s.keep(ctx, a, outboundattempt.StateUNKNOWN, nil)
}

// slowest is how many bytes a second files need at least, so that they get through in time.
const slowest = 256 << 10

// post is the call that an attempt makes, and how many bytes of files go with it.
func (s *Service) post(ctx context.Context, t *db.Ticket, a *db.OutboundAttempt) (call func(context.Context) error, size int64, err error) {
	_, client, err := s.account(ctx, t)
	if err != nil {
		return nil, 0, err
	}
	files, err := s.files(ctx, a)
	if err != nil {
		return nil, 0, err
	}
	for _, f := range files {
		size += f.Size
	}
	call, err = s.call(ctx, client, t, a, files)
	return call, size, err
}

func (s *Service) call(
	ctx context.Context, client *reclameaqui.Client, t *db.Ticket, a *db.OutboundAttempt, files []reclameaqui.File,
) (func(context.Context) error, error) {
	switch a.Kind {
	case outboundattempt.KindPRIVATE_MESSAGE:
		email, err := s.address(ctx, t.ID)
		message := reclameaqui.PrivateMessage{ComplaintID: t.ComplaintID, Text: a.Text, Email: email, Files: files}
		return func(ctx context.Context) error { return client.SendPrivateMessage(ctx, message) }, err
	case outboundattempt.KindPRIVATE_CONVERSATION_END:
		return func(ctx context.Context) error { return client.EndPrivateConversation(ctx, t.ComplaintID) }, nil
	case outboundattempt.KindEVALUATION_REQUEST:
		return func(ctx context.Context) error { return client.RequestEvaluation(ctx, t.ComplaintID) }, nil
	case outboundattempt.KindMODERATION_REQUEST:
		request := reclameaqui.ModerationRequest{
			ComplaintID: t.ComplaintID, Reason: *a.ModerationReasonID, Text: a.Text, Files: files,
		}
		if a.TargetCompanyID != nil {
			request.MigrateTo = *a.TargetCompanyID
		}
		return func(ctx context.Context) error { return client.RequestModeration(ctx, request) }, nil
	}
	return func(ctx context.Context) error { return client.ReplyPublicly(ctx, t.ComplaintID, a.Text) }, nil
}

func (s *Service) files(ctx context.Context, a *db.OutboundAttempt) ([]reclameaqui.File, error) {
	kept, err := s.Uploads.Files(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	files := make([]reclameaqui.File, len(kept))
	for i, f := range kept {
		files[i] = reclameaqui.File(f)
	}
	return files, nil
}

// address is the consumer's e-mail, which every private message names (section 2.5 of the wire contract).
func (s *Service) address(ctx context.Context, ticketID string) (string, error) {
	customer, err := s.database.Writer.Ticket.Query().Where(tickets.ID(ticketID)).QueryCustomer().Only(ctx)
	if err != nil {
		return "", err
	}
	if len(customer.Emails) == 0 {
		return "", fault.New(fault.InvalidState, "ticketId").With("state", ticket.NoAddress)
	}
	return customer.Emails[0], nil
}

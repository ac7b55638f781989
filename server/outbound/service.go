package outbound

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"golang.org/x/sync/singleflight"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/inbox"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/presence"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/reclameaqui"
	"citrus.cx/channel/server/ticket"
	"citrus.cx/channel/server/upload"
)

const (
	// patience is how long the call may take, the wait for a free place included.
	patience = 20 * time.Second
	// freshness is how old the last read of a complaint may be before an order reads it again (rule T6).
	freshness = 60 * time.Second
	// settleSoon is when an attempt whose answer was lost is first looked for.
	settleSoon = time.Second
)

// Options is what sending needs.
type Options struct {
	Accounts *account.Service
	Tickets  *ticket.Store
	Inbox    *inbox.Inbox
	Uploads  *upload.Service
	// Defaults gives what an integration gives to its tickets, for reading one again.
	Defaults func(*db.Integration) ticket.Defaults
	Now      func() time.Time
	Log      *slog.Logger
}

// Service sends.
type Service struct {
	database *database.DB
	Options
	reads singleflight.Group // by ticket
}

// New makes the service. What a read finds to have arrived ends its author's claim as an answer's yes does.
func New(d *database.DB, o Options) *Service {
	o.Tickets.WhenArrived(presence.Answered)
	return &Service{database: d, Options: o}
}

// Send sends an order and returns the id of its attempt, also with an error when one was made. The same key
// answers with the first attempt and sends nothing.
func (s *Service) Send(ctx context.Context, o Order) (attemptID string, err error) {
	defer fault.Wrap(&err, "outbound.Send")
	viewer, err := identity.Require(ctx)
	if err != nil {
		return "", err
	}
	if err := o.check(); err != nil {
		return "", err
	}
	known, err := s.known(ctx, viewer.UserID, o)
	if err != nil || known != nil {
		return s.repeat(known, err)
	}
	t, err := s.visible(ctx, o.TicketID)
	if err != nil {
		return "", err
	}
	if err := s.Uploads.Check(ctx, viewer.UserID, o.UploadIDs); err != nil {
		return "", err
	}
	// From here on the client may go away: what is begun is finished and recorded.
	ctx = context.WithoutCancel(ctx)
	if err := s.refresh(ctx, t); err != nil {
		return "", err
	}
	if err := s.ready(ctx, t, o.Kind); err != nil {
		return "", err
	}
	attempt, repeated, err := s.begin(ctx, viewer.UserID, o)
	if err != nil {
		return "", err
	}
	if repeated {
		return s.repeat(attempt, nil)
	}
	return attempt.ID, s.send(ctx, t, attempt)
}

// ready says beforehand what would keep an attempt from leaving, so that none is made.
func (s *Service) ready(ctx context.Context, t *db.Ticket, kind outboundattempt.Kind) error {
	_, _, err := s.account(ctx, t)
	if err == nil && kind == outboundattempt.KindPRIVATE_MESSAGE {
		_, err = s.address(ctx, t.ID)
	}
	return err
}

// known finds the attempt that a key already made.
func (s *Service) known(ctx context.Context, userID string, o Order) (*db.OutboundAttempt, error) {
	a, err := s.database.Writer.OutboundAttempt.Query().
		Where(outboundattempt.AuthorID(userID), outboundattempt.IdempotencyKey(o.Key)).Only(ctx)
	if db.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return a, o.same(a)
}

// repeat answers a key that was used before with what its attempt came to.
func (s *Service) repeat(a *db.OutboundAttempt, err error) (string, error) {
	if err != nil {
		return "", err
	}
	if a.State == outboundattempt.StateFAILED {
		return a.ID, Failure(a)
	}
	return a.ID, nil
}

func (s *Service) visible(ctx context.Context, id string) (*db.Ticket, error) {
	t, err := s.database.Reader.Ticket.Get(ctx, id)
	if db.IsNotFound(err) {
		return nil, fault.New(fault.NotFound, "ticketId")
	}
	return t, err
}

// refresh reads a complaint from Reclame Aqui when the last read is too old to act on (rule T6).
// When it cannot be read nothing is sent. Orders on one complaint share one read: repeats of
// a key must not use up the calls of the first.
func (s *Service) refresh(ctx context.Context, t *db.Ticket) error {
	if s.Now().Sub(t.ReadAt) <= freshness {
		return nil
	}
	_, err, _ := s.reads.Do(t.ID, func() (any, error) { return nil, s.read(ctx, t.ID) })
	return err
}

func (s *Service) read(ctx context.Context, ticketID string) error {
	t, err := s.database.Writer.Ticket.Get(ctx, ticketID)
	if err != nil {
		return err
	}
	began := s.Now()
	if began.Sub(t.ReadAt) <= freshness {
		return nil // another order has had it read meanwhile
	}
	row, client, err := s.account(ctx, t)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	page, err := client.Read(ctx, t.ComplaintID)
	if err != nil {
		return account.Upstream(err)
	}
	_, err = s.Tickets.Merge(ctx, ticket.Read{
		Defaults: s.Defaults(row), Cause: ticketevent.CauseAGENT_ACTION, Complaints: page.Complaints, At: began,
	})
	return err
}

// account opens the integration's account for an agent.
func (s *Service) account(ctx context.Context, t *db.Ticket) (*db.Integration, *reclameaqui.Client, error) {
	row, err := s.database.Writer.Integration.Query().Where(integration.ID(t.IntegrationID)).WithSyncState().WithOccurrence().Only(ctx)
	if err != nil {
		return nil, nil, err
	}
	if row.State == integration.StateARCHIVED || row.State == integration.StateDRAFT {
		return nil, nil, fault.New(fault.InvalidState, "ticketId").With("state",
			fault.Text{PT: "a integração deste atendimento não está em uso", EN: "the integration of this ticket is not in use"})
	}
	client, err := s.Accounts.Client(row, quota.Agent)
	return row, client, err
}

func reference(t *db.Ticket) inbox.Reference {
	return inbox.Reference{Kind: "COMPLAINT", Value: strconv.FormatInt(t.ComplaintID, 10)}
}

package outbound

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/singleflight"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/idempotency"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/inbox"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/reclameaqui"
	"citrus.cx/channel/server/ticket"
)

// Limits of a reply.
const (
	// maxText in characters: ours, Reclame Aqui's is not known.
	maxText = 20000
	// patience is how long the call may take, the wait for a free place included.
	patience = 20 * time.Second
	// freshness is how old the last read of a complaint may be before a reply reads it again (rule T6).
	freshness = 60 * time.Second
	// settleSoon is when an attempt whose answer was lost is first looked for.
	settleSoon = time.Second
)

// Options is what sending needs.
type Options struct {
	Accounts *account.Service
	Tickets  *ticket.Store
	Inbox    *inbox.Inbox
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

// New makes the service.
func New(d *database.DB, o Options) *Service { return &Service{database: d, Options: o} }

// Reply is a public answer.
type Reply struct {
	TicketID string
	Text     string
	// LastSeenID is the last interaction that the author saw; "" says that the thread was empty.
	LastSeenID string
	// Key is the client's key of this answer.
	Key string
}

// ReplyPublicly sends a public answer and returns the id of its attempt, also with an error when
// one was made. The same key answers with the first attempt and sends nothing.
func (s *Service) ReplyPublicly(ctx context.Context, in Reply) (attemptID string, err error) {
	defer fault.Wrap(&err, "outbound.ReplyPublicly")
	viewer, err := identity.Require(ctx)
	if err != nil {
		return "", err
	}
	if err := in.check(); err != nil {
		return "", err
	}
	known, err := s.known(ctx, viewer.UserID, in)
	if err != nil || known != nil {
		return s.repeat(known, err)
	}
	t, err := s.visible(ctx, in.TicketID)
	if err != nil {
		return "", err
	}
	// From here on the client may go away: what is begun is finished and recorded.
	ctx = context.WithoutCancel(ctx)
	if err := s.refresh(ctx, t); err != nil {
		return "", err
	}
	attempt, repeated, err := s.begin(ctx, viewer.UserID, in)
	if err != nil {
		return "", err
	}
	if repeated {
		return s.repeat(attempt, nil)
	}
	return attempt.ID, s.send(ctx, t, attempt)
}

func (r *Reply) check() error {
	var problems fault.List
	r.Text = strings.TrimSpace(reclameaqui.NormalizeText(r.Text))
	switch n := utf8.RuneCountInString(r.Text); {
	case n == 0:
		problems.Add(fault.Required, "text")
	case n > maxText:
		problems.Add(fault.TooLong, "text").With("max", maxText)
	}
	if strings.ContainsRune(r.Text, 0) {
		problems.Add(fault.Invalid, "text").With("reason", fault.Text{PT: "contém um caractere nulo", EN: "it has a null character"})
	}
	switch {
	case r.Key == "":
		problems.Add(fault.Required, "idempotencyKey")
	case len(r.Key) > idempotency.MaxKey:
		problems.Add(fault.TooLong, "idempotencyKey").With("max", idempotency.MaxKey)
	}
	return problems.Err()
}

// known finds the attempt that a key already made.
func (s *Service) known(ctx context.Context, userID string, in Reply) (*db.OutboundAttempt, error) {
	a, err := s.database.Writer.OutboundAttempt.Query().
		Where(outboundattempt.AuthorID(userID), outboundattempt.IdempotencyKey(in.Key)).Only(ctx)
	if db.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return a, in.same(a)
}

// same refuses another answer under a key that was used.
func (r Reply) same(a *db.OutboundAttempt) error {
	if a.InputHash != r.hash() {
		return fault.New(fault.IdempotencyKeyReused, "idempotencyKey")
	}
	return nil
}

// hash tells two answers under one key apart; what the author had seen is no part of the answer.
func (r Reply) hash() string { return idempotency.Hash([]string{r.TicketID, r.Text}) }

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

// Failure is why an attempt failed, nil when it did not.
func Failure(a *db.OutboundAttempt) *fault.Error {
	if a.State != outboundattempt.StateFAILED {
		return nil
	}
	code := fault.UpstreamUnavailable
	if a.FailureCode != nil {
		code = fault.Code(*a.FailureCode)
	}
	f := fault.New(code)
	if a.FailureText != nil {
		f.With("reason", *a.FailureText)
	}
	if a.UpstreamCode != nil {
		f.From(*a.UpstreamCode)
	}
	return f
}

func (s *Service) visible(ctx context.Context, id string) (*db.Ticket, error) {
	t, err := s.database.Reader.Ticket.Get(ctx, id)
	if db.IsNotFound(err) {
		return nil, fault.New(fault.NotFound, "ticketId")
	}
	return t, err
}

// refresh reads a complaint from Reclame Aqui when the last read is too old to answer on (rule T6).
// When it cannot be read the answer is not sent. Answers to one complaint share one read: repeats of
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
		return nil // another answer has had it read meanwhile
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

// begin commits the attempt, guarded against what its author has not seen: the ticket is locked,
// so of two agents who answer at once the second one sees the first one's attempt.
func (s *Service) begin(ctx context.Context, userID string, in Reply) (attempt *db.OutboundAttempt, repeated bool, err error) {
	err = s.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		t, err := s.Tickets.Lock(ctx, tx, in.TicketID)
		if err != nil {
			return err
		}
		// Looked for again under the lock: a repeat may have come in at the same time.
		attempt, err = tx.OutboundAttempt.Query().
			Where(outboundattempt.AuthorID(userID), outboundattempt.IdempotencyKey(in.Key)).Only(ctx)
		if err == nil {
			repeated = true
			return in.same(attempt)
		}
		if !db.IsNotFound(err) {
			return err
		}
		twins, err := s.guard(ctx, tx, t, in)
		if err != nil {
			return err
		}
		attempt, err = tx.OutboundAttempt.Create().SetTicketID(t.ID).SetAuthorID(userID).
			SetKind(outboundattempt.KindPUBLIC_REPLY).SetText(in.Text).SetIdempotencyKey(in.Key).
			SetInputHash(in.hash()).SetKnownTwins(twins).Save(ctx)
		if err != nil {
			return err
		}
		return s.Tickets.Record(ctx, tx, t.ID, ticket.Act{
			Kind: ticketevent.KindOUTBOUND_CHANGED, Cause: ticketevent.CauseAGENT_ACTION,
			ActorKind: ticketevent.ActorKindAGENT, ActorID: &userID,
			Changes: []ticket.Changed{{Field: "outboundAttempts", New: string(attempt.State)}},
		})
	})
	if database.IsUnique(err) {
		// The key was used on another ticket at the same time, whose lock is another one.
		err = fault.New(fault.IdempotencyKeyReused, "idempotencyKey")
	}
	return attempt, repeated, err
}

func reference(t *db.Ticket) inbox.Reference {
	return inbox.Reference{Kind: "COMPLAINT", Value: strconv.FormatInt(t.ComplaintID, 10)}
}

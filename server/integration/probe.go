package integration

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/reclameaqui"
)

// StepName is a step of the test of a connection.
type StepName string

// The steps (rule A7); the contract's enum ConnectionStepName has the same values.
const (
	StepReach        StepName = "REACH"
	StepAuthenticate StepName = "AUTHENTICATE"
	StepListPages    StepName = "LIST_PAGES"
	StepCountTickets StepName = "COUNT_TICKETS"
)

// Step is how a step of the test went. It is kept as JSON for repeats of a test's key.
type Step struct {
	Name StepName
	// OK is nil when the step was not tried.
	OK      *bool
	Failure *StepFailure
	Detail  fault.Text
}

// StepFailure is a failure in a form that can be kept.
type StepFailure struct {
	Code         fault.Code
	Reason       string
	UpstreamCode string
	RetryAfter   time.Duration
}

// Fault is the failure as the contract says it.
func (f StepFailure) Fault() *fault.Error {
	return fault.New(f.Code).With("reason", f.Reason).From(f.UpstreamCode).After(f.RetryAfter)
}

// TestConnection tries the saved credentials step by step: reach, authenticate, list pages, count
// tickets (rule A7). A step that fails ends it and is no error of the test.
func (s *Service) TestConnection(ctx context.Context, id, key string) (steps []Step, err error) {
	defer fault.Wrap(&err, "integration.TestConnection")
	viewer, err := identity.Require(ctx, user.RoleADMIN)
	if err != nil {
		return nil, err
	}
	return askOnce(ctx, s, viewer.UserID, "testReclameAquiConnection", key, id,
		func(ctx context.Context) ([]Step, error) { return s.test(ctx, id) })
}

func (s *Service) test(ctx context.Context, id string) ([]Step, error) {
	row, err := s.asked(ctx, id)
	if err != nil {
		return nil, err
	}
	client, err := s.asking(row)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	t := tester{ctx: ctx, asker: client}
	_, err = client.Token(ctx)
	reached := err
	if answered(err) {
		reached = nil
	}
	t.step(StepReach, reached, fault.Text{})
	t.step(StepAuthenticate, err, fault.Text{})
	if t.ended {
		return t.rest(StepListPages, StepCountTickets), nil
	}
	companies, err := client.Companies(ctx)
	if err == nil && len(companies) == 0 {
		err = fault.New(fault.UpstreamNoCompany)
	}
	t.step(StepListPages, err, fault.Text{PT: fmt.Sprintf("%d página(s)", len(companies)), EN: fmt.Sprintf("%d page(s)", len(companies))})
	if t.ended || row.PageID == nil {
		return t.rest(StepCountTickets), nil
	}
	count, err := client.Count(ctx, reclameaqui.Query{CompanyID: *row.PageID})
	t.step(StepCountTickets, err, fault.Text{PT: fmt.Sprintf("%d atendimento(s)", count.Total), EN: fmt.Sprintf("%d ticket(s)", count.Total)})
	return t.steps, nil
}

// answered says that Reclame Aqui said something, be it no.
func answered(err error) bool {
	var e *reclameaqui.Error
	return errors.As(err, &e) && e.Status != 0 && e.Status < 500
}

// tester collects steps until one fails.
type tester struct {
	ctx   context.Context
	asker *asker
	steps []Step
	ended bool
}

func (t *tester) step(name StepName, err error, found fault.Text) {
	if t.ended {
		t.steps = append(t.steps, Step{Name: name})
		return
	}
	ok := err == nil
	step := Step{Name: name, OK: &ok}
	if ok {
		step.Detail = found
	} else {
		t.ended = true
		step.Failure = stepFailure(t.asker.verdict(t.ctx, err))
	}
	t.steps = append(t.steps, step)
}

func (t *tester) rest(names ...StepName) []Step {
	for _, n := range names {
		t.steps = append(t.steps, Step{Name: n})
	}
	return t.steps
}

func stepFailure(err error) *StepFailure {
	list, ok := fault.All(err)
	if !ok {
		return &StepFailure{Code: fault.UpstreamUnavailable}
	}
	reason, _ := list[0].Params["reason"].(string)
	return &StepFailure{Code: list[0].Code, Reason: reason, UpstreamCode: list[0].UpstreamCode, RetryAfter: list[0].RetryAfter}
}

// Preview is what a first sync would take.
type Preview struct {
	Tickets, Calls int
	// Minutes to a tenth.
	Minutes float64
	From    time.Time
}

// PreviewSync says what the first sync over a number of months would take, for one call (rule A8).
func (s *Service) PreviewSync(ctx context.Context, id string, months *int, key string) (p Preview, err error) {
	defer fault.Wrap(&err, "integration.PreviewSync")
	viewer, err := identity.Require(ctx, user.RoleADMIN)
	if err != nil {
		return Preview{}, err
	}
	return askOnce(ctx, s, viewer.UserID, "previewSync", key, []any{id, months},
		func(ctx context.Context) (Preview, error) { return s.previewOf(ctx, id, months) })
}

func (s *Service) previewOf(ctx context.Context, id string, months *int) (Preview, error) {
	row, err := s.asked(ctx, id)
	if err != nil {
		return Preview{}, err
	}
	if months == nil {
		months = row.RetroactiveMonths
	}
	var problems fault.List
	if months == nil {
		problems.Add(fault.Required, "retroactiveMonths")
	} else {
		checkRange(Set[int]{Given: true, Value: months}, "retroactiveMonths", 0, maxMonths, &problems)
	}
	if row.PageID == nil {
		problems.Add(fault.Required, "pageId")
	}
	if err := problems.Err(); err != nil {
		return Preview{}, err
	}
	return s.preview(ctx, row, *months)
}

func (s *Service) preview(ctx context.Context, row *db.Integration, months int) (Preview, error) {
	client, err := s.asking(row)
	if err != nil {
		return Preview{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	from := WindowFrom(s.options.Now(), months, s.options.Zone)
	count, err := client.Count(ctx, reclameaqui.Query{CompanyID: *row.PageID, CreatedFrom: from})
	if err != nil {
		return Preview{}, client.verdict(ctx, err)
	}
	budget, err := s.options.Budgets.State(identity.System(ctx), s.Credential(row))
	if err != nil {
		return Preview{}, err
	}
	calls, minutes := cost(count.Total, budget.Limit)
	return Preview{Tickets: count.Total, Calls: calls, Minutes: minutes, From: from}, nil
}

// cost is how many calls a first sync takes and how many minutes they are, to a tenth. It is pure:
// one count, then pages that repeat the complaint at their edge. A backfill has the limit less what
// is held for agents: a first burst of that many, and from the second minute on a steady pace.
func cost(tickets, limit int) (calls int, minutes float64) {
	pages := 1
	if tickets > reclameaqui.MaxPageSize {
		pages += int(math.Ceil(float64(tickets-reclameaqui.MaxPageSize) / float64(reclameaqui.MaxPageSize-1)))
	}
	calls = pages + 1
	share := max(limit-quota.DefaultHeld, 1)
	if calls <= share {
		return calls, 0.1
	}
	return calls, math.Round(10*(1+float64(calls-share-1)/float64(share))) / 10
}

// asked is the integration of an administrator's question.
func (s *Service) asked(ctx context.Context, id string) (*db.Integration, error) {
	row, err := s.database.Reader.Integration.Query().Where(integration.ID(id)).Only(ctx)
	if db.IsNotFound(err) {
		return nil, fault.New(fault.NotFound, "id")
	}
	return row, err
}

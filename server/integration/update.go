package integration

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/fold"
	"citrus.cx/channel/server/idempotency"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/secret"
)

// Set is a field of a change: absent (the zero value), emptied (Value nil), or given.
type Set[T any] struct {
	Given bool
	Value *T
}

// Change is the second step of the screen (rules A4 to A11): what is not given stays as it is.
type Change struct {
	Name                           Set[string]
	CompanyEmail                   Set[string]
	APIUsername                    Set[string]
	APIPassword                    Set[secret.Text]
	SyncIntervalMinutes            Set[int]
	RetroactiveMonths              Set[int]
	SyncGroupID                    Set[string]
	PageID                         Set[string]
	CompanyName, ReclameAquiID     Set[string]
	AutoConversion                 Set[bool]
	CustomerTypeID, RegionID       Set[string]
	CreatorID, SectorID            Set[string]
	OccurrenceTypeID, OccurrenceID Set[string]
	SolutionIDs                    Set[[]string]
	DefaultSolutionID              Set[string]
}

// Update saves a change over the version that its author saw. Everything that is wrong with it
// is answered at once and nothing is saved; a stale version is CONFLICT; an edit that would
// leave an active integration incomplete is INCOMPLETE.
func (s *Service) Update(ctx context.Context, id string, version int, c Change, key string) (_ string, err error) {
	defer fault.Wrap(&err, "integration.Update")
	viewer, err := identity.Require(ctx, user.RoleADMIN)
	if err != nil {
		return "", err
	}
	var problems fault.List
	c.check(&problems)
	if err := problems.Err(); err != nil {
		return "", err
	}
	input := struct {
		ID       string
		Version  int
		Change   Change
		Password string
	}{id, version, c, s.passwordMark(c)}
	_, err = idempotency.Once(ctx, s.database, viewer.UserID, "updateIntegration", key, input,
		func(ctx context.Context, tx *db.Tx) (string, error) { return id, s.update(ctx, tx, id, version, c) })
	if database.IsUnique(err) {
		err = fault.New(fault.PageInUse, "pageId")
	}
	if err == nil {
		s.options.Changed()
	}
	return id, err
}

// passwordMark tells two passwords apart for idempotency without keeping anything that leads to them.
func (s *Service) passwordMark(c Change) string {
	if c.APIPassword.Value == nil {
		return ""
	}
	mac := hmac.New(sha256.New, s.options.Keys.Derive("idempotency"))
	mac.Write([]byte(c.APIPassword.Value.Reveal()))
	return hex.EncodeToString(mac.Sum(nil))
}

func (s *Service) update(ctx context.Context, tx *db.Tx, id string, version int, c Change) error {
	row, err := s.load(ctx, tx, id)
	if err != nil {
		return err
	}
	if row.State == integration.StateARCHIVED {
		return wrongState(row.State)
	}
	if row.Version != version {
		return fault.New(fault.Conflict, "version")
	}
	return s.recorded(ctx, tx, auditentry.ActionUPDATED, row, func() error { return s.save(ctx, tx, row, c) })
}

// save writes a change over the row that its author saw.
func (s *Service) save(ctx context.Context, tx *db.Tx, row *db.Integration, c Change) error {
	up := tx.Integration.UpdateOne(row).AddVersion(1)
	var problems fault.List
	c.fields(up)
	s.password(up, row.ID, c)
	if err := choose(ctx, tx, row, c, up, &problems); err != nil {
		return err
	}
	if err := choosePage(ctx, tx, row, c, up, &problems); err != nil {
		return err
	}
	if err := problems.Err(); err != nil {
		return err
	}
	if err := up.Exec(ctx); err != nil {
		return err
	}
	return s.afterUpdate(ctx, tx, row.ID)
}

// afterUpdate looks at the whole of what was saved: the cascade, completeness when it is active, a longer first sync.
func (s *Service) afterUpdate(ctx context.Context, tx *db.Tx, id string) error {
	row, err := s.load(ctx, tx, id)
	if err != nil {
		return err
	}
	if !inUse(row) {
		var problems fault.List
		cascade(choicesOf(row), &problems)
		return problems.Err()
	}
	if err := leaves(row); err != nil {
		return err
	}
	if row.Edges.SyncState != nil { // whatever held it up may be mended
		// The step: what a call under way finds out about the old configuration is not kept.
		if err := tx.SyncState.UpdateOne(row.Edges.SyncState).AddStep(1).ClearRetryAt().SetFailures(0).Exec(ctx); err != nil {
			return err
		}
		if err := quota.Mended(ctx, tx, s.Credential(row)); err != nil {
			return err
		}
	}
	return s.extendBackfill(ctx, tx, row)
}

// inUse says whether an integration must stay complete: a paused one mirrors nothing, and agents still answer its tickets.
func inUse(row *db.Integration) bool {
	return row.State == integration.StateACTIVE || row.State == integration.StatePAUSED
}

// extendBackfill lets the first sync go on when the months were raised (rule A12), also one that was cancelled.
func (s *Service) extendBackfill(ctx context.Context, tx *db.Tx, row *db.Integration) error {
	state := row.Edges.SyncState
	if state == nil || row.RetroactiveMonths == nil {
		return nil
	}
	from := WindowFrom(state.CreatedAt, *row.RetroactiveMonths, s.options.Zone)
	if !from.Before(state.WindowFrom) {
		return nil
	}
	return tx.SyncState.UpdateOne(state).SetWindowFrom(from).AddStep(1).
		ClearBackfillDoneAt().ClearBackfillTotal().ClearBackfillCancelledAt().Exec(ctx)
}

// fields writes what needs no look at anything else; c has been checked.
func (c Change) fields(up *db.IntegrationUpdateOne) {
	if c.Name.Given {
		up.SetName(*c.Name.Value).SetNameFolded(fold.Text(*c.Name.Value))
	}
	write(c.CompanyEmail, up.SetCompanyEmail, up.ClearCompanyEmail)
	write(c.APIUsername, up.SetAPIUsername, up.ClearAPIUsername)
	write(c.SyncIntervalMinutes, up.SetSyncIntervalMinutes, up.ClearSyncIntervalMinutes)
	write(c.RetroactiveMonths, up.SetRetroactiveMonths, up.ClearRetroactiveMonths)
	write(c.CompanyName, up.SetCompanyName, up.ClearCompanyName)
	write(c.ReclameAquiID, up.SetReclameAquiID, up.ClearReclameAquiID)
	if c.AutoConversion.Given {
		up.SetAutoConversion(c.AutoConversion.Value != nil && *c.AutoConversion.Value)
	}
}

func write[T any](f Set[T], set func(T) *db.IntegrationUpdateOne, empty func() *db.IntegrationUpdateOne) {
	switch {
	case !f.Given:
	case f.Value == nil:
		empty()
	default:
		set(*f.Value)
	}
}

func (s *Service) password(up *db.IntegrationUpdateOne, id string, c Change) {
	switch {
	case !c.APIPassword.Given:
	case c.APIPassword.Value == nil:
		up.ClearAPIPassword().ClearAPIPasswordSetAt()
	default:
		up.SetAPIPassword(s.options.Keys.Seal([]byte(c.APIPassword.Value.Reveal()), "integrations", "api_password", id)).
			SetAPIPasswordSetAt(s.options.Now())
	}
}

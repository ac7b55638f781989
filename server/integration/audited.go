package integration

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/callbacktoken"
	"citrus.cx/channel/server/audit"
	"citrus.cx/channel/server/identity"
)

// actions is what the audit calls the verbs of one integration; any other is an update.
var actions = map[string]auditentry.Action{
	"activateIntegration": auditentry.ActionACTIVATED,
	"pauseIntegration":    auditentry.ActionPAUSED,
	"archiveIntegration":  auditentry.ActionARCHIVED,
	"restoreIntegration":  auditentry.ActionRESTORED,
	"rotateCallbackUrl":   auditentry.ActionCALLBACK_URL_ROTATED,
}

// recorded runs a change of an integration, which was loaded in this transaction, and keeps in
// the audit what became of it.
func (s *Service) recorded(ctx context.Context, tx *db.Tx, action auditentry.Action, row *db.Integration, change func() error) error {
	before, err := audited(ctx, tx, row)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	return s.record(ctx, tx, action, row.ID, before)
}

// record keeps in the audit what an integration has become; before is how it was, nil for a new one.
func (s *Service) record(ctx context.Context, tx *db.Tx, action auditentry.Action, id string, before []audit.Field) error {
	row, err := s.load(ctx, tx, id)
	if err != nil {
		return err
	}
	after, err := audited(ctx, tx, row)
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{
		At: s.options.Now(), ActorID: identity.Actor(ctx), Action: cmp.Or(action, auditentry.ActionUPDATED), Kind: auditentry.SubjectKindINTEGRATION,
		ID: id, Name: row.Name, Changes: audit.Diff(before, after),
	})
}

// audited are an integration's fields as the audit keeps them, in the order of the screen.
func audited(ctx context.Context, tx *db.Tx, row *db.Integration) ([]audit.Field, error) {
	tokens, err := tx.CallbackToken.Query().Where(callbacktoken.IntegrationID(row.ID), callbacktoken.ExpiresAtIsNil()).
		Order(callbacktoken.ByID()).Select(callbacktoken.FieldHash).Strings(ctx)
	if err != nil {
		return nil, err
	}
	pages := make([]string, len(row.AvailablePages))
	for i, p := range row.AvailablePages {
		pages[i] = fmt.Sprintf("%s (%d)", p.Name, p.ID)
	}
	solutions := make([]string, len(row.Edges.Solutions))
	for i, e := range row.Edges.Solutions {
		solutions[i] = e.ID
	}
	return []audit.Field{
		audit.Value("name", row.Name),
		audit.Value("channel", row.Channel),
		audit.Value("kind", row.Kind),
		audit.Value("state", row.State),
		audit.Optional("companyEmail", row.CompanyEmail),
		audit.Secret("callbackUrl", []byte(strings.Join(tokens, " "))),
		audit.Optional("apiUsername", row.APIUsername),
		audit.Secret("apiPassword", row.APIPassword),
		audit.Optional("syncIntervalMinutes", row.SyncIntervalMinutes),
		audit.Optional("retroactiveMonths", row.RetroactiveMonths),
		audit.Optional("syncGroupId", row.SyncGroupID),
		audit.List("availablePages", pages),
		audit.Time("pagesFetchedAt", row.PagesFetchedAt),
		audit.Optional("pageId", row.PageID),
		audit.Optional("companyName", row.CompanyName),
		audit.Optional("reclameAquiId", row.ReclameAquiID),
		audit.Value("autoConversion", row.AutoConversion),
		audit.Optional("customerTypeId", row.CustomerTypeID),
		audit.Optional("regionId", row.RegionID),
		audit.Optional("creatorId", row.CreatorID),
		audit.Optional("sectorId", row.SectorID),
		audit.Optional("occurrenceTypeId", row.OccurrenceTypeID),
		audit.Optional("occurrenceId", row.OccurrenceID),
		audit.List("solutionIds", solutions),
		audit.Optional("defaultSolutionId", row.DefaultSolutionID),
	}, nil
}

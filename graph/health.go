package graph

import (
	"context"

	"entgo.io/contrib/entgql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/alarm"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/health"
	"citrus.cx/channel/server/identity"
)

// Health is the field of the same name.
func (r integrationResolver) Health(ctx context.Context, row *db.Integration) (*exec.HealthStatus, error) {
	report, err := loadersOf(ctx).health.Load(ctx, row.ID)
	if report == nil {
		return nil, err
	}
	status := exec.HealthStatus(report.Status)
	return &status, nil
}

// HealthReport is the field of the same name.
func (r integrationResolver) HealthReport(ctx context.Context, row *db.Integration) (*exec.IntegrationHealth, error) {
	report, err := loadersOf(ctx).health.Load(ctx, row.ID)
	if report == nil {
		return nil, err
	}
	return told(languageOf(ctx), row, *report), nil
}

// reports judges integrations, as many at once as came together.
func (r *resolver) reports(ctx context.Context, ids []string) (map[string]*health.Report, error) {
	judged, err := r.Services.Health.Reports(ctx, ids)
	if err != nil {
		return nil, err
	}
	reports := make(map[string]*health.Report, len(judged))
	for id, report := range judged {
		reports[id] = &report
	}
	return reports, nil
}

// told says a report in the contract's words and a language.
func told(lang fault.Language, row *db.Integration, r health.Report) *exec.IntegrationHealth {
	out := &exec.IntegrationHealth{
		Integration: *row, Status: exec.HealthStatus(r.Status), Problems: make([]*exec.HealthProblem, len(r.Problems)),
		Callbacks: exec.CallbackHealth{
			LastAt: r.Callbacks.LastAt, AnnouncedShare: r.Callbacks.Share(), Announced: r.Callbacks.Announced,
			Found: r.Callbacks.Found, SilentChanges: r.Callbacks.Silent,
		},
		Quarantined: r.Quarantined, CheckedAt: r.CheckedAt,
	}
	for i, p := range r.Problems {
		out.Problems[i] = &exec.HealthProblem{
			Code: exec.HealthProblemCode(p.Code), Severity: exec.HealthSeverity(p.Severity),
			Message: p.Code.Message(lang), Advice: p.Code.Advice(lang), Since: p.Since, RetryAt: p.RetryAt,
		}
	}
	return out
}

// IntegrationHealth is the subscription of the same name.
func (r subscriptionResolver) IntegrationHealth(ctx context.Context, integrationIDs []string) (<-chan *exec.IntegrationHealth, error) {
	viewer, err := identity.Require(ctx, user.RoleADMIN)
	if err != nil {
		return nil, err
	}
	watch := r.Services.Health.Watch(integrationIDs)
	updates := make(chan *exec.IntegrationHealth)
	go func() {
		defer close(updates)
		defer watch.Close()
		r.ended(ctx, r.watch(ctx, viewer, watch, updates))
	}()
	return updates, nil
}

// watch sends reports until the context ends. Who follows is asked for his role whenever all have been judged again, so
// that it ends soon after he has lost it, whether anything happens or not.
func (r subscriptionResolver) watch(ctx context.Context, viewer identity.Viewer, watch *health.Watch, updates chan<- *exec.IntegrationHealth) error {
	for {
		reports, err := watch.Next(ctx)
		if err != nil {
			return err
		}
		if viewer, err = r.Identity.Again(ctx, viewer); err != nil {
			return err
		}
		ctx := identity.With(ctx, viewer)
		if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
			return err
		}
		rows, err := r.integrationsOf(ctx, reports)
		if err != nil {
			return err
		}
		for _, report := range reports {
			row, there := rows[report.IntegrationID]
			if !there {
				continue
			}
			select {
			case updates <- told(languageOf(ctx), row, report):
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// integrationsOf reads what reports are about.
func (r *resolver) integrationsOf(ctx context.Context, reports []health.Report) (map[string]*db.Integration, error) {
	if len(reports) == 0 {
		return nil, nil
	}
	ids := make([]string, len(reports))
	for i, report := range reports {
		ids[i] = report.IntegrationID
	}
	return r.owners(ctx, ids)
}

// latestAlarmFirst orders alarms by their ids, which sort by time.
var latestAlarmFirst = &db.AlarmOrder{Direction: entgql.OrderDirectionDesc, Field: db.DefaultAlarmOrder.Field}

// Alarms is the field of the same name.
func (r queryResolver) Alarms(
	ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string],
	integrationIDs []string, lasting *bool,
) (*db.AlarmConnection, error) {
	if _, err := identity.Require(ctx, user.RoleADMIN); err != nil {
		return nil, err
	}
	query := r.Reader.Alarm.Query()
	if integrationIDs != nil {
		query.Where(alarm.IntegrationIDIn(integrationIDs...))
	}
	if lasting != nil && *lasting {
		query.Where(alarm.ClearedAtIsNil())
	} else if lasting != nil {
		query.Where(alarm.ClearedAtNotNil())
	}
	return query.Paginate(ctx, after, first, before, last, db.WithAlarmOrder(latestAlarmFirst))
}

// Integration is the field of the same name.
func (r alarmResolver) Integration(ctx context.Context, a *db.Alarm) (*db.Integration, error) {
	return loadersOf(ctx).owner.Load(ctx, a.IntegrationID)
}

// Code is the field of the same name.
func (r alarmResolver) Code(_ context.Context, a *db.Alarm) (exec.HealthProblemCode, error) {
	return exec.HealthProblemCode(a.Code), nil
}

// Message is the field of the same name.
func (r alarmResolver) Message(ctx context.Context, a *db.Alarm) (string, error) {
	return health.Code(a.Code).Message(languageOf(ctx)), nil
}

// Advice is the field of the same name.
func (r alarmResolver) Advice(ctx context.Context, a *db.Alarm) (string, error) {
	return health.Code(a.Code).Advice(languageOf(ctx)), nil
}

package graph

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/fault"
	account "citrus.cx/channel/server/integration"
)

// MissingFields is the field of the same name.
func (r integrationResolver) MissingFields(ctx context.Context, row *db.Integration) ([]*exec.MissingField, error) {
	whole, err := loadersOf(ctx).whole.Load(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	missing := []*exec.MissingField{}
	seen := map[string]bool{}
	for _, f := range account.Missing(whole) {
		if seen[f.Field[0]] {
			continue
		}
		seen[f.Field[0]] = true
		field, err := r.missingField(ctx, whole, f)
		if err != nil {
			return nil, err
		}
		missing = append(missing, field)
	}
	return missing, nil
}

func (r integrationResolver) missingField(ctx context.Context, whole *db.Integration, f *fault.Error) (*exec.MissingField, error) {
	how := account.FieldOf(f.Field[0])
	out := &exec.MissingField{
		Field: f.Field[0], Code: exec.ErrorCode(f.Code), Message: f.Message(languageOf(ctx)), Kind: exec.FormFieldKind(how.Kind),
	}
	if how.Kind == account.FieldInteger {
		out.Min, out.Max = &how.Min, &how.Max
	}
	options, err := r.Services.Integration.Options(ctx, whole, f.Field[0])
	if err != nil || options == nil {
		return out, err
	}
	out.Options = []*exec.FormOption{}
	for _, o := range options {
		out.Options = append(out.Options, &exec.FormOption{Value: o.Value, Label: o.Label})
	}
	return out, nil
}

// AvailableActions is the field of the same name.
func (r integrationResolver) AvailableActions(ctx context.Context, row *db.Integration) ([]*exec.AvailableIntegrationAction, error) {
	whole, err := loadersOf(ctx).whole.Load(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	out := []*exec.AvailableIntegrationAction{}
	for _, a := range account.Actions(whole) {
		action := &exec.AvailableIntegrationAction{Action: exec.IntegrationAction(a.Action), Allowed: a.Reason == nil}
		if a.Reason != nil {
			text := a.Reason.In(languageOf(ctx))
			action.Reason = &text
		}
		out = append(out, action)
	}
	return out, nil
}

// RotateCallbackURL is the mutation rotateCallbackUrl.
func (r mutationResolver) RotateCallbackURL(ctx context.Context, in exec.RotateCallbackURLInput) (*exec.RotateCallbackURLPayload, error) {
	_, err := r.Services.Integration.RotateCallback(ctx, in.ID, given(in.OverlapHours), text(in.IdempotencyKey))
	entry, problems, err := changed(ctx, r.Reader.Integration.Get, in.ID, err)
	return &exec.RotateCallbackURLPayload{Integration: entry, Errors: problems}, err
}

// TestReclameAquiConnection is the mutation of the same name.
func (r mutationResolver) TestReclameAquiConnection(ctx context.Context, in exec.TestReclameAquiConnectionInput) (*exec.TestReclameAquiConnectionPayload, error) {
	steps, err := r.Services.Integration.TestConnection(ctx, in.ID, text(in.IdempotencyKey))
	problems, err := userErrors(ctx, err)
	out := &exec.TestReclameAquiConnectionPayload{Steps: []*exec.ConnectionStep{}, Errors: problems}
	for _, s := range steps {
		step := &exec.ConnectionStep{Name: exec.ConnectionStepName(s.Name), Ok: s.OK}
		if s.Failure != nil {
			step.Error = userError(ctx, s.Failure.Fault())
		}
		if detail := s.Detail.In(languageOf(ctx)); detail != "" {
			step.Detail = &detail
		}
		out.Steps = append(out.Steps, step)
	}
	return out, err
}

// PreviewSync is the mutation of the same name.
func (r mutationResolver) PreviewSync(ctx context.Context, in exec.PreviewSyncInput) (*exec.PreviewSyncPayload, error) {
	p, err := r.Services.Integration.PreviewSync(ctx, in.ID, given(in.RetroactiveMonths), text(in.IdempotencyKey))
	problems, internal := userErrors(ctx, err)
	out := &exec.PreviewSyncPayload{Errors: problems}
	if err == nil {
		out.Preview = &exec.SyncPreview{Tickets: p.Tickets, Calls: p.Calls, Minutes: p.Minutes, From: p.From}
	}
	return out, internal
}

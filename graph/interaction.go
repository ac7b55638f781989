package graph

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/graph/internal/exec"
)

// Author is the field of the same name.
func (r interactionResolver) Author(_ context.Context, in *db.Interaction) (*exec.InteractionAuthor, error) {
	return &exec.InteractionAuthor{Kind: in.AuthorKind, Name: in.AuthorName}, nil
}

// Type is the field of the same name.
func (r interactionResolver) Type(_ context.Context, in *db.Interaction) (*exec.ReclameAquiKind, error) {
	return &exec.ReclameAquiKind{ID: in.TypeID, Name: in.TypeName}, nil
}

// Details is the field of the same name.
func (r interactionResolver) Details(_ context.Context, in *db.Interaction) ([]*exec.InteractionDetail, error) {
	return shown(in.Details.List, func(d schema.InteractionDetail) *exec.InteractionDetail {
		return &exec.InteractionDetail{
			Kind: exec.InteractionDetailKind(d.Kind), TypeID: d.TypeID, Label: d.Label, Value: d.Value, Code: orNothing(d.Code),
		}
	}), nil
}

// Facts is the field of the same name.
func (r interactionResolver) Facts(_ context.Context, in *db.Interaction) ([]*exec.ReclameAquiFact, error) {
	return shown(in.Details.Facts, fact), nil
}

package ticket

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/schema"
)

// presence notes of the tickets of a read which complaints Reclame Aqui does not show any more, and which it
// shows again. Everything else of a ticket stays: what was there has been read, and perhaps answered.
func (w *writer) presence(ctx context.Context, tickets map[int64]*db.Ticket) error {
	var list []*db.Ticket
	for id, t := range tickets {
		gone := slices.Contains(w.read.Vanished, id)
		switch {
		case gone && t.VanishedAt == nil && t.ReadAt.Before(w.read.At):
			list = append(list, t)
		case !gone && t.VanishedAt != nil && w.read.At.After(*t.VanishedAt):
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b *db.Ticket) int { return strings.Compare(a.ID, b.ID) })
	for _, t := range list {
		if err := w.notePresence(ctx, t); err != nil {
			return fmt.Errorf("note presence: %w", err)
		}
	}
	return nil
}

func (w *writer) notePresence(ctx context.Context, t *db.Ticket) error {
	update := w.tx.Ticket.UpdateOneID(t.ID).AddVersion(1).SetLastChangedAt(w.now)
	change := schema.FieldChange{Field: "reclameAqui.vanishedAt", Old: nonEmpty(moment(t.VanishedAt))}
	if t.VanishedAt == nil {
		w.report.Vanished++
		change.New = nonEmpty(moment(&w.now))
		update.SetVanishedAt(w.now)
	} else {
		update.ClearVanishedAt()
	}
	after, err := update.Save(ctx)
	if err != nil {
		return err
	}
	draft := w.draft(after, ticketevent.KindUPDATED)
	draft.Changes = []schema.FieldChange{change}
	w.events = append(w.events, draft)
	return nil
}

package ticket

import (
	"context"
	"fmt"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/attachment"
	"citrus.cx/channel/ent/schema"
)

// newEntry is an interaction that a ticket does not have yet.
type newEntry struct {
	ticketID string
	entry    entry
}

// chunk keeps bulk inserts under SQLite's limit of 32,766 variables a statement.
const chunk = 500

func (w *writer) addEntries(ctx context.Context, entries []newEntry) error {
	creates := make([]*db.InteractionCreate, 0, len(entries))
	var files []*db.AttachmentCreate
	for _, n := range entries {
		e := n.entry
		id := schema.TimeID(schema.PrefixInteraction, e.occurredAt, e.number)
		creates = append(creates, w.tx.Interaction.Create().SetID(id).
			SetTicketID(n.ticketID).SetSourceID(e.sourceID).SetTypeID(e.typeID).SetKind(e.kind).
			SetAuthorKind(e.author).SetNillableAuthorName(e.authorName).
			SetBody(e.body).SetPrivate(e.private).SetOccurredAt(e.occurredAt))
		files = append(files, w.newFiles(id, e.files)...)
	}
	for from := 0; from < len(creates); from += chunk {
		if err := w.tx.Interaction.CreateBulk(creates[from:min(from+chunk, len(creates))]...).Exec(ctx); err != nil {
			return fmt.Errorf("create interactions: %w", err)
		}
	}
	for from := 0; from < len(files); from += chunk {
		if err := w.tx.Attachment.CreateBulk(files[from:min(from+chunk, len(files))]...).Exec(ctx); err != nil {
			return fmt.Errorf("create attachments: %w", err)
		}
	}
	return nil
}

func (w *writer) newFiles(interactionID string, files []file) []*db.AttachmentCreate {
	creates := make([]*db.AttachmentCreate, len(files))
	for i, f := range files {
		creates[i] = w.tx.Attachment.Create().SetInteractionID(interactionID).
			SetSourceID(f.sourceID).SetName(f.name).SetNillableURL(f.url)
	}
	return creates
}

// replace writes an interaction whose text or files Reclame Aqui changed; the old text stands in the event.
func (w *writer) replace(ctx context.Context, id string, e entry) error {
	err := w.tx.Interaction.UpdateOneID(id).SetBody(e.body).SetPrivate(e.private).SetTypeID(e.typeID).
		SetKind(e.kind).SetAuthorKind(e.author).Exec(ctx)
	if err != nil {
		return fmt.Errorf("update interaction: %w", err)
	}
	if _, err := w.tx.Attachment.Delete().Where(attachment.InteractionID(id)).Exec(ctx); err != nil {
		return fmt.Errorf("update attachments: %w", err)
	}
	if len(e.files) == 0 {
		return nil
	}
	return w.tx.Attachment.CreateBulk(w.newFiles(id, e.files)...).Exec(ctx)
}

package ticket

import (
	"context"
	"fmt"
	"slices"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/attachment"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
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
		creates = append(creates, w.tx.Interaction.Create().SetID(id).SetCreatedAt(w.now).SetUpdatedAt(w.now).
			SetTicketID(n.ticketID).SetSourceID(e.sourceID).SetTypeID(e.typeID).SetNillableTypeName(e.typeName).SetKind(e.kind).
			SetAuthorKind(e.author).SetNillableAuthorName(e.authorName).SetBody(e.body).SetPrivate(e.private).
			SetOccurredAt(e.occurredAt).SetNillableModifiedAt(e.modifiedAt).SetDetails(e.details))
		for _, f := range e.files {
			files = append(files, w.newFile(id, f))
		}
	}
	if err := database.Insert(ctx, w.database, w.tx, interaction.Table, interaction.Columns, creates); err != nil {
		return err
	}
	return w.addFiles(ctx, files)
}

func (w *writer) addFiles(ctx context.Context, files []*db.AttachmentCreate) error {
	return database.Insert(ctx, w.database, w.tx, attachment.Table, attachment.Columns, files)
}

func (w *writer) newFile(interactionID string, f file) *db.AttachmentCreate {
	return w.tx.Attachment.Create().SetID(schema.NewID(schema.PrefixAttachment)).SetCreatedAt(w.now).SetUpdatedAt(w.now).SetInteractionID(interactionID).
		SetSourceID(f.sourceID).SetName(f.name).SetNillableURL(f.url).SetPrivate(f.private)
}

// replace writes an interaction that Reclame Aqui changed; the old text stands in the event. Attachments keep
// their ids, which an app may hold.
func (w *writer) replace(ctx context.Context, old *db.Interaction, e entry) error {
	update := w.tx.Interaction.UpdateOneID(old.ID).SetBody(e.body).SetPrivate(e.private).SetTypeID(e.typeID).
		SetKind(e.kind).SetAuthorKind(e.author).SetDetails(e.details)
	change := update.Mutation()
	set(e.typeName, change.SetTypeName, change.ClearTypeName)
	set(e.authorName, change.SetAuthorName, change.ClearAuthorName)
	set[time.Time](e.modifiedAt, change.SetModifiedAt, change.ClearModifiedAt)
	if err := update.Exec(ctx); err != nil {
		return fmt.Errorf("update interaction: %w", err)
	}
	var files []*db.AttachmentCreate
	for _, f := range e.files {
		i := slices.IndexFunc(old.Edges.Attachments, func(a *db.Attachment) bool { return a.SourceID == f.sourceID })
		if i < 0 {
			files = append(files, w.newFile(old.ID, f))
			continue
		}
		if err := w.replaceFile(ctx, old.Edges.Attachments[i], f); err != nil {
			return err
		}
	}
	return w.addFiles(ctx, files)
}

func (w *writer) replaceFile(ctx context.Context, old *db.Attachment, f file) error {
	if old.Name == f.name && old.Private == f.private && deref(old.URL) == deref(f.url) {
		return nil
	}
	update := w.tx.Attachment.UpdateOneID(old.ID).SetName(f.name).SetPrivate(f.private)
	set(f.url, update.Mutation().SetURL, update.Mutation().ClearURL)
	if err := update.Exec(ctx); err != nil {
		return fmt.Errorf("update attachment: %w", err)
	}
	return nil
}

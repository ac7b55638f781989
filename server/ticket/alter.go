package ticket

import (
	"slices"
	"strconv"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/ticketevent"
)

// thread finds new and altered entries; spoke says whether the consumer wrote (a replica or a private message).
// What Reclame Aqui does not show any more stays: it has been said, and somebody may have acted on it.
func (out *decision) thread(known []*db.Interaction, m mirror) (spoke bool) {
	bySource := make(map[string]*db.Interaction, len(known))
	complained := false
	for _, in := range known {
		bySource[in.SourceID] = in
		complained = complained || in.Kind == interaction.KindCOMPLAINT
	}
	for _, e := range m.entries {
		old, ok := bySource[e.sourceID]
		if !ok {
			if complained && e.kind == interaction.KindCOMPLAINT && e.author == interaction.AuthorKindCONSUMER {
				e.kind = interaction.KindREPLICA // the complaint itself is here, whether RA still shows it or not
			}
			out.added = append(out.added, e)
			out.kind = ticketevent.KindINTERACTION_ADDED
			spoke = spoke || consumerSpeaks(e)
			continue
		}
		if e.typeID == old.TypeID && e.author == old.AuthorKind && e.private == old.Private {
			e.kind = old.Kind // which one is the complaint does not change with what else is shown
		}
		if out.entry(old, e) {
			out.replaced[old.ID] = e
		}
	}
	if len(out.added) > 0 {
		before, after := strconv.Itoa(len(known)), strconv.Itoa(len(known)+len(out.added))
		out.change("interactions", &before, &after)
	}
	return spoke
}

func consumerSpeaks(e entry) bool {
	return e.author == interaction.AuthorKindCONSUMER &&
		(e.kind == interaction.KindREPLICA || e.kind == interaction.KindPRIVATE_MESSAGE)
}

// entry compares an interaction with what is known of it; differs says that something is to be written, be it
// worth an event or not.
func (out *decision) entry(old *db.Interaction, e entry) (differs bool) {
	before := len(out.changes)
	if old.Body != e.body {
		out.change("interactions", &old.Body, &e.body)
	}
	out.compare("interactions.type", statusText(old.TypeID, deref(old.TypeName)), statusText(e.typeID, deref(e.typeName)))
	out.compare("interactions.kind", string(old.Kind), string(e.kind))
	out.compare("interactions.author", together(string(old.AuthorKind), deref(old.AuthorName)), together(string(e.author), deref(e.authorName)))
	out.compare("interactions.private", strconv.FormatBool(old.Private), strconv.FormatBool(e.private))
	out.compare("interactions.modifiedAt", moment(old.ModifiedAt), moment(e.modifiedAt))
	out.compare("interactions.details", asText(old.Details.List), asText(e.details.List))
	told := len(out.changes) > before
	filesDiffer := out.files(old.Edges.Attachments, e.files)
	return told || filesDiffer || !slices.Equal(old.Details.Facts, e.details.Facts)
}

// files compares attachments. One that Reclame Aqui does not list any more stays, as an entry does.
func (out *decision) files(known []*db.Attachment, files []file) (differ bool) {
	for _, f := range files {
		i := slices.IndexFunc(known, func(a *db.Attachment) bool { return a.SourceID == f.sourceID })
		if i < 0 {
			out.compare("interactions.attachments", "", f.name)
			differ = true
			continue
		}
		old := known[i]
		out.compare("interactions.attachments", fileText(old.Name, old.Private), fileText(f.name, f.private))
		differ = differ || old.Name != f.name || old.Private != f.private || deref(old.URL) != deref(f.url)
	}
	return differ
}

func fileText(name string, private bool) string {
	if private {
		return name + " (private)"
	}
	return name
}

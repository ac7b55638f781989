package ticket

import (
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/reclameaqui"
)

// entry is an interaction in our words.
type entry struct {
	sourceID   string
	number     int64 // orders entries of one moment
	typeID     int
	typeName   *string
	kind       interaction.Kind
	author     interaction.AuthorKind
	authorName *string
	body       string
	private    bool
	occurredAt time.Time
	modifiedAt *time.Time
	details    schema.InteractionDetails
	files      []file
}

// Reclame Aqui's types of interactions (section 4.3 of the wire contract).
const (
	typeComplaint      = 1
	typeReply          = 2
	typePrivateCompany = 3
	typePrivateClient  = 6
	typeModeration     = 8
	typeModerated      = 9
	typeRedistribution = 10
	typeEvaluation     = 11
	typeAutoModeration = 151
)

// convertThread says the interactions of both sides in our words, oldest first. An entry without a date counts
// as made when the complaint was last modified, so that something new never hides among the old.
func convertThread(c reclameaqui.Complaint, made, modified time.Time) []entry {
	var entries []entry
	at := map[string]int{}
	complained := false
	whole := true
	for _, in := range c.Thread() {
		if in.ID == "" && in.TypeID == 0 && in.Message == "" && len(in.Details) == 0 {
			whole = false // a slip that says nothing: kept, it would stay beside what it hides
			continue
		}
		fallback := modified
		if in.TypeID == typeComplaint && !complained {
			fallback = made
		}
		e := convertEntry(in, !complained, fallback)
		complained = complained || e.kind == interaction.KindCOMPLAINT
		if i, twice := at[e.sourceID]; twice {
			entries[i] = joined(entries[i], e)
			continue
		}
		at[e.sourceID] = len(entries)
		entries = append(entries, e)
	}
	if !whole || len(entries) == 0 && slices.Contains(c.Odd, "interactions") {
		return entries // whose an attachment is may be among what could not be read
	}
	return attach(entries, c.Attached, made)
}

// joined is an entry that Reclame Aqui repeats: kept once, as it was last modified, with the files of both.
func joined(a, b entry) entry {
	if b.modifiedAt != nil && (a.modifiedAt == nil || a.modifiedAt.Before(*b.modifiedAt)) {
		a, b = b, a
		a.kind = b.kind // the first one counts as the complaint, or not
	}
	for _, f := range b.files {
		a.files = withFile(a.files, f)
	}
	return a
}

func convertEntry(in reclameaqui.Interaction, first bool, fallback time.Time) entry {
	e := entry{
		sourceID:   clip(in.ID, 40),
		typeID:     small(in.TypeID),
		typeName:   clipPointer(&in.TypeName, 200),
		author:     authors[in.Author()],
		authorName: clipPointer(&in.ResponsibleName, 300),
		body:       clean(in.Message),
		private:    in.Privacy || in.TypeID == typePrivateCompany || in.TypeID == typePrivateClient,
		occurredAt: firstTime(fallback, in.CreatedAt),
		modifiedAt: instant(in.ModifiedAt),
		details:    interactionDetails(in),
	}
	if e.sourceID == "" {
		e.sourceID = stand(e.body, strconv.Itoa(e.typeID), in.CreatedAt.String())
	}
	e.number = numberOf(e.sourceID)
	e.kind = kindOf(in.TypeID, e.author, e.private, first)
	for _, d := range in.Details {
		if slices.Contains(fileDetails, d.TypeID) {
			e.files = withFile(e.files, convertFile(d.ID, d.Name, d.Value, d.Privacy || e.private))
		}
	}
	return e
}

// numberOf is the number of a source id, or one that stands for it: ids of interactions are made of it.
func numberOf(sourceID string) int64 {
	if n, err := strconv.ParseInt(sourceID, 10, 64); err == nil {
		return n
	}
	h := fnv.New64a()
	h.Write([]byte(sourceID))
	return int64(h.Sum64())
}

var authors = map[reclameaqui.AuthorKind]interaction.AuthorKind{
	reclameaqui.AuthorConsumer: interaction.AuthorKindCONSUMER,
	reclameaqui.AuthorCompany:  interaction.AuthorKindCOMPANY,
	reclameaqui.AuthorSystem:   interaction.AuthorKindSYSTEM,
}

// kindOf: RA has no type of its own for a consumer's replica, so the author decides (section 4.3). first is
// whether no entry before it is the complaint itself.
func kindOf(typeID int, author interaction.AuthorKind, private, first bool) interaction.Kind {
	switch typeID {
	case typePrivateCompany, typePrivateClient:
		return interaction.KindPRIVATE_MESSAGE
	case typeComplaint:
		if first || author != interaction.AuthorKindCONSUMER {
			return interaction.KindCOMPLAINT
		}
		return interaction.KindREPLICA
	case typeReply:
		switch {
		case private:
			return interaction.KindPRIVATE_MESSAGE
		case author == interaction.AuthorKindCONSUMER:
			return interaction.KindREPLICA
		}
		return interaction.KindPUBLIC_REPLY
	case typeEvaluation:
		return interaction.KindEVALUATION
	case typeModeration, typeModerated, typeAutoModeration:
		return interaction.KindMODERATION
	case typeRedistribution:
		return interaction.KindREDISTRIBUTION
	}
	return interaction.KindOTHER
}

// firstAnswer is when the company first answered in public; where the thread does not show it, what Reclame
// Aqui says itself, which may be the latest (section 3.1).
func firstAnswer(entries []entry, said *time.Time) *time.Time {
	for _, e := range entries {
		if e.kind == interaction.KindPUBLIC_REPLY {
			return &e.occurredAt
		}
	}
	return instant(said)
}

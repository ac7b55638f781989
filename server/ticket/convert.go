package ticket

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/server/reclameaqui"
)

// mirror is a complaint in our words: what a ticket repeats of it.
type mirror struct {
	complaintID int64
	sourceID    string
	occurredAt  time.Time
	modifiedAt  time.Time
	title       string
	description string

	raStatusID   int
	raStatusName string

	frozen, active                             bool
	mayRequestEvaluation, mayRequestModeration bool

	rating                *int
	ratedAt               *time.Time
	resolved, wouldReturn *bool
	consumerWords         *string
	companyWords          *string

	moderationStatus, moderationReason *string
	moderationAsked, moderationDecided *time.Time

	entries []entry
	person  person
	raw     []byte
	hash    string
}

// entry is an interaction in our words.
type entry struct {
	sourceID   string
	number     int64 // of the source id, 0 when it is not numeric
	typeID     int
	kind       interaction.Kind
	author     interaction.AuthorKind
	authorName *string
	body       string
	private    bool
	occurredAt time.Time
	files      []file
}

type file struct {
	sourceID string
	name     string
	url      *string
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

// The types of details that carry a file (section 4.4).
var fileDetails = []int{15, 33}

// convert says a complaint in our words. now stands in for a creation time that RA does not give.
func convert(c reclameaqui.Complaint, now time.Time) mirror {
	m := mirror{
		complaintID:          c.ID,
		sourceID:             clip(c.SourceID, 40),
		occurredAt:           firstTime(now, c.CreatedAt, c.InsertedAt, c.ModifiedAt),
		modifiedAt:           firstTime(now, c.ModifiedAt, c.InsertedAt, c.CreatedAt),
		title:                clean(c.Title),
		description:          clean(c.Content),
		raStatusID:           int(c.RAStatus.ID),
		raStatusName:         clip(c.RAStatus.Name, 200),
		frozen:               c.Frozen,
		active:               c.Active,
		mayRequestEvaluation: c.RequestEvaluation,
		mayRequestModeration: c.RequestModeration,
		consumerWords:        cleanPointer(c.ConsumerConsideration),
		companyWords:         cleanPointer(c.CompanyConsideration),
		moderationStatus:     clipPointer(c.Moderation.Status, 200),
		moderationReason:     clipPointer(c.Moderation.Reason, 200),
		moderationAsked:      c.Moderation.RequestedAt,
		moderationDecided:    c.Moderation.AnsweredAt,
		person:               convertPerson(c.Customer),
		raw:                  c.Raw,
		hash:                 hash(c.Raw),
	}
	if e := c.Evaluation(); e != nil {
		m.rating, m.resolved, m.wouldReturn = &e.Rating, &e.Resolved, &e.WouldReturn
		if !e.At.IsZero() {
			m.ratedAt = &e.At
		}
	}
	seen := map[string]bool{}
	for _, in := range c.Thread() {
		e := convertEntry(in, len(m.entries) == 0, m.occurredAt)
		if !seen[e.sourceID] { // RA repeats itself: an entry is kept once, by its id
			seen[e.sourceID] = true
			m.entries = append(m.entries, e)
		}
	}
	return m
}

func convertEntry(in reclameaqui.Interaction, first bool, fallback time.Time) entry {
	e := entry{
		sourceID:   clip(in.ID, 40),
		typeID:     in.TypeID,
		author:     authors[in.Author()],
		authorName: clipPointer(&in.ResponsibleName, 300),
		body:       clean(in.Message),
		private:    in.Privacy || in.TypeID == typePrivateCompany || in.TypeID == typePrivateClient,
		occurredAt: firstTime(fallback, in.CreatedAt),
	}
	if e.sourceID == "" {
		e.sourceID = stand(e.body, strconv.Itoa(e.typeID), in.CreatedAt.String())
	}
	e.number, _ = strconv.ParseInt(in.ID, 10, 64)
	e.kind = kindOf(in.TypeID, e.author, e.private, first)
	for _, d := range in.Details {
		if !slices.Contains(fileDetails, d.TypeID) {
			continue
		}
		f := convertFile(d)
		if !slices.ContainsFunc(e.files, func(have file) bool { return have.sourceID == f.sourceID }) {
			e.files = append(e.files, f)
		}
	}
	return e
}

var authors = map[reclameaqui.AuthorKind]interaction.AuthorKind{
	reclameaqui.AuthorConsumer: interaction.AuthorKindCONSUMER,
	reclameaqui.AuthorCompany:  interaction.AuthorKindCOMPANY,
	reclameaqui.AuthorSystem:   interaction.AuthorKindSYSTEM,
}

// kindOf: RA has no type of its own for a consumer's replica, so the author decides (section 4.3).
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

// convertFile names a file by the end of its address, for RA's own name is the label "Anexo".
func convertFile(d reclameaqui.Detail) file {
	f := file{sourceID: clip(d.ID, 40), name: clip(d.Value, 500)}
	if f.sourceID == "" {
		f.sourceID = stand(d.Value, d.Name)
	}
	if strings.HasPrefix(d.Value, "https://") || strings.HasPrefix(d.Value, "http://") {
		address := clean(d.Value)
		f.url = &address
		path, _, _ := strings.Cut(address, "?")
		f.name = clip(path[strings.LastIndexByte(path, '/')+1:], 500)
	}
	if f.name == "" {
		f.name = clip(d.Name, 500)
	}
	return f
}

// statusOf is rule T3; ok is false for 11 (moderation) and for numbers that we do not know: they leave a ticket as it is.
func statusOf(raStatusID int) (s ticket.Status, ok bool) {
	switch raStatusID {
	case 5, 7, 20:
		return ticket.StatusIN_PROGRESS, true
	case 6, 8:
		return ticket.StatusAWAITING_RETURN, true
	case 9, 10, 12, 13, 17, 18, 19:
		return ticket.StatusFINISHED, true
	}
	return "", false
}

package sandbox

import (
	"maps"
	"slices"
)

// behind is what Reclame Aqui knows of a complaint and its list does not show. Like the ticket it is never changed once
// it has been handed out.
type behind struct {
	Posts       []Post           `json:"posts,omitempty"`
	Files       map[string]File  `json:"files,omitempty"` // by the id of the detail that names it
	Thread      string           `json:"thread,omitempty"`
	Moderations []ModerationCase `json:"moderations,omitempty"`
	Edits       []Edit           `json:"edits,omitempty"`
	// Hidden complaints are in no list of the API, though writes still reach them.
	Hidden bool `json:"hidden,omitempty"`
	// Malformed complaints are written in a broken shape until they are healed.
	Malformed bool `json:"malformed,omitempty"`
	// Way is the way in which it is broken, from 1; 0 goes by the id.
	Way int `json:"way,omitempty"`
}

// The states of the private thread. Before the first message there is none.
const (
	threadOpen  = "open"
	threadEnded = "ended"
)

// Kinds of post.
const (
	PostPublic     = "public"
	PostPrivate    = "private"
	PostModeration = "moderation"
	PostAsk        = "evaluation-request"
	PostThreadEnd  = "thread-end"
)

// Post is one write of the company that Reclame Aqui has accepted, whether it is to be seen yet or not. An outside
// checker counts these to know what consumers got.
type Post struct {
	Kind string `json:"kind"`
	// By is api for a call of the API, site for what the staff did on Reclame Aqui's own site.
	By string `json:"by"`
	// Text is what was sent, to the byte; Shown is what stands in the thread, which RA may have altered.
	Text  string `json:"text"`
	Shown string `json:"shown"`
	// At is when it was accepted, ShowAt when the thread shows it. InteractionID is empty until then, and for posts that
	// leave no interaction.
	At            Instant `json:"at"`
	ShowAt        Instant `json:"showAt"`
	InteractionID string  `json:"interactionId"`
	Email         string  `json:"email,omitempty"`
	Files         []File  `json:"files,omitempty"`
	Author        int64   `json:"author,omitempty"`
}

// Edit is a text that Reclame Aqui changed after it had been shown.
type Edit struct {
	InteractionID string  `json:"interactionId"`
	Before        string  `json:"before"`
	At            Instant `json:"at"`
}

func (b *behind) clone() *behind {
	c := *b
	c.Posts = slices.Clone(b.Posts)
	c.Files = maps.Clone(b.Files)
	c.Moderations = slices.Clone(b.Moderations)
	c.Edits = slices.Clone(b.Edits)
	return &c
}

// waiting is the post of one of the kinds that is accepted, not shown yet, and to be shown first.
func (b *behind) waiting(kinds ...string) (int, bool) {
	first := -1
	for i, p := range b.Posts {
		if slices.Contains(kinds, p.Kind) && p.InteractionID == "" && (first < 0 || p.ShowAt.Before(b.Posts[first].ShowAt.Time)) {
			first = i
		}
	}
	return first, first >= 0
}

func (b *behind) pendingModeration() *ModerationCase {
	for i := range b.Moderations {
		if b.Moderations[i].Decided == nil {
			return &b.Moderations[i]
		}
	}
	return nil
}

package reclameaqui

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Interaction is one entry of a complaint's thread.
type Interaction struct {
	ID              string // digits; stable, the key against repeats
	TypeID          int    // section 4.3 of the wire contract
	TypeName        string
	CustomerID      string // "" unless the consumer wrote it
	ResponsibleID   string // "" unless the company wrote it
	ResponsibleName string
	Message         string // line breaks are LF
	Privacy         bool   // true in the private thread
	CreatedAt       time.Time
	ModifiedAt      *time.Time
	Delivered       bool
	Read            bool
	Visualized      bool
	Video           string
	Picture         string
	Details         []Detail
}

// Detail is a labelled value of an interaction: a form answer, an attachment, the rating.
type Detail struct {
	ID         string
	TypeID     int // section 4.4 of the wire contract
	Name       string
	Value      string
	Code       *string
	Privacy    bool
	CreatedAt  time.Time
	ModifiedAt *time.Time
}

// AuthorKind says who wrote an interaction.
type AuthorKind string

// The authors. System is RA itself, and whatever cannot be told.
const (
	AuthorConsumer AuthorKind = "consumer"
	AuthorCompany  AuthorKind = "company"
	AuthorSystem   AuthorKind = "system"
)

// Author tells who wrote the interaction: the ids say so first and the type only when both are empty, because a consumer's replica
// may have the type of a company's answer (section 4.3 of the wire contract).
func (i Interaction) Author() AuthorKind {
	switch {
	case i.ResponsibleID != "":
		return AuthorCompany
	case i.CustomerID != "":
		return AuthorConsumer
	}
	switch i.TypeID {
	case 1, 6, 7, 11:
		return AuthorConsumer
	case 2, 3, 8, 10:
		return AuthorCompany
	}
	return AuthorSystem
}

// Thread returns the interactions of both sides, oldest first; those of one instant by their number. One without a readable date
// comes last, so that something new never hides among the old.
func (c Complaint) Thread() []Interaction {
	thread := slices.Clone(c.Interactions)
	slices.SortStableFunc(thread, func(a, b Interaction) int {
		if a.CreatedAt.IsZero() != b.CreatedAt.IsZero() {
			return -a.CreatedAt.Compare(b.CreatedAt)
		}
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), compareNumbers(a.ID, b.ID))
	})
	return thread
}

// compareNumbers compares texts of digits of any length by value.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

func readInteraction(in object) Interaction {
	i := Interaction{
		ID:              in.idText("ticket_interaction_id"),
		TypeID:          in.count("ticket_interaction_type_id"),
		TypeName:        in.text("ticket_interaction_name"),
		CustomerID:      in.idText("customer_id"),
		ResponsibleID:   in.idText("responsible_id"),
		ResponsibleName: in.text("responsible_name"),
		Message:         in.prose("message"),
		Privacy:         in.flag("privacy"),
		CreatedAt:       in.at("creation_date"),
		ModifiedAt:      in.atOrNil("modification_date"),
		Delivered:       in.flag("delivered"),
		Read:            in.flag("readed"),
		Visualized:      in.flag("visualized"),
		Video:           in.text("video"),
		Picture:         in.text("picture"),
	}
	in.each("details", func(d object) { i.Details = append(i.Details, readDetail(d)) })
	return i
}

func readDetail(in object) Detail {
	return Detail{
		ID:         in.idText("ticket_detail_id"),
		TypeID:     in.count("ticket_detail_type_id"),
		Name:       in.text("name"),
		Value:      in.text("value"),
		Code:       in.textOrNil("code"),
		Privacy:    in.flag("privacy"),
		CreatedAt:  in.at("creation_date"),
		ModifiedAt: in.atOrNil("modification_date"),
	}
}

package reclameaqui

import (
	"encoding/json"
	"time"
)

// Complaint is one ticket as RA shows it: all 71 keys seen in a real answer, and whatsapp, which came later.
//
// RA says "nothing" in four ways: null, -1, "-1" and []. Here it is always Go's zero value: "", 0, nil, a zero time.
// Times are UTC. A value of a shape that we cannot read is left empty and its key stands in Odd; it is still in Raw.
type Complaint struct {
	// ID is the number that every write takes (the "HugMe id"); always positive.
	ID int64
	// SourceID is the complaint's id at the site where it was made. Not for writes.
	SourceID string
	// StorageID is RA's storage id, 24 hexadecimal digits.
	StorageID string

	Company           Named
	RAStatus          Named // branch on the id: names differ in accents and case
	HugmeStatus       Named
	InformationSource Named
	Source            Named
	Account           Named
	FeedType          Named
	LastFeeling       Named
	// FavorableAssessment tells whether an evaluation was asked for; id 0 means "not asked".
	FavorableAssessment Assessment
	User                User // RA's own user who has the ticket in hand

	CreatedAt     time.Time // when the consumer complained
	InsertedAt    time.Time // when RA's API got it
	ModifiedAt    time.Time // RA's clock: the watermark of a sync
	ClosedAt      *time.Time
	LastReplicaAt *time.Time

	Title   string // line breaks are LF
	Content string // line breaks are LF
	Reason  string // the subject that the consumer chose
	Feeling string
	// ResponseContent is a public answer of the company; whether the first or the latest is not known.
	ResponseContent *string
	ResponseAt      *time.Time

	RequestModeration bool // moderation may be requested now
	RequestEvaluation bool // evaluation may be requested now
	Frozen            bool
	Filed             bool
	Active            bool // true also when RA does not say
	CanLike           bool
	Commentary        bool

	// RatingText is RA's word for the rating, "" for none. Use Rating and Evaluation.
	RatingText string
	RatedAt    *time.Time
	// ResolvedIssue and BackDoingBusiness are false before any rating too: see Evaluation.
	ResolvedIssue           bool
	BackDoingBusiness       bool
	RatingWithoutResponse   bool // rated though the company never answered
	ConsumerConsideration   *string
	ConsumerConsiderationAt *time.Time
	CompanyConsideration    *string
	CompanyConsiderationAt  *time.Time
	// The three spans are kept as RA writes them: their unit is not known.
	RatingTime           string
	PublicTreatmentTime  string
	PrivateTreatmentTime string

	Moderation Moderation
	Customer   Customer
	RA         RADetails
	RAPhone    RAPhone
	WhatsApp   *WhatsApp

	Counts                Counts
	RuleID                int64
	RedistributionsReason string
	ContactUs             string
	HugmeTicketType       string

	Interactions []Interaction // in RA's order; see Thread
	Attached     []Attached
	Categories   []Category
	Historical   []HistoryEntry // not in order of time
	Tags         []string

	// Arrays and an object whose elements were never seen, as RA sent them; nil when empty.
	StickyNotes        []json.RawMessage
	Autos              []json.RawMessage
	PersonalizedFields []json.RawMessage
	DuplicateTicket    []json.RawMessage
	DuplicateTiqt      []json.RawMessage // RA's spelling
	ExtraData          map[string]json.RawMessage

	// Raw is the complaint's own bytes, exactly as they came.
	Raw json.RawMessage
	// Unknown holds the keys that this type does not know, those inside objects by dotted path, such as "customer.nickname" or
	// "interactions.details.size": there the first value that says something. Nil when there are none.
	Unknown map[string]json.RawMessage
	// Odd names the keys whose value had a shape that could not be read, such as "closed_date" or "interactions.creation_date".
	Odd []string
}

// Named is RA's {id, name}. RA's -1 and null are the zero Named.
type Named struct {
	ID   int64
	Name string
}

// Assessment is RA's {id, description}.
type Assessment struct {
	ID          int64
	Description string
}

// User is a person who works at the company, as RA knows them.
type User struct {
	ID         int64
	Name       string
	AssignedAt *time.Time
}

// Moderation is a request to RA to take a complaint down. Its statuses and reasons are kept as text: their values are not known.
type Moderation struct {
	User        Named
	Status      *string
	Reason      *string
	RequestedAt *time.Time
	AnsweredAt  *time.Time
}

// RADetails are facts of the site itself.
type RADetails struct {
	ReplicasCount      int
	SourceID           int64
	SourceName         string
	DeactivatedAt      *time.Time
	DeactivationReason string
	InternalProcess    bool
	BlackFriday        bool
}

// RAPhone is the state of RA's telephone product.
type RAPhone struct {
	ExpiresAt  *time.Time
	StatusID   int64
	StatusName string
}

// WhatsApp says how far the evaluation by WhatsApp got.
type WhatsApp struct {
	Sent      bool
	Evaluated bool
}

// Counts are RA's own counters. They count details as interactions (one interaction with 9 details gave 1, 9, 9 and 0),
// so they are for display and never for logic.
type Counts struct {
	Interactions         int
	InteractionsUnread   int
	CustomerInteractions int
	CompanyInteractions  int
	Comments             int
	Redistributions      int
	Moderations          int
	Messages             int
	Assignments          int
}

// Category is a label that the company gave the complaint at RA.
type Category struct {
	ID          int64
	Code        int64
	Description string
	CreatedAt   time.Time
}

// HistoryEntry is one line of RA's history of a complaint.
type HistoryEntry struct {
	ID        int64
	Type      Named // seen: 1 CRIACAO, 4 INTERACAO
	User      Named
	UserEmail string
	Auto      Named
	CreatedAt time.Time
}

// Attached is one attachment; ID is that of the detail that carries it.
type Attached struct {
	ID      string
	TypeID  int
	Name    string // a label such as "Anexo", not a file name
	Value   string // an address or a file name
	Private bool
	// CreatedAt is zero when RA did not say.
	CreatedAt time.Time
}

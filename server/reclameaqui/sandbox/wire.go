package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// instantLayout is how every date is written on the wire: UTC, milliseconds always three digits.
const instantLayout = "2006-01-02T15:04:05.000Z"

// Instant is a moment as the contract writes it, `2026-03-02T12:18:30.000Z`; whole seconds, UTC.
type Instant struct{ time.Time }

// MarshalJSON writes the contract's form.
func (i Instant) MarshalJSON() ([]byte, error) {
	return []byte(`"` + i.UTC().Format(instantLayout) + `"`), nil
}

// UnmarshalJSON reads the contract's form back from the journal.
func (i *Instant) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	t, err := time.Parse(instantLayout, s)
	if err != nil {
		return fmt.Errorf("instant: %w", err)
	}
	i.Time = t
	return nil
}

// Ticket is one complaint as the list endpoint answers it: the 71 keys of the contract and whatsapp, in the order of its
// example. It is also what the journal keeps. A Ticket handed out by this package is never changed afterwards.
type Ticket struct {
	HugmeStatus         Named             `json:"hugme_status"`
	RAStatus            Named             `json:"ra_status"`
	FavorableAssessment Described         `json:"favorable_assessment"`
	InformationSource   Named             `json:"information_source"`
	Source              Named             `json:"source"`
	Company             Named             `json:"company"`
	LastFeeling         MaybeNamed        `json:"last_feeling"`
	FeedType            MaybeNamed        `json:"feed_type"`
	Moderation          Moderation        `json:"moderation"`
	RA                  RA                `json:"ra"`
	Customer            Customer          `json:"customer"`
	User                Assignee          `json:"user"`
	Account             MaybeNamed        `json:"account"`
	Rafone              Rafone            `json:"rafone"`
	ObjectID            string            `json:"_id"`
	ID                  int64             `json:"id"`
	SourceExternalID    string            `json:"source_external_id"`
	CanLike             bool              `json:"can_like"`
	Commentary          bool              `json:"commentary"`
	Created             Instant           `json:"creation_date"`
	Inserted            Instant           `json:"insertion_date"`
	Title               string            `json:"complaint_title"`
	Filed               bool              `json:"filed"`
	Modified            Instant           `json:"last_modification_date"`
	Closed              *Instant          `json:"closed_date"`
	MayModerate         bool              `json:"request_moderation"`
	MayAskEvaluation    bool              `json:"request_evaluation"`
	Frozen              bool              `json:"frozen"`
	Content             string            `json:"complaint_content"`
	Reason              *string           `json:"ra_reason"`
	Feeling             *string           `json:"ra_feeling"`
	Response            *string           `json:"complaint_response_content"`
	Responded           *Instant          `json:"complaint_response_date"`
	InteractionsCount   int               `json:"interactions_count"`
	UnreadCount         int               `json:"interactions_not_readed_count"`
	ResolvedIssue       bool              `json:"resolved_issue"`
	BackDoingBusiness   bool              `json:"back_doing_business"`
	ConsumerWords       *string           `json:"consumer_consideration"`
	ConsumerWordsAt     *Instant          `json:"consumer_consideration_date"`
	CompanyWords        *string           `json:"company_consideration"`
	CompanyWordsAt      *Instant          `json:"company_consideration_date"`
	PrivateTime         *string           `json:"private_treatment_time"`
	PublicTime          *string           `json:"public_treatment_time"`
	RatingTime          *string           `json:"rating_time"`
	Rating              string            `json:"rating"`
	Rated               *Instant          `json:"rating_date"`
	CommentsCount       int               `json:"comments_count"`
	Redistributions     int               `json:"redistributions_count"`
	RedistributedFor    *string           `json:"redistributions_reason"`
	ModerationsCount    int               `json:"ticket_moderations_count"`
	MessagesCount       int               `json:"ticket_messages_count"`
	LastReplica         *Instant          `json:"last_replica_date"`
	ContactUs           *string           `json:"contact_us"`
	RatedUnanswered     bool              `json:"rating_without_response"`
	HugmeTicketType     *string           `json:"hugme_ticket_type"`
	CustomerRows        int               `json:"customer_interactions_count"`
	CompanyRows         int               `json:"company_interactions_count"`
	AssignmentCount     int               `json:"assignment_count"`
	RuleID              int64             `json:"rule_id"`
	DuplicateTicket     []json.RawMessage `json:"duplicate_ticket"`
	Tags                []json.RawMessage `json:"tags"`
	ExtraData           map[string]any    `json:"extra_data"`
	StickyNotes         []json.RawMessage `json:"sticky_notes"`
	Autos               []json.RawMessage `json:"autos"`
	PersonalizedFields  []json.RawMessage `json:"personalized_fields"`
	Attached            []Attachment      `json:"attached"`
	Categories          []Category        `json:"categories"`
	Historical          []History         `json:"historical"`
	Interactions        []Interaction     `json:"interactions"`
	Active              bool              `json:"active"`
	DuplicateTiqt       []json.RawMessage `json:"duplicate_tiqt"`
	Whatsapp            *Whatsapp         `json:"whatsapp"`

	own *behind
}

// Named is the contract's `{id, name}`.
type Named struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// MaybeNamed is `{id, name}` where nothing is `{-1, null}`.
type MaybeNamed struct {
	ID   int64   `json:"id"`
	Name *string `json:"name"`
}

// Described is `{id, description}`; only favorable_assessment has it.
type Described struct {
	ID          int64  `json:"id"`
	Description string `json:"description"`
}

// Assignee is the company's user in charge; the date is there only when somebody is.
type Assignee struct {
	ID       int64    `json:"id"`
	Name     *string  `json:"name"`
	Assigned *Instant `json:"assignment_date,omitempty"`
}

// Moderation is always present, empty or not.
type Moderation struct {
	User      MaybeNamed `json:"user"`
	Status    *string    `json:"status"`
	Reason    *int64     `json:"reason"`
	Requested *Instant   `json:"request_date"`
	Responded *Instant   `json:"response_date"`
}

// RA is what only Reclame Aqui complaints have.
type RA struct {
	Replicas           int      `json:"replicas_count"`
	SourceID           int64    `json:"source_id"`
	SourceName         string   `json:"source_name"`
	Deactivated        *Instant `json:"deactivation_date"`
	DeactivationReason *string  `json:"deactivation_reason"`
	InternalProcess    bool     `json:"internal_process"`
	BlackFriday        bool     `json:"blackfriday"`
}

// Customer is the consumer. CompanyName is the literal text "[]": the real API stringifies an empty array there.
type Customer struct {
	Birthday     []Instant         `json:"birthday"`
	CPF          []string          `json:"cpf"`
	RG           []string          `json:"rg"`
	Gender       []string          `json:"gender"`
	Email        []string          `json:"email"`
	Phones       []string          `json:"phone_numbers"`
	Photo        []string          `json:"photo"`
	ID           int64             `json:"id"`
	DuplicateID  int64             `json:"duplicate_id"`
	Name         string            `json:"name"`
	CNPJ         []string          `json:"cnpj"`
	CompanyName  string            `json:"company_name"`
	City         []Named           `json:"city"`
	State        []State           `json:"state"`
	Type         string            `json:"type"`
	Tags         []json.RawMessage `json:"tags"`
	PendingCount int               `json:"pending_tickets_count"`
}

// State is a Brazilian state; FS its two letters.
type State struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	FS   string `json:"fs"`
}

// Rafone is RA's telephone service; the sandbox never uses it.
type Rafone struct {
	Expires    *Instant `json:"expiration_date"`
	StatusID   int64    `json:"status_id"`
	StatusName *string  `json:"status_name"`
}

// Attachment repeats a detail of type 15 or 33; ID is that detail's id, Description its address.
type Attachment struct {
	ID          string  `json:"id"`
	TypeID      int     `json:"type_detail_id"`
	Name        string  `json:"name"`
	Description string  `json:"detail_description"`
	Created     Instant `json:"creation_date"`
	Privacy     bool    `json:"privacy"`
}

// Category is a label of the company's own tree.
type Category struct {
	ID          int64   `json:"id"`
	Code        int64   `json:"code"`
	Description string  `json:"description"`
	Created     Instant `json:"creation_date"`
}

// History is one line of RA's own log of the ticket.
type History struct {
	User    HistoryUser `json:"user"`
	Auto    MaybeNamed  `json:"auto"`
	ID      int64       `json:"id"`
	Created Instant     `json:"creation_date"`
	Type    Named       `json:"type"`
}

// HistoryUser is who did it at the company; nothing is `{-1, null, null}`.
type HistoryUser struct {
	ID    int64   `json:"id"`
	Name  *string `json:"name"`
	Email *string `json:"email"`
}

// Interaction is one entry of the thread. CustomerID is text and ResponsibleID a number, as the contract has them.
type Interaction struct {
	ID              string   `json:"ticket_interaction_id"`
	TypeID          int      `json:"ticket_interaction_type_id"`
	Name            string   `json:"ticket_interaction_name"`
	CustomerID      *string  `json:"customer_id"`
	ResponsibleID   *int64   `json:"responsible_id"`
	ResponsibleName *string  `json:"responsible_name"`
	Message         string   `json:"message"`
	Privacy         bool     `json:"privacy"`
	Created         Instant  `json:"creation_date"`
	Modified        *Instant `json:"modification_date"`
	Delivered       bool     `json:"delivered"`
	Read            bool     `json:"readed"`
	Visualized      bool     `json:"visualized"`
	Video           *string  `json:"video"`
	Picture         *string  `json:"picture"`
	Details         []Detail `json:"details"`
}

// Detail is one attribute of an interaction; Value is text also for ids.
type Detail struct {
	ID       string   `json:"ticket_detail_id"`
	TypeID   int      `json:"ticket_detail_type_id"`
	Name     string   `json:"name"`
	Value    string   `json:"value"`
	Code     *string  `json:"code"`
	Created  Instant  `json:"creation_date"`
	Privacy  bool     `json:"privacy"`
	Modified *Instant `json:"modification_date"`
}

// Whatsapp says whether the evaluation was asked for over WhatsApp.
type Whatsapp struct {
	Sent      bool `json:"sent"`
	Evaluated bool `json:"evaluated"`
}

// clone copies what a change may touch, so that readers may keep the old ticket without a lock.
func (t *Ticket) clone() *Ticket {
	c := *t
	c.Attached = slices.Clone(t.Attached)
	c.Categories = slices.Clone(t.Categories)
	c.Historical = slices.Clone(t.Historical)
	c.Interactions = slices.Clone(t.Interactions)
	c.DuplicateTicket = slices.Clone(t.DuplicateTicket)
	c.Tags = slices.Clone(t.Tags)
	c.StickyNotes = slices.Clone(t.StickyNotes)
	c.own = t.own.clone()
	return &c
}

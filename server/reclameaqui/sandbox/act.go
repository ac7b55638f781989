package sandbox

import (
	"fmt"
	"strconv"
	"time"
)

// Statuses of section 4 of the contract.
var (
	hugmePending  = Named{1, "Pendente"}
	hugmeAnswered = Named{2, "Respondido"}
	hugmeClosed   = Named{3, "Fechado"}
	hugmeArchived = Named{4, "Arquivado"}
	hugmeInactive = Named{15, "Inativo na origem"}
	hugmeQueued   = Named{16, "Na fila"}
	hugmeMoved    = Named{17, "Redistribuição"}
	hugmeNew      = Named{21, "Novo"}
	hugmeAwaiting = Named{22, "Aguardando avaliação"}

	raUnanswered   = Named{5, "Não respondido"}
	raAnswered     = Named{6, "Respondido"}
	raReplica      = Named{7, "Réplica do consumidor"}
	raCompanyAgain = Named{8, "Réplica da empresa"}
	raEvaluated    = Named{9, "Avaliado"}
	raFrozen       = Named{10, "Congelado"}
	raModeration   = Named{11, "Moderação"}
	raDeactivated  = Named{12, "Desativado pelo consumidor"}
	raInactive     = Named{13, "Inativa no RA"}
	raMoved        = Named{17, "Redistribuição"}
	raResolved     = Named{18, "Avaliado Resolvido"}
	raUnresolved   = Named{19, "Avaliado Não Resolvido"}
	raReplicaToo   = Named{20, "Réplica"}
)

// Types of interaction, section 4.3.
const (
	typeComplaint       = 1
	typeReply           = 2
	typeCompanyPrivate  = 3
	typeConsumerPrivate = 6
	typeEvaluation      = 11
)

var interactionNames = map[int]string{
	typeComplaint: "Manifestação", typeReply: "Resposta", typeCompanyPrivate: "Mensagem privada - Empresa",
	typeConsumerPrivate: "Mensagem privada - Consumidor", typeEvaluation: "Avaliação",
}

// counters hold the last id given of each kind.
type counters struct {
	Ticket, Source, Customer, Interaction, Detail, History int64
}

func firstCounters() counters {
	return counters{90_000_000, 190_000_000, 80_000_000, 600_000_000, 700_000_000, 500_000_000}
}

// person of the company, as interactions and the history name them.
type person struct {
	id    int64
	name  string
	email string
}

// apiUser is who a reply over the API is signed by.
var apiUser = person{700010, "Integração API", "integracao@example.com"}

// act is one change of one complaint in the making. It works on a private copy of the ticket and of the counters, so
// that a change that is refused, or cannot be kept, leaves no trace.
type act struct {
	t   *Ticket
	at  time.Time // whole second of the sandbox's clock
	ids *counters
	sw  Switches
}

func (a *act) instant() *Instant { return &Instant{a.at} }

func next(n *int64) int64 { *n++; return *n }

// entry adds an interaction of the consumer (by == nil) or of the company to the thread and to the history.
func (a *act) entry(typeID int, by *person, text string, private bool, details ...Detail) {
	in := Interaction{
		ID: strconv.FormatInt(next(&a.ids.Interaction), 10), TypeID: typeID, Name: interactionNames[typeID],
		Message: text, Privacy: private, Created: Instant{a.at}, Delivered: true, Details: []Detail{},
	}
	user := HistoryUser{ID: -1}
	if by == nil {
		id := strconv.FormatInt(a.t.Customer.ID, 10)
		in.CustomerID = &id
	} else {
		in.ResponsibleID, in.ResponsibleName = &by.id, &by.name
		in.Read, in.Visualized = true, true
		user = HistoryUser{by.id, &by.name, &by.email}
		a.readAll()
	}
	for _, d := range details {
		d.ID, d.Created, d.Privacy = strconv.FormatInt(next(&a.ids.Detail), 10), Instant{a.at}, private
		in.Details = append(in.Details, d)
		if d.TypeID == detailAttachment || d.TypeID == detailPrivateAttachment {
			a.t.Attached = append(a.t.Attached, Attachment{d.ID, d.TypeID, d.Name, d.Value, d.Created, d.Privacy})
		}
	}
	a.t.Interactions = append(a.t.Interactions, in)
	a.history(historyInteraction, user)
}

// readAll marks what the consumer wrote as read: whoever answers has read it.
func (a *act) readAll() {
	for i := range a.t.Interactions {
		a.t.Interactions[i].Read, a.t.Interactions[i].Visualized = true, true
	}
}

var (
	historyCreation    = Named{1, "CRIACAO"}
	historyInteraction = Named{4, "INTERACAO"}
)

func (a *act) history(kind Named, user HistoryUser) {
	a.t.Historical = append(a.t.Historical, History{
		User: user, Auto: MaybeNamed{ID: -1}, ID: next(&a.ids.History), Created: Instant{a.at}, Type: kind,
	})
}

// finish stamps the ticket and counts again. As in the real answers the counters are of detail rows: an interaction
// counts as many as it has details, at least one.
func (a *act) finish() {
	t := a.t
	t.Modified = Instant{a.at}
	t.InteractionsCount = len(t.Interactions)
	t.UnreadCount, t.CustomerRows, t.CompanyRows, t.MessagesCount = 0, 0, 0, 0
	for _, in := range t.Interactions {
		rows := max(1, len(in.Details))
		if in.CustomerID != nil {
			t.CustomerRows += rows
		} else {
			t.CompanyRows += rows
		}
		if !in.Read {
			t.UnreadCount += rows
		}
		if in.Privacy {
			t.MessagesCount++
		}
	}
}

// hoursSince writes the whole hours from the complaint to now; the contract's `*_time` are texts of an unknown unit and
// its example fits hours.
func (a *act) hoursSince() *string {
	h := strconv.Itoa(int(a.at.Sub(a.t.Created.Time).Hours()))
	return &h
}

// Types of detail, section 4.4.
const (
	detailReason            = 1
	detailContact           = 3
	detailResolved          = 4
	detailBack              = 5
	detailRating            = 6
	detailForm              = 7
	detailIP                = 8
	detailReasonID          = 14
	detailAttachment        = 15
	detailSiteID            = 25
	detailPrivateAttachment = 33
	detailEmail             = 34
)

func detail(typeID int, name, value string) Detail {
	return Detail{TypeID: typeID, Name: name, Value: value}
}

// objectID is the storage id that the real API leaks: 4 bytes of epoch, then a running number.
func objectID(at time.Time, n int64) string {
	return fmt.Sprintf("%08x%016x", uint32(at.Unix()), uint64(n))
}

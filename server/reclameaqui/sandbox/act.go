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
	typeComplaint          = 1
	typeReply              = 2
	typeCompanyPrivate     = 3
	typeConsumerPrivate    = 6
	typeComment            = 7
	typeModerationRequest  = 8
	typeModerationResponse = 9
	typeRedistribution     = 10
	typeEvaluation         = 11
	typeAutoModeration     = 151
)

// interactionNames follow the contract's example where it has one (1, 2, 3, 6, 11); the others are invented.
var interactionNames = map[int]string{
	typeComplaint: "Manifestação", typeReply: "Resposta", typeCompanyPrivate: "Mensagem privada - Empresa",
	typeConsumerPrivate: "Mensagem privada - Consumidor", typeComment: "Comentário", typeModerationRequest: "Pedido de moderação",
	typeModerationResponse: "Resposta da moderação", typeRedistribution: "Redistribuição", typeEvaluation: "Avaliação",
	typeAutoModeration: "Moderação automática",
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

// nobody signs what neither the consumer nor the company wrote: the decisions of RA, and comments of third parties.
var nobody = &person{}

// act is one change of one complaint in the making. It works on a private copy of the ticket and of the counters, so
// that a change that is refused, or cannot be kept, leaves no trace.
type act struct {
	t   *Ticket
	at  time.Time // whole second of the sandbox's clock
	ids *counters
	sw  Switches
	// quiet leaves last_modification_date as it is: Reclame Aqui does not know of it.
	quiet bool
	// moderatedToday is how many moderations were asked for today, of all complaints.
	moderatedToday int
}

func (a *act) instant() *Instant { return &Instant{a.at} }

func next(n *int64) int64 { *n++; return *n }

// entry adds an interaction of the consumer (by == nil), of the company or of nobody to the thread and to the history.
// It returns the interaction's id.
func (a *act) entry(typeID int, by *person, text string, private bool, details ...Detail) string {
	in := Interaction{
		ID: strconv.FormatInt(next(&a.ids.Interaction), 10), TypeID: typeID, Name: interactionNames[typeID],
		Message: text, Privacy: private, Created: Instant{a.at}, Delivered: true, Details: []Detail{},
	}
	user := HistoryUser{ID: -1}
	switch by {
	case nil:
		id := strconv.FormatInt(a.t.Customer.ID, 10)
		in.CustomerID = &id
	case nobody:
	default:
		if !a.sw.AuthorsAbsent {
			in.ResponsibleID, in.ResponsibleName = &by.id, &by.name
		}
		in.Read, in.Visualized = true, true
		user = HistoryUser{by.id, &by.name, &by.email}
		a.readAll()
	}
	a.t.Interactions = append(a.t.Interactions, in)
	for _, d := range details {
		a.describe(d)
	}
	a.history(historyInteraction, user)
	return in.ID
}

// describe adds a detail to the last interaction, and to the attachments where it names one. It returns the detail's id.
func (a *act) describe(d Detail) string {
	in := &a.t.Interactions[len(a.t.Interactions)-1]
	d.ID, d.Created, d.Privacy = strconv.FormatInt(next(&a.ids.Detail), 10), Instant{a.at}, in.Privacy
	in.Details = append(in.Details, d)
	if d.TypeID == detailAttachment || d.TypeID == detailPrivateAttachment {
		a.t.Attached = append(a.t.Attached, Attachment{d.ID, d.TypeID, d.Name, d.Value, d.Created, d.Privacy})
	}
	return d.ID
}

// attach names files in the last interaction: those of the private thread as type 33, all others as type 15.
func (a *act) attach(files []File) {
	typeID := detailAttachment
	if a.t.Interactions[len(a.t.Interactions)-1].Privacy {
		typeID = detailPrivateAttachment
	}
	for _, f := range files {
		id := a.describe(detail(typeID, "Anexo", f.value(typeID, a.sw)))
		if a.t.own.Files == nil {
			a.t.own.Files = map[string]File{}
		}
		a.t.own.Files[id] = f
	}
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
	historyThreadEnd   = Named{5, "ENCERRAMENTO"} // invented
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
	if !a.quiet {
		t.Modified = Instant{a.at}
	}
	t.InteractionsCount = len(t.Interactions)
	t.UnreadCount, t.CustomerRows, t.CompanyRows, t.MessagesCount = 0, 0, 0, 0
	for _, in := range t.Interactions {
		rows := max(1, len(in.Details))
		switch {
		case in.CustomerID != nil:
			t.CustomerRows += rows
		case in.byCompany():
			t.CompanyRows += rows
		}
		if !in.Read {
			t.UnreadCount += rows
		}
		if in.TypeID == typeCompanyPrivate || in.TypeID == typeConsumerPrivate {
			t.MessagesCount++
		}
	}
}

// timeSince writes the whole hours from the complaint to now; the contract's `*_time` are texts of an unknown unit and
// its example fits hours, so minutes are a switch.
func (a *act) timeSince() *string {
	since := a.at.Sub(a.t.Created.Time)
	text := strconv.Itoa(int(since.Hours()))
	if a.sw.TimesInMinutes {
		text = strconv.Itoa(int(since.Minutes()))
	}
	return &text
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
	detailModeration        = 9
	detailCase              = 10
	detailDecision          = 11
	detailModerationID      = 12
	detailAccepted          = 13
	detailReasonID          = 14
	detailAttachment        = 15
	detailSiteID            = 25
	detailPrivateAttachment = 33
	detailEmail             = 34
	detailMigrate           = 36
	detailModeratedTitle    = 40
)

func detail(typeID int, name, value string) Detail {
	return Detail{TypeID: typeID, Name: name, Value: value}
}

// objectID is the storage id that the real API leaks: 4 bytes of epoch, then a running number.
func objectID(at time.Time, n int64) string {
	return fmt.Sprintf("%08x%016x", uint32(at.Unix()), uint64(n))
}

package contract_test

import (
	"bufio"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// runs counts how often the documents went through this process's demo: names are unique there.
var runs int

// step runs one document. In variables and wants, ${name} stands for what an earlier step kept.
type step struct {
	operation string
	as        string // whose token; "" sends none
	variables string
	keep      map[string]string // name → path in the answer's data
	want      map[string]string // path → value
}

// sessions are first: they keep the tokens that the others send.
var sessions = []step{
	{"SignIn", "", `{"input":{"email":"admin@demo.test","password":"demo-demo-demo"}}`, k{"admin": "signIn.accessToken"}, k{"signIn.viewer.role": "ADMIN"}},
	{"SignIn", "", `{"input":{"email":"agent2@demo.test","password":"demo-demo-demo"}}`, k{"leaver": "signIn.accessToken"}, nil},
	{"SignOut", "leaver", `{}`, nil, nil},
	{"SignIn", "", `{"input":{"email":"agent@demo.test","password":"demo-demo-demo"}}`, k{"refresh": "signIn.refreshToken"}, k{"signIn.viewer.role": "AGENT"}},
	{"RefreshSession", "", `{"input":{"refreshToken":"${refresh}"}}`, k{"agent": "refreshSession.accessToken"}, nil},
	{"Viewer", "agent", `{}`, nil, k{"viewer.email": "agent@demo.test", "viewer.sectors.edges.0.node.name": "Atendimento"}},
}

// listSteps go through the administrator's lists, down and up again: what has active entries below it is not archived.
var listSteps = []step{
	{"CreateCustomerType", "admin", `{"input":{"name":"Parceiros ${n}","idempotencyKey":"c${n}"}}`, k{"customerType": "createCustomerType.customerType.id"}, nil},
	{"UpdateCustomerType", "admin", `{"input":{"id":"${customerType}","version":1,"name":"Parceiras ${n}"}}`, nil, k{"updateCustomerType.customerType.version": "2"}},
	{"ArchiveCustomerType", "admin", `{"input":{"id":"${customerType}"}}`, nil, nil},
	{"CustomerTypes", "admin", `{"state":"ARCHIVED","search":"PARCEIRAS ${n}"}`, nil, k{"customerTypes.edges.0.node.id": "${customerType}"}},
	{"RestoreCustomerType", "admin", `{"input":{"id":"${customerType}"}}`, nil, k{"restoreCustomerType.customerType.archivedAt": ""}},
	{"CreateRegion", "admin", `{"input":{"name":"Nordeste ${n}"}}`, k{"region": "createRegion.region.id"}, nil},
	{"UpdateRegion", "admin", `{"input":{"id":"${region}","version":1,"code":"NE${n}"}}`, nil, k{"updateRegion.region.code": "NE${n}"}},
	{"ArchiveRegion", "admin", `{"input":{"id":"${region}"}}`, nil, nil},
	{"RestoreRegion", "admin", `{"input":{"id":"${region}"}}`, nil, nil},
	{"Regions", "agent", `{"search":"NORDESTE ${n}"}`, nil, k{"regions.edges.0.node.id": "${region}"}},
	{"CreateSyncGroup", "admin", `{"input":{"name":"Depois ${n}","priority":900}}`, k{"syncGroup": "createSyncGroup.syncGroup.id"}, nil},
	{"UpdateSyncGroup", "admin", `{"input":{"id":"${syncGroup}","version":1,"priority":901}}`, nil, nil},
	{"ArchiveSyncGroup", "admin", `{"input":{"id":"${syncGroup}"}}`, nil, nil},
	{"RestoreSyncGroup", "admin", `{"input":{"id":"${syncGroup}"}}`, nil, nil},
	{"SyncGroups", "admin", `{"search":"depois ${n}"}`, nil, k{"syncGroups.edges.0.node.priority": "901"}},
	{"CreateSector", "admin", `{"input":{"name":"Viagens ${n}"}}`, k{"sector": "createSector.sector.id"}, nil},
	{"UpdateSector", "admin", `{"input":{"id":"${sector}","version":1,"name":"Viagens e turismo ${n}"}}`, nil, nil},
	{"CreateOccurrenceType", "admin", `{"input":{"name":"Passagens","sectorId":"${sector}"}}`, k{"type": "createOccurrenceType.occurrenceType.id"}, nil},
	{"UpdateOccurrenceType", "admin", `{"input":{"id":"${type}","version":1,"code":"PAS"}}`, nil, nil},
	{"CreateOccurrence", "admin", `{"input":{"name":"Cancelamento","occurrenceTypeId":"${type}","slaValue":24,"slaUnit":"HOURS"}}`, k{"occurrence": "createOccurrence.occurrence.id"}, nil},
	{"UpdateOccurrence", "admin", `{"input":{"id":"${occurrence}","version":1,"slaValue":2,"slaUnit":"DAYS"}}`, nil, k{"updateOccurrence.occurrence.slaUnit": "DAYS"}},
	{"CreateSolution", "admin", `{"input":{"name":"Reembolso","occurrenceId":"${occurrence}"}}`, k{"solution": "createSolution.solution.id"}, nil},
	{"UpdateSolution", "admin", `{"input":{"id":"${solution}","version":1,"name":"Reembolso total"}}`, nil, nil},
	{"ArchiveSolution", "admin", `{"input":{"id":"${solution}"}}`, nil, nil},
	{"ArchiveOccurrence", "admin", `{"input":{"id":"${occurrence}"}}`, nil, nil},
	{"ArchiveOccurrenceType", "admin", `{"input":{"id":"${type}"}}`, nil, nil},
	{"ArchiveSector", "admin", `{"input":{"id":"${sector}"}}`, nil, nil},
	{"RestoreSector", "admin", `{"input":{"id":"${sector}"}}`, nil, nil},
	{"RestoreOccurrenceType", "admin", `{"input":{"id":"${type}"}}`, nil, nil},
	{"RestoreOccurrence", "admin", `{"input":{"id":"${occurrence}"}}`, nil, nil},
	{"RestoreSolution", "admin", `{"input":{"id":"${solution}"}}`, nil, nil},
	{"Sectors", "agent", `{"search":"turismo ${n}"}`, nil, k{"sectors.edges.0.node.id": "${sector}"}},
	{"OccurrenceTypes", "agent", `{"sectorId":"${sector}"}`, nil, k{"occurrenceTypes.edges.0.node.id": "${type}"}},
	{"Occurrences", "agent", `{"occurrenceTypeId":"${type}"}`, nil, k{"occurrences.edges.0.node.id": "${occurrence}"}},
	{"Solutions", "agent", `{"occurrenceId":"${occurrence}"}`, nil, k{"solutions.edges.0.node.id": "${solution}"}},
	{"CreateUser", "admin", `{"input":{"email":"carla${n}@example.com","name":"Carla Viajante","role":"AGENT","password":"uma senha longa","sectorIds":["${sector}"]}}`, k{"user": "createUser.user.id"}, nil},
	{"UpdateUser", "admin", `{"input":{"id":"${user}","version":1,"role":"SUPERVISOR"}}`, nil, k{"updateUser.user.sectors.edges.0.node.id": "${sector}"}},
	{"ArchiveUser", "admin", `{"input":{"id":"${user}"}}`, nil, nil},
	{"RestoreUser", "admin", `{"input":{"id":"${user}"}}`, nil, nil},
	{"Users", "agent", `{"role":"SUPERVISOR","search":"carla${n}"}`, nil, k{"users.edges.0.node.id": "${user}"}},
}

// integrationSteps make a second integration, for the sandbox's other page.
var integrationSteps = []step{
	{"IntegrationChoices", "admin", `{}`, nil, nil},
	{
		"CreateIntegration", "admin", `{"input":{"name":"Aurora Viagens","channel":"RECLAME_AQUI","kind":"RECLAME_AQUI","idempotencyKey":"i${n}"}}`,
		k{"integration": "createIntegration.integration.id", "version": "createIntegration.integration.version"},
		k{"createIntegration.integration.state": "DRAFT"},
	},
	{"UpdateIntegration", "admin", `{"input":{"id":"${integration}","version":${version},"companyEmail":"viagens@example.com","apiUsername":"demo-client",
		"apiPassword":"demo-secret","syncIntervalMinutes":60,"retroactiveMonths":0,"syncGroupId":"${syncGroup}","autoConversion":true,
		"customerTypeId":"${customerType}","regionId":"${region}","creatorId":"${user}","sectorId":"${sector}","occurrenceTypeId":"${type}",
		"occurrenceId":"${occurrence}","solutionIds":["${solution}"],"defaultSolutionId":"${solution}"}}`, nil, nil},
	{"FetchReclameAquiPages", "admin", `{"input":{"id":"${integration}"}}`, k{"version": "fetchReclameAquiPages.integration.version"}, k{"fetchReclameAquiPages.pages.1.name": "Aurora Viagens"}},
	{"UpdateIntegration", "admin", `{"input":{"id":"${integration}","version":${version},"pageId":"900002"}}`, nil, k{"updateIntegration.integration.companyName": "Aurora Viagens"}},
	{"TestReclameAquiConnection", "admin", `{"input":{"id":"${integration}"}}`, nil, k{"testReclameAquiConnection.steps.3.ok": "true"}},
	{"PreviewSync", "admin", `{"input":{"id":"${integration}"}}`, nil, k{"previewSync.preview.tickets": "0"}},
	{"RotateCallbackUrl", "admin", `{"input":{"id":"${integration}","overlapHours":1}}`, nil, nil},
	{"AuditEntries", "admin", `{"subjectId":"${integration}"}`, nil, k{"auditEntries.edges.0.node.action": "CALLBACK_URL_ROTATED"}},
	{"ActivateIntegration", "admin", `{"input":{"id":"${integration}"}}`, nil, k{"activateIntegration.integration.state": "ACTIVE"}},
	{"Integration", "admin", `{"id":"${integration}"}`, nil, k{"integration.solutions.0.id": "${solution}", "integration.missingFields.0.field": ""}},
	{"EntryUsage", "admin", `{"id":"${region}"}`, nil, k{"node.integrationCount": "1"}},
	{"EntryUsage", "admin", `{"id":"${user}"}`, nil, k{"node.integrationCount": "1"}},
	{"UnknownValues", "admin", `{"id":"${integration}"}`, nil, k{"integration.unknownValues.0.kind": ""}},
	{"IntegrationHealthReport", "admin", `{"id":"${integration}"}`, nil, k{"integration.healthReport.integration.id": "${integration}"}},
	{"Alarms", "admin", `{"integrationIds":["${integration}"],"lasting":true}`, nil, k{"alarms.pageInfo.hasNextPage": "false"}},
	{"SyncNow", "admin", `{"input":{"integrationId":"${integration}","idempotencyKey":"s${n}"}}`, nil, k{"syncNow.integrations.0.id": "${integration}"}},
	{"ReclameAquiBudget", "admin", `{"integrationId":"${integration}"}`, nil, k{"reclameAquiBudget.queue.0.lane": "AGENT", "reclameAquiBudget.queue.3.lane": "BACKFILL"}},
	{"SyncRuns", "admin", `{"filter":{"integrationIds":["${integration}"],"kinds":["BACKFILL","INCREMENTAL"]}}`, nil, nil},
	{"QuarantinedComplaints", "admin", `{"filter":{"reason":"UNREADABLE"}}`, nil, k{"quarantinedComplaints.edges.0.node": ""}},
	{"RetryQuarantined", "admin", `{"input":{"integrationId":"${integration}"}}`, nil, k{"retryQuarantined.retriedCount": "0"}},
	{"PauseIntegration", "admin", `{"input":{"id":"${integration}"}}`, nil, k{"pauseIntegration.integration.state": "PAUSED"}},
	{"Integrations", "admin", `{"states":["PAUSED"]}`, nil, k{"integrations.edges.0.node.id": "${integration}"}},
	// Raised months set the first sync going again; it waits, for the whole integration is paused.
	{"Integration", "admin", `{"id":"${integration}"}`, k{"version": "integration.version"}, nil},
	{"UpdateIntegration", "admin", `{"input":{"id":"${integration}","version":${version},"retroactiveMonths":120}}`, nil, nil},
	{"PauseBackfill", "admin", `{"input":{"integrationId":"${integration}","idempotencyKey":"p${n}"}}`, nil, k{"pauseBackfill.integration.backfill.state": "PAUSED"}},
	{"CancelBackfill", "admin", `{"input":{"integrationId":"${integration}"}}`, nil, k{"cancelBackfill.integration.backfill.state": "CANCELLED"}},
	{"ResumeBackfill", "admin", `{"input":{"integrationId":"${integration}"}}`, nil, k{"resumeBackfill.integration.backfill.state": "PAUSED"}},
	{"ArchiveIntegration", "admin", `{"input":{"id":"${integration}"}}`, nil, k{"archiveIntegration.integration.state": "ARCHIVED"}},
	{"RestoreIntegration", "admin", `{"input":{"id":"${integration}"}}`, nil, k{"restoreIntegration.integration.state": "DRAFT"}},
	{"ArchiveIntegration", "admin", `{"input":{"id":"${integration}"}}`, nil, nil}, // so that the page is free for another run
}

// ticketSteps are the agent's, with one complaint just made: ${ticket}.
var ticketSteps = []step{
	{
		"Ticket", "agent", `{"id":"${ticket}"}`,
		k{"protocol": "ticket.protocol", "seen": "ticket.interactions.edges.0.node.id", "older": "ticket.interactions.pageInfo.startCursor", "customer": "ticket.customer.id"},
		k{"ticket.title": "Documentos à prova ${n}", "ticket.availableActions.0.allowed": "true"},
	},
	{"TicketByProtocol", "agent", `{"protocol":"${protocol}"}`, nil, k{"ticketByProtocol.id": "${ticket}"}},
	{"Tickets", "agent", `{"first":1,"filter":{"search":"${protocol}"}}`, k{"end": "tickets.pageInfo.endCursor"}, k{"tickets.edges.0.node.id": "${ticket}"}},
	{"MoreTickets", "agent", `{"first":1,"after":"${end}","filter":{"search":"${protocol}"}}`, nil, k{"tickets.edges.0.node.id": "", "tickets.pageInfo.hasNextPage": "false"}},
	{"TicketCount", "agent", `{"filter":{"search":"${protocol}"}}`, nil, k{"tickets.totalCount": "1"}},
	{"TicketRows", "agent", `{"ids":["${ticket}"]}`, nil, k{"nodes.0.protocol": "${protocol}"}},
	{"TicketFilterChoices", "agent", `{}`, nil, nil},
	{"ComplaintDetails", "agent", `{"id":"${ticket}"}`, nil, k{"ticket.reclameAqui.history.0.type.name": "CRIACAO"}},
	{"OlderInteractions", "agent", `{"id":"${ticket}","before":"${older}"}`, nil, k{"ticket.interactions.pageInfo.hasPreviousPage": "false"}},
	{"WhatIs", "agent", `{"id":"${ticket}"}`, nil, k{"node.__typename": "Ticket"}},
	{"Customers", "agent", `{}`, nil, nil},
	{"CustomerTickets", "agent", `{"id":"${customer}"}`, nil, nil},
	{
		"ReplyPublicly", "agent", `{"input":{"ticketId":"${ticket}","text":"Vamos ajudar.","lastSeenInteractionId":"${seen}","idempotencyKey":"r${n}"}}`,
		k{"sent": "replyPublicly.reply.id"},
		k{"replyPublicly.reply.state": "SENT", "replyPublicly.ticket.status": "AWAITING_RETURN"},
	},
	{"CheckReply", "agent", `{"text":"Escreva a maria@example.com"}`, nil, k{"checkReply.warnings.0.kind": "EMAIL", "checkReply.warnings.0.start": "10"}},
	{
		"SendPrivateMessage", "agent", `{"input":{"ticketId":"${ticket}","text":"Qual é o número do pedido?","lastSeenInteractionId":"${seen}","idempotencyKey":"p${n}"}}`, nil,
		k{"sendPrivateMessage.message.state": "SENT", "sendPrivateMessage.message.kind": "PRIVATE_MESSAGE"},
	},
	{"EndPrivateConversation", "agent", `{"input":{"ticketId":"${ticket}","idempotencyKey":"e${n}"}}`, nil, k{"endPrivateConversation.ending.state": "SENT"}},
	{"RequestEvaluation", "agent", `{"input":{"ticketId":"${ticket}","idempotencyKey":"v${n}"}}`, nil, k{"requestEvaluation.request.state": "SENT"}},
	{"ModerationReasons", "agent", `{"id":"${ticket}"}`, k{"page": "ticket.integration.id"}, k{"ticket.moderationReasons.2.reason": "IMPROPER_CONTENT", "ticket.moderationReasons.2.allowed": "true"}},
	{"ReclameAquiCompanies", "agent", `{"integrationId":"${page}","search":"viagens"}`, nil, k{"reclameAquiCompanies.companies.0.name": "Aurora Viagens"}},
	{
		"RequestModeration", "agent", `{"input":{"ticketId":"${ticket}","reason":"IMPROPER_CONTENT","text":"O texto ofende a equipe.","idempotencyKey":"m${n}"}}`, nil,
		k{"requestModeration.request.state": "SENT", "requestModeration.request.moderationReason": "IMPROPER_CONTENT"},
	},
	{"Reputation", "agent", `{"integrationId":"${page}"}`, nil, k{"reclameAquiReputation.0.period": "SEISMESES"}},
	{"WhatsAppConsumption", "admin", `{"integrationId":"${page}"}`, nil, nil},
	{"TicketHistory", "agent", `{"id":"${ticket}"}`, nil, k{"ticket.events.edges.0.node.kind": "CREATED"}},
	// The complaint came by its callback.
	{
		"CallbackDeliveries", "admin", `{"filter":{"integrationIds":["${page}"],"redelivered":false}}`,
		k{"delivery": "callbackDeliveries.edges.0.node.id", "received": "callbackDeliveries.edges.0.node.receivedAt"},
		k{"callbackDeliveries.edges.0.node.integration.id": "${page}", "callbackDeliveries.edges.0.node.method": "POST"},
	},
	{"CallbackDelivery", "admin", `{"id":"${delivery}"}`, nil, k{"node.id": "${delivery}"}},
	{"RedeliverCallbacks", "admin", `{"input":{"deliveryIds":["${delivery}"],"idempotencyKey":"c${n}"}}`, nil, k{"redeliverCallbacks.deliveries": "1"}},
	{
		"CallbackDeliveries", "admin", `{"filter":{"receivedFrom":"${received}","redelivered":true}}`, nil,
		k{"callbackDeliveries.edges.0.node.id": "${delivery}", "callbackDeliveries.edges.0.node.redeliveries": "1"},
	},
}

// workSteps are what is done with the same ticket in the house.
var workSteps = []step{
	{"Viewer", "agent", `{}`, k{"me": "viewer.id"}, nil},
	{
		"AssignTicket", "agent", `{"input":{"ticketId":"${ticket}","assigneeId":"${me}","idempotencyKey":"a${n}"}}`,
		k{"version": "assignTicket.ticket.version"},
		k{"assignTicket.ticket.assignee.id": "${me}"},
	},
	{"Tickets", "agent", `{"first":1,"filter":{"mine":true,"overdue":false,"search":"${protocol}"},"orderBy":{"field":"DUE_AT"}}`, nil, k{"tickets.edges.0.node.id": "${ticket}"}},
	{"ClaimReply", "agent", `{"input":{"ticketId":"${ticket}"}}`, nil, k{"claimReply.ticket.replyClaim.user.id": "${me}", "claimReply.takenOverFrom": ""}},
	{"ClaimReply", "admin", `{"input":{"ticketId":"${ticket}","idempotencyKey":"t${n}"}}`, nil, k{"claimReply.takenOverFrom.id": "${me}"}},
	{"ReleaseReply", "agent", `{"input":{"ticketId":"${ticket}"}}`, nil, k{"releaseReply.ticket.replyClaim.user.name": "Ana Administradora"}},
	{"ReleaseReply", "admin", `{"input":{"ticketId":"${ticket}","idempotencyKey":"l${n}"}}`, nil, k{"releaseReply.ticket.replyClaim": ""}},
	{"MarkTicketRead", "agent", `{"input":{"ticketId":"${ticket}","unread":true}}`, nil, k{"markTicketRead.ticket.unread": "true"}},
	{
		"AddInternalNote", "agent", `{"input":{"ticketId":"${ticket}","text":"Falar com o financeiro.","idempotencyKey":"n${n}"}}`,
		k{"note": "addInternalNote.note.id", "version": "addInternalNote.ticket.version"},
		k{"addInternalNote.note.author.id": "${me}"},
	},
	{"Ticket", "agent", `{"id":"${ticket}"}`, k{"older": "ticket.notes.pageInfo.startCursor"}, k{"ticket.notes.edges.0.node.id": "${note}"}},
	{"OlderNotes", "agent", `{"id":"${ticket}","before":"${older}"}`, nil, k{"ticket.notes.pageInfo.hasPreviousPage": "false"}},
	{"TransferChoices", "agent", `{"sectorId":"${sector}","occurrenceTypeId":"${type}"}`, nil, k{"occurrences.edges.0.node.id": "${occurrence}"}},
	{
		"TransferTicket", "admin", `{"input":{"ticketId":"${ticket}","sectorId":"${sector}","occurrenceTypeId":"${type}","occurrenceId":"${occurrence}",
		"note":"É de vocês.","version":${version}}}`,
		k{"version": "transferTicket.ticket.version"},
		k{"transferTicket.ticket.sector.id": "${sector}", "transferTicket.ticket.assignee": "", "transferTicket.ticket.allowedSolutions.0.id": "${solution}"},
	},
	{
		"FinishTicket", "admin", `{"input":{"ticketId":"${ticket}","solutionId":"${solution}","version":${version}}}`, nil,
		k{"finishTicket.ticket.status": "FINISHED"},
	},
	{"ReopenTicket", "admin", `{"input":{"ticketId":"${ticket}"}}`, nil, k{"reopenTicket.ticket.status": "IN_PROGRESS", "reopenTicket.ticket.solution": ""}},
}

type k = map[string]string

// run is what goes through the steps.
type run struct {
	documents map[string]document
	kept      map[string]string
	used      map[string]bool
}

func (r *run) filled(text string) string {
	for name, value := range r.kept {
		text = strings.ReplaceAll(text, "${"+name+"}", value)
	}
	return text
}

// request is what an app sends.
func (r *run) request(t *testing.T, operation, as, variables string) (http.Header, map[string]any) {
	t.Helper()
	d, ok := r.documents[operation]
	if !ok {
		t.Fatalf("there is no document %s", operation)
	}
	r.used[operation] = true
	var values map[string]any
	if err := json.Unmarshal([]byte(r.filled(variables)), &values); err != nil {
		t.Fatalf("%s: %v in %s", operation, err, r.filled(variables))
	}
	header := http.Header{}
	if as != "" {
		header.Set("Authorization", "Bearer "+r.kept[as])
	}
	return header, map[string]any{"query": d.text, "operationName": operation, "variables": values}
}

// do runs a step and refuses every error, of GraphQL and in payloads.
func (r *run) do(t *testing.T, s step) map[string]any {
	t.Helper()
	header, body := r.request(t, s.operation, s.as, s.variables)
	answer := post(t, http.MethodPost, server+"/graphql", header, body)
	data, _ := answer["data"].(map[string]any)
	if answer["errors"] != nil || len(data) == 0 {
		t.Fatalf("%s: %v", s.operation, answer)
	}
	for root, value := range data {
		payload, _ := value.(map[string]any)
		if problems, _ := payload["errors"].([]any); value == nil || len(problems) > 0 {
			t.Fatalf("%s: %s: %v", s.operation, root, value)
		}
	}
	for name, path := range s.keep {
		if r.kept[name] = at(data, path); r.kept[name] == "" {
			t.Fatalf("%s: nothing at %s in %v", s.operation, path, data)
		}
	}
	for path, want := range s.want {
		if got := at(data, path); got != r.filled(want) {
			t.Errorf("%s: %s is %q, want %q", s.operation, path, got, r.filled(want))
		}
	}
	return data
}

// refused runs a step that is to fail in its payload with a code.
func (r *run) refused(t *testing.T, s step, code string) {
	t.Helper()
	header, body := r.request(t, s.operation, s.as, s.variables)
	answer := post(t, http.MethodPost, server+"/graphql", header, body)
	data, _ := answer["data"].(map[string]any)
	for root := range data {
		if got := at(data, root+".errors.0.code"); got != code {
			t.Errorf("%s: %q, want %q: %v", s.operation, got, code, answer)
		}
	}
}

// follow subscribes with server-sent events and gives the data of each.
func (r *run) follow(t *testing.T, operation, as, variables string) <-chan map[string]any {
	t.Helper()
	header, body := r.request(t, operation, as, variables)
	header.Set("Accept", "text/event-stream")
	response := open(t, http.MethodPost, server+"/graphql", header, body)
	events := make(chan map[string]any)
	ended := make(chan struct{})
	t.Cleanup(func() { response.Body.Close(); <-ended })
	go func() {
		defer close(ended)
		defer close(events)
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			text, ok := strings.CutPrefix(lines.Text(), "data: ")
			var event map[string]any
			if !ok || json.Unmarshal([]byte(text), &event) != nil {
				continue
			}
			select {
			case events <- event:
			case <-t.Context().Done():
				return
			}
		}
	}()
	return events
}

// await takes events until one has a value at a path.
func await(t *testing.T, events <-chan map[string]any, path, want string) map[string]any {
	t.Helper()
	limit := time.After(patience)
	for {
		select {
		case event, more := <-events:
			if !more || event["errors"] != nil {
				t.Fatalf("the stream ended before %s was %q: %v", path, want, event)
			}
			if at(event, path) == want {
				return event
			}
		case <-limit:
			t.Fatalf("no event whose %s is %q", path, want)
		}
	}
}

func TestEveryDocumentRuns(t *testing.T) {
	runs++
	r := &run{documents(t), k{"n": strconv.Itoa(runs)}, map[string]bool{}}
	title := r.filled("Documentos à prova ${n}")
	all := func(steps []step) {
		for _, s := range steps {
			r.do(t, s)
		}
	}
	all(sessions)
	all(listSteps)
	all(integrationSteps)
	reports := r.follow(t, "IntegrationHealth", "admin", `{"integrationIds":["${integration}"]}`)
	await(t, reports, "data.integrationHealth.status", "INACTIVE")

	await(t, r.follow(t, "SyncProgress", "admin", `{}`), "data.syncProgress.backfill.state", "DONE")
	r.do(t, step{operation: "Tickets", as: "agent", variables: `{}`, keep: k{"cursor": "eventCursor"}})
	events := r.follow(t, "TicketChanges", "agent", `{"after":"${cursor}"}`)
	complain(t, title)
	created := await(t, events, "data.ticketChanges.ticket.title", title)
	r.kept["ticket"] = at(created, "data.ticketChanges.ticket.id")
	all(ticketSteps)
	await(t, events, "data.ticketChanges.ticket.status", "AWAITING_RETURN")
	r.refused(t, step{operation: "SettleOutboundAttempt", as: "agent", variables: `{"input":{"attemptId":"${sent}","arrived":true}}`}, "INVALID_STATE")
	r.refused(t, step{operation: "FetchAttachmentLink", as: "agent", variables: `{"input":{"attachmentId":"att_none"}}`}, "NOT_FOUND")
	all(workSteps)
	await(t, events, "data.ticketChanges.kind", "TRANSFERRED")

	for _, name := range slices.Sorted(maps.Keys(r.documents)) {
		if !r.used[name] {
			t.Errorf("%s was never run", name)
		}
	}
}

package app

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"citrus.cx/channel/graph"
	"citrus.cx/channel/server/reclameaqui/sandbox"
)

// Who may use a root field.
const (
	everybody     = "everybody"
	whoIsSignedIn = "who is signed in"
	supervising   = "administrators and supervisors"
	administrator = "administrators"
)

// mayUse names every root field of the contract that is not an administrator's; a field that is in neither list
// fails the test, so that whoever adds one says who may use it.
var mayUse = map[string]string{
	"signIn": everybody, "refreshSession": everybody, "signOut": whoIsSignedIn,
	"viewer": whoIsSignedIn, "node": whoIsSignedIn, "nodes": whoIsSignedIn,
	"customerTypes": whoIsSignedIn, "regions": whoIsSignedIn, "syncGroups": whoIsSignedIn, "sectors": whoIsSignedIn,
	"occurrenceTypes": whoIsSignedIn, "occurrences": whoIsSignedIn, "solutions": whoIsSignedIn, "users": whoIsSignedIn,
	"customers": whoIsSignedIn, "tickets": whoIsSignedIn, "ticket": whoIsSignedIn, "ticketByProtocol": whoIsSignedIn,
	"eventCursor": whoIsSignedIn, "ticketChanges": whoIsSignedIn, "checkReply": whoIsSignedIn,
	"replyPublicly": whoIsSignedIn, "sendPrivateMessage": whoIsSignedIn, "endPrivateConversation": whoIsSignedIn, "requestEvaluation": whoIsSignedIn,
	"requestModeration": whoIsSignedIn, "settleOutboundAttempt": whoIsSignedIn, "fetchAttachmentLink": whoIsSignedIn,
	"reclameAquiReputation": whoIsSignedIn, "reclameAquiCompanies": whoIsSignedIn, "reclameAquiWhatsAppConsumption": supervising,
	"assignTicket": whoIsSignedIn, "transferTicket": whoIsSignedIn, "finishTicket": whoIsSignedIn, "reopenTicket": whoIsSignedIn,
	"markTicketRead": whoIsSignedIn, "addInternalNote": whoIsSignedIn, "claimReply": whoIsSignedIn, "releaseReply": whoIsSignedIn,
}

// administrators are the root fields of the configuration.
var administrators = strings.Fields(`integrations integration auditEntries callbackDeliveries redeliverCallbacks alarms integrationHealth
	reclameAquiBudget syncRuns quarantinedComplaints syncProgress syncNow pauseBackfill resumeBackfill cancelBackfill retryQuarantined
	createCustomerType updateCustomerType archiveCustomerType restoreCustomerType createRegion updateRegion archiveRegion restoreRegion
	createSyncGroup updateSyncGroup archiveSyncGroup restoreSyncGroup createSector updateSector archiveSector restoreSector
	createOccurrenceType updateOccurrenceType archiveOccurrenceType restoreOccurrenceType createOccurrence updateOccurrence archiveOccurrence restoreOccurrence
	createSolution updateSolution archiveSolution restoreSolution createUser updateUser archiveUser restoreUser
	createIntegration updateIntegration activateIntegration pauseIntegration archiveIntegration restoreIntegration
	fetchReclameAquiPages rotateCallbackUrl testReclameAquiConnection previewSync`)

// asker writes the simplest operation of a root field that the contract accepts.
type asker struct{ schema *ast.Schema }

func contract(t testing.TB) asker {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: graph.Contract()})
	if err != nil {
		t.Fatal(err)
	}
	return asker{schema}
}

// operation asks for a root field with values for all that is required.
func (a asker) operation(kind string, f *ast.FieldDefinition) string {
	var arguments []string
	for _, arg := range f.Arguments {
		if arg.Type.NonNull && arg.DefaultValue == nil {
			arguments = append(arguments, arg.Name+": "+a.value(f.Name, arg.Name, arg.Type))
		}
	}
	text := kind + " { " + f.Name
	if len(arguments) > 0 {
		text += "(" + strings.Join(arguments, ", ") + ")"
	}
	result := a.schema.Types[f.Type.Name()]
	switch {
	case result.Kind == ast.Scalar:
		return text + " }"
	case result.Fields.ForName("errors") != nil:
		return text + " { errors { code } } }"
	}
	return text + " { __typename } }"
}

// value is a literal of a type. Ids are of nothing, so that administrators may try everything.
func (a asker) value(field, name string, t *ast.Type) string {
	if t.Elem != nil {
		return "[" + a.value(field, name, t.Elem) + "]"
	}
	d := a.schema.Types[t.NamedType]
	switch d.Kind {
	case ast.Enum:
		return d.EnumValues[0].Name
	case ast.InputObject:
		var fields []string
		for _, f := range d.Fields {
			if f.Type.NonNull && f.DefaultValue == nil {
				fields = append(fields, f.Name+": "+a.value(field, f.Name, f.Type))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	}
	switch t.NamedType {
	case "Int":
		return "1"
	case "Boolean":
		return "true"
	case "Protocol":
		return `"202600000001"`
	}
	return fmt.Sprintf("%q", field+" "+name)
}

// rootFields are those of the contract, by the kind of their operation.
func (a asker) rootFields() map[string]ast.FieldList {
	all := map[string]ast.FieldList{}
	for kind, root := range map[string]*ast.Definition{"query": a.schema.Query, "mutation": a.schema.Mutation, "subscription": a.schema.Subscription} {
		for _, f := range root.Fields {
			if !strings.HasPrefix(f.Name, "__") {
				all[kind] = append(all[kind], f)
			}
		}
	}
	return all
}

// visitor is somebody who tries a root field.
type visitor struct {
	role     string
	email    string // "" for nobody
	password string
	*person
}

// Every root field of the contract × administrator, supervisor, agent, nobody.
func TestEveryRootFieldAndEveryRole(t *testing.T) {
	t.Parallel()
	base := moody(t, sandbox.Config{Complaints: 20, Rate: 600})
	p, admin := server(t, folder(t).with(settings{"RECLAME_AQUI_URL": base + "/api"}))
	o := admin.register()
	start := admin.ask(`{ eventCursor }`, nil).at("eventCursor").text()
	admin.activate(&o)
	admin.mirrored(o.integration)
	admin.make("user", map[string]any{"email": "sofia@example.com", "name": "Sofia", "role": "SUPERVISOR", "password": agentPassword})
	visitors := []visitor{
		{"ADMIN", adminEmail, adminPassword, admin},
		{"SUPERVISOR", "sofia@example.com", agentPassword, signIn(t, p.graphql, "sofia@example.com", agentPassword)},
		{"AGENT", "alice@example.com", agentPassword, signIn(t, p.graphql, "alice@example.com", agentPassword)},
		{"nobody", "", "", &person{t: t, base: p.graphql}},
	}
	for _, name := range administrators {
		mayUse[name] = administrator
	}
	a, tried := contract(t), 0
	for kind, fields := range a.rootFields() {
		for _, f := range fields {
			who, known := mayUse[f.Name]
			if !known {
				t.Errorf("nobody has said who may use %s %s", kind, f.Name)
				continue
			}
			tried++
			for _, v := range visitors {
				if got, want := v.tries(a, kind, f, start), verdict(v.role, who); got != want {
					t.Errorf("%s %s by %s: %s, want %s", kind, f.Name, v.role, got, want)
				}
			}
		}
	}
	if tried != len(mayUse) {
		t.Errorf("%d root fields were tried, of %d it is said who may use them: one is gone", tried, len(mayUse))
	}
}

// verdict is what a role is to meet.
func verdict(role, who string) string {
	switch {
	case who == everybody, role == "ADMIN", who == whoIsSignedIn && role != "nobody", who == supervising && role == "SUPERVISOR":
		return "allowed"
	case role == "nobody":
		return "UNAUTHENTICATED"
	}
	return "FORBIDDEN"
}

// tries uses a root field: "allowed", FORBIDDEN or UNAUTHENTICATED. What an administrator is told beyond that (there
// is no such thing) means that he was let in.
func (v visitor) tries(a asker, kind string, f *ast.FieldDefinition, after string) string {
	v.t.Helper()
	query := a.operation(kind, f)
	switch f.Name {
	case "signIn":
		query = fmt.Sprintf(`mutation { signIn(input: {email: %q, password: %q}) { errors { code } } }`, adminEmail, adminPassword)
	case "refreshSession":
		fresh := (&person{t: v.t, base: v.base}).must("signIn", map[string]any{"email": adminEmail, "password": adminPassword}, "refreshToken")
		query = fmt.Sprintf(`mutation { refreshSession(input: {refreshToken: %q}) { errors { code } } }`, fresh.at("refreshToken").text())
	case "signOut": // of a session of its own
		if v.email != "" {
			v.person = signIn(v.t, v.base, v.email, v.password)
		}
	case "ticketChanges":
		return v.listens(`subscription($after: Cursor) { ticketChanges(after: $after) { __typename } }`, f.Name, "TicketChange", map[string]any{"after": after})
	case "integrationHealth":
		return v.listens(query, f.Name, "IntegrationHealth", nil)
	case "syncProgress":
		return v.listens(`subscription { syncProgress { __typename } }`, f.Name, "SyncProgress", nil)
	}
	_, answer := v.raw(query, nil)
	return judged(v.t, query, answer, f.Name)
}

func judged(t testing.TB, query string, answer node, field string) string {
	t.Helper()
	code := answer.at("errors", 0, "extensions", "code").text()
	if strings.HasPrefix(code, "GRAPHQL_") {
		t.Fatalf("%s: %s", query, answer)
	}
	if code == "" {
		code = answer.at("data", field, "errors", 0, "code").text()
	}
	if code == "FORBIDDEN" || code == "UNAUTHENTICATED" {
		return code
	}
	return "allowed"
}

// listens subscribes by server-sent events, to changes after a cursor that has some behind it, and judges the first that comes.
func (v visitor) listens(query, field, kind string, variables map[string]any) string {
	v.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		v.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.base+"/graphql", bytes.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header = v.header()
	r.Header.Set("Accept", "text/event-stream")
	res, err := web.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data:"); ok && strings.TrimSpace(data) != "" {
			answer := decode(v.t, []byte(data))
			got := judged(v.t, query, answer, field)
			if got == "allowed" && answer.at("data", field, "__typename").text() != kind {
				v.t.Errorf("%s is pushed %s", v.role, answer)
			}
			return got
		}
	}
	return "nothing"
}

package graph

import (
	"fmt"
	"strings"
	"testing"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
)

func completeDraft() *db.Integration { return &db.Integration{State: integration.StateDRAFT} }

// Who may ask for what (rules A1 and T4).
const (
	signedIn = "signed in"
	admins   = "administrators"
	// supervisors and administrators
	supervisors = "supervisors"
)

// questions has a query for every root field, and who may ask it. %[1]s is a ticket's id, %[2]s an integration's.
var questions = map[string]struct{ query, who string }{
	"viewer":                {`viewer { id }`, signedIn},
	"node":                  {`node(id: "%[1]s") { id }`, signedIn},
	"nodes":                 {`nodes(ids: ["%[1]s"]) { id }`, signedIn},
	"integrations":          {`integrations { edges { node { id } } }`, admins},
	"integration":           {`integration(id: "%[2]s") { id }`, admins},
	"alarms":                {`alarms { edges { node { id } } }`, admins},
	"syncRuns":              {`syncRuns { edges { node { id } } }`, admins},
	"quarantinedComplaints": {`quarantinedComplaints { edges { node { id } } }`, admins},
	"reclameAquiBudget":     {`reclameAquiBudget(integrationId: "%[2]s") { limit }`, admins},
	"callbackDeliveries":    {`callbackDeliveries { edges { node { id } } }`, admins},
	"auditEntries":          {`auditEntries { edges { node { id } } }`, admins},
	"customerTypes":         {`customerTypes { edges { node { id } } }`, signedIn},
	"regions":               {`regions { edges { node { id } } }`, signedIn},
	"syncGroups":            {`syncGroups { edges { node { id } } }`, signedIn},
	"sectors":               {`sectors { edges { node { id } } }`, signedIn},
	"occurrenceTypes":       {`occurrenceTypes { edges { node { id } } }`, signedIn},
	"occurrences":           {`occurrences { edges { node { id } } }`, signedIn},
	"solutions":             {`solutions { edges { node { id } } }`, signedIn},
	"users":                 {`users { edges { node { id } } }`, signedIn},
	"customers":             {`customers { edges { node { id } } }`, signedIn},
	"tickets":               {`tickets { edges { node { id } } }`, signedIn},
	"ticket":                {`ticket(id: "%[1]s") { id }`, signedIn},
	"ticketByProtocol":      {`ticketByProtocol(protocol: "202600000001") { id }`, signedIn},
	"eventCursor":           {`eventCursor`, signedIn},
	"checkReply":            {`checkReply(text: "x") { warnings { kind } }`, signedIn},

	// These ask Reclame Aqui.
	"reclameAquiReputation":          {`reclameAquiReputation(integrationId: "%[2]s") { period }`, signedIn},
	"reclameAquiWhatsAppConsumption": {`reclameAquiWhatsAppConsumption(integrationId: "%[2]s") { name }`, supervisors},
	"reclameAquiCompanies":           {`reclameAquiCompanies(integrationId: "%[2]s", search: "loja") { totalCount }`, signedIn},
}

// listsOf are the fields whose archived entries only an administrator sees.
var listsOf = []string{"customerTypes", "regions", "syncGroups", "sectors", "occurrenceTypes", "occurrences", "solutions", "users"}

var everyRole = []user.Role{"", user.RoleAGENT, user.RoleSUPERVISOR, user.RoleADMIN}

// expected is the code that a role is answered.
func expected(role user.Role, who string) string {
	switch {
	case role == "":
		return "UNAUTHENTICATED"
	case who == admins && role != user.RoleADMIN, who == supervisors && role == user.RoleAGENT:
		return "FORBIDDEN"
	}
	return ""
}

// Every root field × nobody, agent, supervisor, administrator.
func TestWhoMayAskWhat(t *testing.T) {
	w := onSQLite(t)
	for _, f := range contract(t).Query.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		ask, known := questions[f.Name]
		if !known {
			t.Errorf("%s does not say who may ask it", f.Name)
			continue
		}
		for _, role := range everyRole {
			got := w.ask(t, role, "{ "+fmt.Sprintf(ask.query+"%[3]s", w.own.ID, w.page.ID, "")+" }", nil)
			want := expected(role, ask.who)
			if want == "" && strings.HasPrefix(f.Name, "reclameAqui") {
				want = "INVALID_STATE" // the integration is a draft: nobody can be asked through it
			}
			if got.code() != want {
				t.Errorf("%s as %q: %q %v, want %q", f.Name, role, got.code(), got.Errors, want)
			}
			if got.code() == "" && string(got.Data[f.Name]) == "null" {
				t.Errorf("%s as %q is null", f.Name, role)
			}
		}
	}
	for _, name := range listsOf {
		for _, state := range []string{"ARCHIVED", "ALL"} {
			for _, role := range everyRole {
				got := w.ask(t, role, fmt.Sprintf("{ %s(state: %s) { edges { node { id } } } }", name, state), nil)
				if want := expected(role, admins); got.code() != want {
					t.Errorf("%s, %s, as %q: %q, want %q", name, state, role, got.code(), want)
				}
			}
		}
	}
	for name := range questions {
		if contract(t).Query.Fields.ForName(name) == nil {
			t.Errorf("%s is no root field", name)
		}
	}
}

// Rule T4: agents see tickets of their sectors; what is not visible is not there, by every way that leads to it.
func TestWhatAnAgentSees(t *testing.T) {
	w := onSQLite(t)
	for _, c := range []struct {
		query string
		agent string
	}{
		{`{ ticket(id: "` + w.own.ID + `") { protocol } }`, `{"protocol":"202600000001"}`},
		{`{ ticket(id: "` + w.other.ID + `") { protocol } }`, `null`},
		{`{ ticket: ticketByProtocol(protocol: "202600000002") { protocol } }`, `null`},
		{`{ ticket: node(id: "` + w.other.ID + `") { id } }`, `null`},
		{`{ ticket: node(id: "` + w.other.CustomerID + `") { id } }`, `null`},
		{`{ ticket: nodes(ids: ["` + w.other.ID + `", "int_none", "nothing"]) { id } }`, `[null,null,null]`},
		{`{ ticket: tickets { totalCount edges { node { protocol } } } }`, `{"totalCount":1,"edges":[{"node":{"protocol":"202600000001"}}]}`},
		{`{ ticket: tickets(filter: {sectorIds: ["` + w.other.SectorID + `"]}) { totalCount } }`, `{"totalCount":0}`},
		{`{ ticket: customers { totalCount } }`, `{"totalCount":1}`},
		// The name of a ticket's integration is everybody's, its configuration is not (rule A1).
		{`{ ticket(id: "` + w.own.ID + `") { integration { name } } }`, `{"integration":{"name":"x"}}`},
	} {
		got := w.ask(t, user.RoleAGENT, c.query, nil)
		if string(got.Data["ticket"]) != c.agent || got.code() != "" {
			t.Errorf("%s: %s %v", c.query, got.Data["ticket"], got.Errors)
		}
		if all := w.ask(t, user.RoleSUPERVISOR, c.query, nil); c.agent == "null" && string(all.Data["ticket"]) == "null" {
			t.Errorf("%s: a supervisor does not see it either", c.query)
		}
	}
	got := w.ask(t, user.RoleAGENT, `{ ticket(id: "`+w.own.ID+`") { integration { apiUsername callbackUrl } } }`, nil)
	if got.code() != "FORBIDDEN" {
		t.Errorf("an agent reads the configuration: %s %v", got.Data["ticket"], got.Errors)
	}
}

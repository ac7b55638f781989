package graph

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

// deliver keeps a callback as it came in.
func (w *world) deliver(at time.Time, method, body string, labels ...string) string {
	return w.Writer.CallbackDelivery.Create().SetIntegrationID(w.page.ID).SetReceivedAt(at).SetMethod(method).
		SetContentType("application/json").SetBody([]byte(body)).SetReferences(labels).SaveX(context.Background()).ID
}

const deliveries = `query($filter: CallbackDeliveryFilter) { callbackDeliveries(filter: $filter) { totalCount edges { node {
	id integration { name } receivedAt method contentType size body state redeliveredAt redeliveries
	hints { kind reference ticket { protocol sector { name } customer { name } reclameAqui { complaintId } } } } } } }`

// page of callbacks, as an administrator reads it.
type deliveriesPage struct {
	TotalCount int
	Edges      []struct {
		Node struct {
			ID, Method, ContentType, State string
			Integration                    struct{ Name string }
			Size, Redeliveries             int
			Body                           *string
			Hints                          []struct {
				Kind      string
				Reference *string
				Ticket    *struct {
					Protocol    string
					Sector      struct{ Name string }
					ReclameAqui struct{ ComplaintID string }
				}
			}
		}
	}
}

func (w *world) deliveries(t *testing.T, filter map[string]any) (page deliveriesPage) {
	t.Helper()
	answer := w.ask(t, user.RoleADMIN, deliveries, map[string]any{"filter": filter})
	if err := unmarshal(answer, "callbackDeliveries", &page); err != nil {
		t.Fatalf("%v: %v", filter, err)
	}
	return page
}

func TestDeliveriesAreListed(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		w := newWorld(t, d)
		w.Writer.Integration.UpdateOne(w.page).SetState(integration.StateACTIVE).ExecX(context.Background())
		first := w.deliver(noon, "POST", `{"id":1,"name":"Maria"}`, "COMPLAINT:1", "COMPLAINT:77")
		second := w.deliver(noon.Add(time.Minute), "PUT", "", "POLL")
		third := w.deliver(noon.Add(time.Hour), "POST", `{"source_external_id":"1"}`, "SOURCE:1")

		all := w.deliveries(t, nil)
		if all.TotalCount != 3 || len(all.Edges) != 3 || all.Edges[0].Node.ID != third || all.Edges[2].Node.ID != first {
			t.Fatalf("all: %+v", all)
		}
		one := all.Edges[2].Node
		if one.Integration.Name != "x" || one.Size != 23 || one.Body == nil || *one.Body != `{"id":1,"name":"•••"}` || one.State != "READ" ||
			len(one.Hints) != 2 || *one.Hints[0].Reference != "1" || one.Hints[0].Ticket.Protocol != w.own.Protocol ||
			one.Hints[0].Ticket.Sector.Name != "SAC" || one.Hints[0].Ticket.ReclameAqui.ComplaintID != "1" || one.Hints[1].Ticket != nil {
			t.Errorf("one: %+v", one)
		}
		if poll := all.Edges[1].Node; poll.Size != 0 || poll.Body != nil || poll.Hints[0].Kind != "POLL" || poll.Hints[0].Reference != nil {
			t.Errorf("poll: %+v", poll)
		}
		if again := w.ask(t, user.RoleADMIN, `mutation($ids: [ID!]) { redeliverCallbacks(input: {deliveryIds: $ids}) { deliveries hints errors { code field } } }`,
			map[string]any{"ids": []string{first}}); string(again.Data["redeliverCallbacks"]) != `{"deliveries":1,"hints":2,"errors":[]}` {
			t.Errorf("again: %s %v", again.Data["redeliverCallbacks"], again.Errors)
		}
		for _, test := range []struct {
			filter map[string]any
			want   []string
		}{
			{map[string]any{"integrationIds": []string{w.page.ID}}, []string{third, second, first}},
			{map[string]any{"integrationIds": []string{"int_x"}}, nil},
			{map[string]any{"receivedFrom": noon.Add(time.Minute)}, []string{third, second}},
			{map[string]any{"receivedTo": noon.Add(time.Minute)}, []string{first}},
			{map[string]any{"complaintId": "77"}, []string{first}},
			{map[string]any{"complaintId": "1"}, []string{third, first}},
			{map[string]any{"complaintId": "7"}, nil},
			{map[string]any{"method": "put"}, []string{second}},
			{map[string]any{"redelivered": true}, []string{first}},
			{map[string]any{"redelivered": false}, []string{third, second}},
		} {
			var got []string
			for _, edge := range w.deliveries(t, test.filter).Edges {
				got = append(got, edge.Node.ID)
			}
			if strings.Join(got, " ") != strings.Join(test.want, " ") {
				t.Errorf("%v: %v, want %v", test.filter, got, test.want)
			}
		}
		if got := w.deliveries(t, map[string]any{"redelivered": true}).Edges[0].Node; got.State != "WAITING" || got.Redeliveries != 1 {
			t.Errorf("delivered again: %+v", got)
		}
		if got := w.ask(t, user.RoleADMIN, deliveries, map[string]any{"filter": map[string]any{"complaintId": "x%"}}).code(); got != "INVALID" {
			t.Errorf("no number: %q", got)
		}
		for role, seen := range map[user.Role]bool{user.RoleADMIN: true, user.RoleAGENT: false, user.RoleSUPERVISOR: false} {
			answer := w.ask(t, role, `query($id: ID!) { node(id: $id) { ... on CallbackDelivery { body size state } } }`, map[string]any{"id": first})
			if got := string(answer.Data["node"]); answer.code() != "" || (got != "null") != seen {
				t.Errorf("%s: %s %q", role, got, answer.code())
			}
		}
	})
}

// A long list costs as many statements as a short one.
func TestAListOfDeliveriesCostsNoMore(t *testing.T) {
	var statements atomic.Int64
	d := databasetest.Open(t, databasetest.SQLite(t), database.Options{OnStatement: func(context.Context, string) { statements.Add(1) }})
	w := newWorld(t, d)
	count := func() int64 {
		before := statements.Load()
		w.deliveries(t, nil)
		return statements.Load() - before
	}
	w.deliver(noon, "POST", `{"id":1}`, "COMPLAINT:1")
	short := count()
	for range 20 {
		w.deliver(noon, "POST", `{"id":1}`, "COMPLAINT:1", "SOURCE:1", "COMPLAINT:2")
	}
	if long := count(); long != short {
		t.Errorf("%d statements, of a list with one %d", long, short)
	}
}

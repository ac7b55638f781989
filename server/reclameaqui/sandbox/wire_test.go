package sandbox

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// topLevel are the keys of the contract in the order of its example.
const topLevel = `hugme_status ra_status favorable_assessment information_source source company last_feeling feed_type
moderation ra customer user account rafone _id id source_external_id can_like commentary creation_date insertion_date
complaint_title filed last_modification_date closed_date request_moderation request_evaluation frozen complaint_content
ra_reason ra_feeling complaint_response_content complaint_response_date interactions_count interactions_not_readed_count
resolved_issue back_doing_business consumer_consideration consumer_consideration_date company_consideration
company_consideration_date private_treatment_time public_treatment_time rating_time rating rating_date comments_count
redistributions_count redistributions_reason ticket_moderations_count ticket_messages_count last_replica_date contact_us
rating_without_response hugme_ticket_type customer_interactions_count company_interactions_count assignment_count rule_id
duplicate_ticket tags extra_data sticky_notes autos personalized_fields attached categories historical interactions active
duplicate_tiqt whatsapp`

func TestTicketHasEveryKeyInOrder(t *testing.T) {
	w := open(t, Config{})
	raw := string(w.get("/ticket/v1/tickets?page[size]=1").body)
	d := json.NewDecoder(strings.NewReader(raw[strings.Index(raw, `[`)+1:]))
	var keys []string
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var value any
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	want := strings.Fields(topLevel)
	if len(want) != 72 || !slices.Equal(keys, want) {
		t.Errorf("%d keys: %v", len(keys), keys)
	}
}

// freshShape is a new complaint as the one real answer had it, reduced to the values that say "nothing".
var freshShape = map[string]string{
	"user": `{"id":-1,"name":null}`, "account": `{"id":-1,"name":null}`, "last_feeling": `{"id":-1,"name":null}`,
	"moderation": `{"user":{"id":-1,"name":null},"status":null,"reason":null,"request_date":null,"response_date":null}`,
	"rafone":     `{"expiration_date":null,"status_id":-1,"status_name":null}`,
	"ra": `{"replicas_count":0,"source_id":1,"source_name":"Site","deactivation_date":null,"deactivation_reason":null,` +
		`"internal_process":true,"blackfriday":false}`,
	"favorable_assessment": `{"id":0,"description":"Não Solicitado"}`,
	"hugme_status":         `{"id":21,"name":"Novo"}`, "ra_status": `{"id":5,"name":"Não respondido"}`,
	"rating": `"-1"`, "rating_date": `null`, "closed_date": `null`, "resolved_issue": `false`, "request_moderation": `true`,
	"request_evaluation": `false`, "whatsapp": `null`, "tags": `[]`, "extra_data": `{}`, "duplicate_tiqt": `[]`, "categories": `[]`,
	"complaint_response_content": `null`, "public_treatment_time": `null`, "rating_without_response": `false`, "active": `true`,
}

func TestFreshComplaintShape(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	created := admin[map[string]json.RawMessage](w, "POST", "/complaints", `{"text":"Olá \n\rmundo","title":"Teste"}`, 201)
	for key, want := range freshShape {
		if string(created[key]) != want {
			t.Errorf("%s = %s, want %s", key, created[key], want)
		}
	}
	var ticket Ticket
	w.do("GET", "/__sandbox/complaints/"+string(created["id"]), "", "").decode(t, &ticket)
	first := ticket.Interactions[0]
	if first.CustomerID == nil || *first.CustomerID != "80000001" || ticket.Customer.ID != 80000001 || first.ResponsibleID != nil {
		t.Errorf("author: %+v", first)
	}
	if ticket.ID != 90000001 || ticket.SourceExternalID != "190000001" || len(ticket.ObjectID) != 24 || ticket.Customer.CompanyName != "[]" {
		t.Errorf("ids: %d %s %s", ticket.ID, ticket.SourceExternalID, ticket.ObjectID)
	}
	if n := len(first.Details); ticket.UnreadCount != n || ticket.CustomerRows != n || ticket.InteractionsCount != 1 || ticket.CompanyRows != 0 {
		t.Errorf("counters count detail rows: %d of %d", ticket.UnreadCount, n)
	}
	if !ticket.Created.Before(ticket.Inserted.Time) || !ticket.Modified.Equal(ticket.Inserted.Time) || first.Created != ticket.Created {
		t.Errorf("dates: %v %v %v", ticket.Created, ticket.Inserted, ticket.Modified)
	}
	if len(ticket.Historical) != 2 || ticket.Content != "Olá \n\rmundo" || first.Message != ticket.Content {
		t.Errorf("history %v, content %q", ticket.Historical, ticket.Content)
	}
}

func TestSeedIsDeterministicAndWhole(t *testing.T) {
	one, two := open(t, Config{Complaints: 250, Seed: 7}), open(t, Config{Complaints: 250, Seed: 7})
	other := open(t, Config{Complaints: 250, Seed: 8})
	a, b := one.s.Complaints(0), two.s.Complaints(0)
	if !reflect.DeepEqual(a, b) {
		t.Error("the same seed made other complaints")
	}
	if reflect.DeepEqual(a, other.s.Complaints(0)) {
		t.Error("another seed made the same complaints")
	}
	ra, hugme, customers, ids := map[int64]int{}, map[int64]int{}, map[int64]int{}, map[string]bool{}
	breaks := 0
	for _, ticket := range a {
		ra[ticket.RAStatus.ID]++
		hugme[ticket.HugmeStatus.ID]++
		customers[ticket.Customer.ID]++
		checkSeeded(t, ticket, ids)
		if strings.Contains(ticket.Content, "\n\r") {
			breaks++
		}
	}
	for _, id := range []int64{5, 6, 7, 8, 9, 10, 11, 12, 13, 17, 18, 19, 20} {
		if ra[id] == 0 {
			t.Errorf("no complaint of ra_status %d", id)
		}
	}
	for _, id := range []int64{1, 2, 3, 4, 15, 16, 17, 21, 22} {
		if hugme[id] == 0 {
			t.Errorf("no complaint of hugme_status %d", id)
		}
	}
	if twice := len(a) - len(customers); twice < 10 || twice > 45 || breaks == 0 {
		t.Errorf("%d customers came twice, %d texts have LFCR", twice, breaks)
	}
}

// checkSeeded looks at one complaint of the starting data: its people are synthetic, its ids unique, its times in order.
func checkSeeded(t *testing.T, ticket *Ticket, ids map[string]bool) {
	t.Helper()
	c := ticket.Customer
	if !validCPF(c.CPF[0]) || !strings.HasSuffix(c.Email[0], "@example.com") || len(c.Phones[0]) != 11 || c.Phones[0][2:7] != "90000" {
		t.Errorf("customer %d is not synthetic: %v %v", c.ID, c.Email, c.Phones)
	}
	now := newClock().now()
	if ticket.Modified.After(now) || now.Sub(ticket.Created.Time) > seedAge+5*time.Minute || ticket.Company.ID != MainCompanyID {
		t.Errorf("ticket %d: %v to %v", ticket.ID, ticket.Created, ticket.Modified)
	}
	last := ticket.Created
	for _, in := range ticket.Interactions {
		if in.Created.Before(last.Time) || strings.ContainsAny(in.Message+ticket.Title, "{}()") {
			t.Errorf("ticket %d: interaction at %v after %v: %q", ticket.ID, in.Created, last, in.Message)
		}
		last = in.Created
		for _, d := range in.Details {
			if ids["d"+d.ID] {
				t.Errorf("detail %s twice", d.ID)
			}
			ids["d"+d.ID] = true
		}
		if ids[in.ID] {
			t.Errorf("interaction %s twice", in.ID)
		}
		ids[in.ID] = true
	}
	if ticket.Modified.Before(last.Time) {
		t.Errorf("ticket %d modified before its last interaction", ticket.ID)
	}
}

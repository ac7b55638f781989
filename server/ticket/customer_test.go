package ticket

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/reclameaqui"
)

// Rule T2: RA's id, then the document, then the e-mail; where they point at two, the document wins.
func TestCustomersAreFoundAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		person := func(id int64, email, document string) func(*reclameaqui.Complaint) {
			c := reclameaqui.Customer{ID: id, Name: "Ana Prado"}
			if email != "" {
				c.Emails = []string{email}
			}
			if document != "" {
				c.CPF = []string{document}
			}
			return from(c)
		}
		const ana, bia = "529.982.247-25", "111.444.777-35"
		owner := map[string]string{}
		for i, c := range []struct {
			person func(*reclameaqui.Complaint)
			who    string
		}{
			{person(1, "ana@example.com", ""), "ana"},
			{person(1, "outra@example.com", ""), "ana"},      // by RA's id
			{person(2, "ANA@example.com ", ""), "ana"},       // by e-mail
			{person(3, "ana@example.com", ana), "ana"},       // whose document is learnt
			{person(4, "", "52998224725"), "ana"},            // by document
			{person(5, "bia@example.com", bia), "bia"},       // somebody new
			{person(6, "ana@example.com", bia), "bia"},       // the document wins
			{person(0, "", ""), "nobody"},                    // nothing to know her by
			{person(0, "", ""), "nobody else"},               // so each is somebody
			{person(0, "outra@example.com", ""), "ana"},      // an e-mail learnt on the way
			{person(7, "no address", "1234"), "unreachable"}, // junk is no key
		} {
			w.read(t, made(int64(i+1), c.person))
			got := w.ticket(int64(i + 1)).CustomerID
			if known, ok := owner[c.who]; ok && known != got {
				t.Errorf("complaint %d is not %s's", i+1, c.who)
			}
			for who, id := range owner {
				if id == got && who != c.who {
					t.Errorf("complaint %d is %s's, want %s's", i+1, who, c.who)
				}
			}
			owner[c.who] = got
		}
		if n := w.Reader.Customer.Query().CountX(context.Background()); n != len(owner) {
			t.Errorf("%d customers, want %d", n, len(owner))
		}
	})
}

// Two complaints of one new consumer in one page are one customer's.
func TestANewCustomerTwiceInAPage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ana := from(reclameaqui.Customer{ID: 1, Name: "Ana", Emails: []string{"ana@example.com"}})
		w.read(t, made(1, ana), made(2, ana), made(3, from(reclameaqui.Customer{Name: "Ana", Emails: []string{"ana@example.com"}})))
		if a, b, c := w.ticket(1).CustomerID, w.ticket(2).CustomerID, w.ticket(3).CustomerID; a != b || b != c {
			t.Errorf("%s, %s, %s", a, b, c)
		}
	})
}

// customer gives the one of a complaint's ticket, with those who may be the same person, by code.
func (w *world) customer(t testing.TB, complaintID int64) (c *db.Customer, twins []string) {
	t.Helper()
	c = w.Reader.Customer.GetX(context.Background(), w.ticket(complaintID).CustomerID)
	for _, pair := range c.QueryPossibleDuplicates().WithOther().AllX(context.Background()) {
		twins = append(twins, pair.Edges.Other.Code)
	}
	slices.Sort(twins)
	return c, twins
}

// Rule T2: what RA shows of a known customer is added to what is known, whatever ticket it comes with; the ticket's
// history tells of it.
func TestAKnownCustomerIsCompleted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ana := reclameaqui.Customer{ID: 1, Emails: []string{"Ana@Example.com"}, Phones: []string{"(11) 90000-0001"}}
		w.read(t, made(1, from(ana)))
		if c, _ := w.customer(t, 1); c.Name != "Consumidor 1" || c.City != nil || !slices.Equal(c.AsSent.Emails, []string{"Ana@Example.com"}) {
			t.Fatalf("at first: %v", c)
		}
		ana.Name, ana.City, ana.CPF = "Ana Prado", "Recife", []string{"529.982.247-25"}
		ana.Emails, ana.Phones = []string{"outra@example.com"}, []string{"11900000001", "+55 11 90000-0002"}
		if r := w.read(t, made(1, from(ana))); r.Updated != 1 {
			t.Fatalf("%+v", r)
		}
		c, _ := w.customer(t, 1)
		if c.Name != "Ana Prado" || c.NameFolded != "ana prado" || deref(c.City) != "Recife" ||
			!slices.Equal(c.Emails, []string{"ana@example.com", "outra@example.com"}) ||
			!slices.Equal(c.Phones, []string{"11900000001", "11900000002"}) || !slices.Equal(c.Documents, []string{"52998224725"}) ||
			!slices.Equal(c.AsSent.Phones, []string{"(11) 90000-0001", "+55 11 90000-0002"}) {
			t.Errorf("completed: %v %v", c, c.AsSent)
		}
		var fields []string
		for _, f := range w.events(t)[1].Changes {
			fields = append(fields, f.Field)
		}
		if got := strings.Join(fields, " "); got != "customer.emails customer.phones customer.documents customer.name customer.city" {
			t.Errorf("the history tells of %s", got)
		}
		// What came later is a way to know her by, also for a complaint of an account that RA gave another number.
		w.read(t, made(2, from(reclameaqui.Customer{ID: 9, CPF: []string{"52998224725"}, Phones: []string{"21 3000-0001"}})))
		if two, _ := w.customer(t, 2); two.ID != c.ID || two.Name != "Ana Prado" || len(two.Phones) != 3 {
			t.Errorf("by a document learnt later: %v", two)
		}
		if n := w.Reader.Customer.Query().CountX(context.Background()); n != 1 {
			t.Errorf("%d customers", n)
		}
	})
}

// The name follows RA's own id and the document as they are now; an address in common, and an old complaint that the
// backfill comes to late, fill in only what is not there.
func TestWhoseNameCounts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		person := func(id int64, name, city string) func(*reclameaqui.Complaint) {
			return from(reclameaqui.Customer{ID: id, Name: name, City: city, Emails: []string{"casa@example.com"}})
		}
		name := func() string { c, _ := w.customer(t, 1); return c.Name + ", " + deref(c.City) }
		w.read(t, made(1, person(1, "Ana", "")))
		w.read(t, made(2, person(2, "Beto", "Recife")))
		if got := name(); got != "Ana, Recife" {
			t.Errorf("after another of the house: %s", got)
		}
		w.read(t, made(3, person(1, "Ana Prado", "Olinda")))
		if got := name(); got != "Ana Prado, Olinda" {
			t.Errorf("after her own: %s", got)
		}
		_, err := w.store.Merge(context.Background(), Read{
			Defaults: w.defaults, Cause: ticketevent.CauseBACKFILL, Complaints: list(made(4, person(1, "Ana de Solteira", "Natal"))), At: w.now,
		})
		if got := name(); err != nil || got != "Ana Prado, Olinda" {
			t.Errorf("after an old one: %s, %v", got, err)
		}
	})
}

// Rule T2: customers who may be one person are listed on both sides, whichever came first, and each pair once.
func TestPossibleDuplicates(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const cpf = "111.444.777-35"
		w.read(t, made(1, from(reclameaqui.Customer{ID: 1, Name: "Ana", Emails: []string{"ana@example.com"}})))
		w.read(t, made(2, from(reclameaqui.Customer{ID: 2, Name: "Bia", CPF: []string{cpf}})))
		for i := range int64(2) { // the e-mail is Ana's and the document Bia's: the document wins
			w.read(t, made(3+i, from(reclameaqui.Customer{ID: 30, Name: "Bia", CPF: []string{cpf}, Emails: []string{"ANA@example.com"}})))
		}
		ana, ofAna := w.customer(t, 1)
		bia, ofBia := w.customer(t, 2)
		if third, _ := w.customer(t, 3); third.ID != bia.ID || !slices.Equal(ofAna, []string{bia.Code}) || !slices.Equal(ofBia, []string{ana.Code}) {
			t.Errorf("%s's; of Ana %v, of Bia %v", third.Name, ofAna, ofBia)
		}
		// RA's own word for it, of somebody known, of somebody who comes later, and in one page.
		w.read(t, made(5, from(reclameaqui.Customer{ID: 5, DuplicateID: 1, Name: "Ana P."})))
		w.read(t, made(6, from(reclameaqui.Customer{ID: 6, DuplicateID: 7, Name: "Caio"})))
		w.read(t, made(7, from(reclameaqui.Customer{ID: 7, Name: "Caio C."})))
		w.read(t, made(8, from(reclameaqui.Customer{ID: 8, DuplicateID: 9, Name: "Davi"})), made(9, from(reclameaqui.Customer{ID: 9, DuplicateID: 8, Name: "Davi D."})))
		for _, pair := range [][2]int64{{5, 1}, {6, 7}, {8, 9}} {
			a, ofA := w.customer(t, pair[0])
			b, ofB := w.customer(t, pair[1])
			if a.ID == b.ID || !slices.Contains(ofA, b.Code) || !slices.Contains(ofB, a.Code) {
				t.Errorf("%v: %v and %v", pair, ofA, ofB)
			}
		}
		if n := w.Reader.PossibleDuplicate.Query().CountX(context.Background()); n != 8 {
			t.Errorf("%d sides of pairs, want 8", n)
		}
	})
}

// A page whose customers and complaints are as before writes nothing of them.
func TestTheSameCustomerIsNotWrittenAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.read(t, made(1), made(2, from(reclameaqui.Customer{ID: 7001, Name: "Maria 1", Emails: []string{"MARIA1@example.com"}})))
		before, _ := w.customer(t, 1)
		w.read(t, made(1, modified(time.Second)), made(2, modified(time.Second), from(reclameaqui.Customer{ID: 7001, Name: "Maria 1"})))
		after, _ := w.customer(t, 1)
		if !after.UpdatedAt.Equal(before.UpdatedAt) || after.AsSent.Emails[0] != "MARIA1@example.com" {
			t.Errorf("%v, %v", before, after)
		}
		for _, e := range w.events(t)[2:] {
			if slices.ContainsFunc(e.Changes, func(c schema.FieldChange) bool { return strings.HasPrefix(c.Field, "customer") }) {
				t.Errorf("event %v", e)
			}
		}
	})
}

// A customer is found by what somebody on the telephone says, however he writes it down.
func TestWhoIsKnownByWhat(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.read(t,
			made(1, from(reclameaqui.Customer{ID: 1, Name: "Ana", Emails: []string{"ana@example.com"}, CPF: []string{"52998224725"}, Phones: []string{"11987650001"}})),
			made(2, from(reclameaqui.Customer{ID: 2, Name: "Bia", Phones: []string{"2123450002", "11987650003"}})),
		)
		for search, who := range map[string]string{
			"ANA@example.com": "Ana", "529.982.247-25": "Ana", "(11) 98765-0001": "Ana", "+55 11 98765-0001": "Ana",
			"21 2345-0002": "Bia", "11987650003": "Bia", "11987650004": "", "98765": "",
		} {
			var names []string
			for _, c := range w.Reader.Customer.Query().Where(CustomerKnownBy(search)).AllX(context.Background()) {
				names = append(names, c.Name)
			}
			if got := strings.Join(names, " "); got != who {
				t.Errorf("%q finds %q, want %q", search, got, who)
			}
		}
	})
}

package ticket

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"citrus.cx/channel/ent/db/ticketevent"
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

// Rules T1 and T2 under concurrency: 100 consumers with 1,000 complaints, read by 8 workers at once.
func TestAHundredCustomersThroughEightWorkers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var all []reclameaqui.Complaint
		for i := range int64(1000) {
			n := i % 100
			all = append(all, made(i+1, from(reclameaqui.Customer{
				ID: n + 1, Name: fmt.Sprintf("Consumidor %d", n), Emails: []string{fmt.Sprintf("c%d@example.com", n)},
				CPF: []string{fmt.Sprintf("%011d", 10000000000+n)},
			})))
		}
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		pages := make(chan []reclameaqui.Complaint, 20)
		for i := 0; i < len(all); i += 50 {
			pages <- all[i : i+50]
		}
		close(pages)
		var workers sync.WaitGroup
		for range 8 {
			workers.Go(func() {
				for page := range pages {
					report, err := w.store.Merge(context.Background(), Read{
						Defaults: w.defaults, Cause: ticketevent.CauseBACKFILL, Complaints: page, At: w.now,
					})
					if err != nil || len(report.Failed) > 0 {
						t.Error(report.Failed, err)
					}
				}
			})
		}
		workers.Wait()
		if got := w.rows(); got != "1000 tickets, 1000 raw, 1000 interactions, 0 attachments, 100 customers, 300 keys, 1000 events" {
			t.Error(got)
		}
		protocols, codes := map[string]bool{}, map[string]bool{}
		for _, row := range w.Reader.Ticket.Query().AllX(context.Background()) {
			protocols[row.Protocol] = true
		}
		for _, row := range w.Reader.Customer.Query().AllX(context.Background()) {
			codes[row.Code] = true
		}
		if len(protocols) != 1000 || len(codes) != 100 || !protocols[fmt.Sprintf("%d%08d", noon.In(brt).Year(), 1000)] || !codes["C0000100"] {
			t.Errorf("%d protocols, %d codes", len(protocols), len(codes))
		}
		w.events(t)
	})
}

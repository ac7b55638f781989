package ticket

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/inbox"
	"citrus.cx/channel/server/personal"
	"citrus.cx/channel/server/reclameaqui"
)

// cpf is the n-th valid one.
func cpf(n int64) string {
	for i := range 100 {
		if s := fmt.Sprintf("%09d%02d", 100000000+n, i); personal.ValidCPF(s) {
			return s
		}
	}
	panic("no check digits")
}

// Rules T1 and T2 under concurrency: 100 customers arriving at once as 1,000 complaints through 8 workers of two
// processes are 100 customers and 1,000 protocols, and of what each complaint tells of its customer nothing is lost.
func TestAHundredCustomersThroughEightWorkers(t *testing.T) {
	databasetest.EachURL(t, func(t *testing.T, url string) {
		w := newWorld(t, databasetest.Open(t, url, database.Options{}))
		second := databasetest.Open(t, url, database.Options{})
		clock := func() time.Time { return noon }
		stores := []*Store{w.store, NewStore(
			second, event.NewLog(second, event.Options{Now: clock}), inbox.New(second, inbox.Options{Now: clock}), clock, brt, slog.New(slog.DiscardHandler),
		)}
		pages := make(chan []reclameaqui.Complaint, 40)
		for page := range slices.Chunk(aThousandOfAHundred(), 25) {
			pages <- page
		}
		close(pages)
		var workers sync.WaitGroup
		for i := range 8 {
			workers.Go(func() {
				for page := range pages {
					report, err := stores[i%2].Merge(context.Background(), Read{
						Defaults: w.defaults, Cause: ticketevent.CauseBACKFILL, Complaints: page, At: noon,
					})
					if err != nil || len(report.Failed) > 0 {
						t.Error(report.Failed, err)
					}
				}
			})
		}
		workers.Wait()
		if got := w.rows(); got != "1000 tickets, 1000 raw, 1000 interactions, 0 attachments, 100 customers, 1300 keys, 1000 events" {
			t.Error(got)
		}
		protocols, codes := map[string]bool{}, map[string]bool{}
		for _, row := range w.Reader.Ticket.Query().AllX(context.Background()) {
			protocols[row.Protocol] = true
		}
		for _, row := range w.Reader.Customer.Query().WithTickets().AllX(context.Background()) {
			codes[row.Code] = true
			if len(row.Emails) != 11 || len(row.Documents) != 1 || len(row.Edges.Tickets) != 10 {
				t.Errorf("%s has %d addresses, %d documents, %d tickets", row.Name, len(row.Emails), len(row.Documents), len(row.Edges.Tickets))
			}
		}
		if len(protocols) != 1000 || len(codes) != 100 || !protocols[fmt.Sprintf("%d%08d", noon.In(brt).Year(), 1000)] || !codes["C0000100"] {
			t.Errorf("%d protocols, %d codes", len(protocols), len(codes))
		}
		w.events(t)
	})
}

// aThousandOfAHundred are ten complaints of each of a hundred consumers, who write their address and document now this
// way and now that, and tell another address each time; in no order.
func aThousandOfAHundred() (all []reclameaqui.Complaint) {
	for i := range int64(1000) {
		n := i % 100
		address, document := fmt.Sprintf("c%d@example.com", n), cpf(n)
		if i%3 == 0 {
			address, document = strings.ToUpper(address), document[:3]+"."+document[3:6]+"."+document[6:9]+"-"+document[9:]
		}
		all = append(all, made(i+1, from(reclameaqui.Customer{
			ID: n + 1, Name: fmt.Sprintf("Consumidor %d", n), CPF: []string{document},
			Emails: []string{address, fmt.Sprintf("c%d.%d@example.com", n, i/100)},
		})))
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

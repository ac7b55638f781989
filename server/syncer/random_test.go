package syncer

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/inbox"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/reclameaqui/sandbox"
)

// yard is a world before the simulated Reclame Aqui, which a random program edits.
type yard struct {
	*world
	*rand.Rand
	site *sandbox.Server
	// ids are its complaints, hidden those that it does not show, broken those that it writes in a broken shape.
	ids            []int64
	hidden, broken map[int64]bool
	// late are callbacks that are on their way.
	late []inbox.Reference
	// trouble is how often a call fails, of a hundred.
	trouble int
	// told is what it did, the latest last.
	told []string
}

func newYard(t *testing.T, d *database.DB, seed uint64) *yard {
	t.Helper()
	y := &yard{world: &world{DB: d, now: noon}, Rand: rand.New(rand.NewPCG(seed, 5)), hidden: map[int64]bool{}, broken: map[int64]bool{}}
	clock := func() time.Time { return y.now }
	y.ra = &ra{now: clock}
	y.build(t, y, quota.Options{Now: clock, DefaultLimit: 100000, Held: -1, Margin: -1, Window: time.Microsecond})
	y.id = y.activate(y.keys, 60*24*time.Hour)
	if _, err := y.Writer.ExecContext(t.Context(), "UPDATE sync_states SET created_at = '"+noon.Format("2006-01-02 15:04:05-07:00")+"'"); err != nil {
		t.Fatal(err)
	}
	var err error
	y.site, err = sandbox.New(sandbox.Config{
		Seed: int64(seed), Complaints: 20 + y.IntN(100), Rate: 1_000_000, ClientID: "client", ClientSecret: "p", Now: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range y.site.Complaints(0) {
		y.ids = append(y.ids, c.ID)
	}
	return y
}

// RoundTrip answers without a socket, or not at all.
func (y *yard) RoundTrip(req *http.Request) (_ *http.Response, err error) {
	if y.IntN(100) < y.trouble {
		return nil, io.ErrUnexpectedEOF
	}
	defer func() {
		if recover() != nil { // the simulator hangs up
			err = io.ErrUnexpectedEOF
		}
	}()
	w := httptest.NewRecorder()
	y.site.Handler().ServeHTTP(w, req)
	return w.Result(), nil
}

// one is any of the complaints.
func (y *yard) one() int64 { return y.ids[y.IntN(len(y.ids))] }

// edit has something happen at Reclame Aqui. What its rules refuse does not happen.
func (y *yard) edit(t *testing.T) {
	id := y.one()
	var err error
	what := ""
	do := func(name string, _ *sandbox.Ticket, problem error) { what, err = name, problem }
	made := func(name string, c *sandbox.Ticket, problem error) {
		if do(name, c, problem); problem == nil {
			id, y.ids = c.ID, append(y.ids, c.ID)
		}
	}
	text := fmt.Sprint("texto ", y.Uint32())
	quiet := false
	switch y.IntN(20) {
	case 0, 1:
		c, problem := y.site.CreateComplaint(sandbox.NewComplaint{Title: text})
		made("complaint", c, problem)
	case 2:
		c, problem := y.site.CreateComplaint(sandbox.NewComplaint{Title: text, LateSeconds: 1 + y.IntN(20*24*3600)})
		made("late complaint", c, problem)
		quiet = true
	case 3, 4, 5:
		c, problem := y.site.CompanyReply(id, text)
		do("reply", c, problem)
	case 6, 7, 8:
		c, problem := y.site.Replica(id, text)
		do("replica", c, problem)
	case 9:
		c, problem := y.site.Evaluate(id, sandbox.Evaluation{Rating: y.IntN(11), Resolved: y.IntN(2) == 0, Consideration: text})
		do("evaluation", c, problem)
	case 10:
		c, problem := y.site.CompanyMessage(id, text)
		do("private message", c, problem)
	case 11:
		c, problem := y.site.ConsumerMessage(id, text)
		do("private answer", c, problem)
	case 12:
		c, problem := y.site.Deactivate(id)
		do("deactivation", c, problem)
	case 13:
		c, problem := y.site.AutoModerate(id, text)
		do("moderated text", c, problem)
	case 14:
		c, problem := y.site.Comment(id, text)
		do("comment", c, problem)
	case 15:
		c, problem := y.site.Edit(id, "", text)
		do("altered text", c, problem)
	case 16:
		y.hidden[id] = !y.hidden[id]
		on := y.hidden[id]
		if quiet = y.IntN(2) == 0; quiet {
			c, problem := y.site.Slip(id, sandbox.Slip{Hidden: &on})
			do(fmt.Sprint("silently hidden: ", on), c, problem)
		} else {
			c, problem := y.site.Hide(id, on)
			do(fmt.Sprint("hidden: ", on), c, problem)
		}
	case 17, 18:
		way := 0
		if y.broken[id] = !y.broken[id]; y.broken[id] {
			way = 1 + y.IntN(sandbox.Ways)
		}
		quiet = true
		c, problem := y.site.Slip(id, sandbox.Slip{Malformed: &way})
		do(fmt.Sprint("broken in the way ", way), c, problem)
	case 19:
		c, problem := y.site.Freeze(id)
		do("frozen", c, problem)
	}
	if err == nil {
		y.told = append(y.told, fmt.Sprintf("%s %d %s", y.now.Format(time.TimeOnly), id, what))
		if !quiet {
			y.announce(t, id)
		}
	}
}

// announce is Reclame Aqui's callback: now, late, twice, by another number, or lost.
func (y *yard) announce(t *testing.T, id int64) {
	ref := reference(id)
	switch y.IntN(8) {
	case 0, 1, 2:
		y.hint(t, ref)
	case 3:
		y.late = append(y.late, ref)
	case 4:
		y.late = append(y.late, ref)
		y.hint(t, ref)
	case 5:
		if c, err := y.site.Complaint(id); err == nil {
			y.hint(t, inbox.Reference{Kind: hint.KindSOURCE, Value: c.SourceExternalID})
		}
	case 6:
		y.hint(t, inbox.Poll, reference(1+y.Int64N(1000)))
	}
	if len(y.late) > 0 && y.IntN(3) == 0 {
		i := y.IntN(len(y.late))
		y.hint(t, y.late[i])
		y.late = append(y.late[:i], y.late[i+1:]...)
	}
}

// weather has calls fail for a while, in one way or another.
func (y *yard) weather(t *testing.T) {
	y.trouble = 0
	y.site.ClearFaults()
	fault := sandbox.Fault{Endpoint: "any", Times: 1 + y.IntN(6)}
	switch y.IntN(8) {
	case 0:
		y.trouble = 20 + y.IntN(80)
		return
	case 1:
		fault.Kind, fault.Status = sandbox.StatusFault, 500
	case 2:
		fault.Kind, fault.Code = sandbox.CodeFault, 4290
	case 3:
		fault.Kind = sandbox.BrokenJSON
	case 4:
		fault.Kind = sandbox.WrongTotal
	case 5:
		fault.Kind = sandbox.DropAfterAccept
	default:
		return
	}
	if err := y.site.AddFault(fault); err != nil {
		t.Fatal(err)
	}
}

// pass lets time pass, and everything that may be done by then be done.
func (y *yard) pass(t *testing.T, d time.Duration) {
	t.Helper()
	y.now = y.now.Add(d)
	for steps := 0; y.step(t); steps++ {
		if steps > 400 {
			t.Fatal("it never ends")
		}
	}
}

// rest heals everything and waits until nothing is to be done any more.
func (y *yard) rest(t *testing.T) {
	t.Helper()
	y.trouble = 0
	y.site.ClearFaults()
	whole := 0
	for id, broken := range y.broken {
		if broken {
			if _, err := y.site.Slip(id, sandbox.Slip{Malformed: &whole}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 2 { // the scan follows an outage, and what it asks for is asked for twice
		y.pass(t, 3*time.Hour)
		for range 8 {
			y.pass(t, 10*time.Minute)
		}
	}
}

// differences are between Reclame Aqui and the mirror.
func (y *yard) differences(t *testing.T) (list []string) {
	ctx := t.Context()
	tickets := map[int64]*db.Ticket{}
	for _, row := range y.Reader.Ticket.Query().WithInteractions(func(q *db.InteractionQuery) { q.Order(interaction.ByID()) }).AllX(ctx) {
		tickets[row.ComplaintID] = row
	}
	state := y.state()
	for _, c := range y.site.Complaints(0) {
		row := tickets[c.ID]
		delete(tickets, c.ID)
		switch {
		case y.hidden[c.ID]:
			if row != nil && row.VanishedAt == nil {
				list = append(list, fmt.Sprintf("%d is hidden, and that is not noted", c.ID))
			}
		case row != nil:
			for _, what := range y.unlike(c, row) {
				list = append(list, fmt.Sprintf("%d: %s", c.ID, what))
			}
		case !c.Created.Before(state.WindowFrom) || c.Modified.After(state.CreatedAt.Add(time.Hour)):
			list = append(list, fmt.Sprintf("%d is missing", c.ID))
		}
	}
	for id := range tickets {
		list = append(list, fmt.Sprintf("%d exists here alone", id))
	}
	for _, q := range y.Reader.Quarantine.Query().AllX(ctx) {
		list = append(list, fmt.Sprintf("%d is in quarantine: %s", q.ComplaintID, q.Reason))
	}
	if n := y.Reader.Hint.Query().CountX(ctx); n > 0 || state.Failures > 0 || len(state.Scan) > 0 {
		list = append(list, fmt.Sprintf("not at rest: %d hints, %v", n, state))
	}
	return list
}

func (y *yard) unlike(c *sandbox.Ticket, row *db.Ticket) (list []string) {
	same := func(what string, theirs, ours any) {
		if fmt.Sprint(theirs) != fmt.Sprint(ours) {
			list = append(list, fmt.Sprintf("%s is %v, not %v", what, ours, theirs))
		}
	}
	words := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	same("vanished", nil, orNil(row.VanishedAt))
	same("status", c.RAStatus.ID, row.RaStatusID)
	same("panel status", c.HugmeStatus.ID, row.HugmeStatusID)
	same("title", words(c.Title), words(row.Title))
	same("text", words(c.Content), words(row.Description))
	same("source", c.SourceExternalID, row.SourceID)
	same("modified", c.Modified.UTC(), row.RaModifiedAt.UTC())
	same("active", c.Active, row.Active)
	same("frozen", c.Frozen, row.Frozen)
	rating := "-1"
	if row.Rating != nil {
		rating = fmt.Sprint(*row.Rating)
	}
	same("rating", c.Rating, rating)
	bodies := map[string]string{}
	for _, in := range row.Edges.Interactions {
		bodies[in.SourceID] = words(in.Body)
	}
	for _, in := range c.Interactions {
		same("interaction "+in.ID, words(in.Message), bodies[in.ID])
		delete(bodies, in.ID)
	}
	for id, body := range bodies {
		list = append(list, fmt.Sprintf("interaction %q is here alone: %q", id, body))
	}
	return list
}

func orNil(at *time.Time) any {
	if at == nil {
		return nil
	}
	return *at
}

// Rules S2 and S5: Reclame Aqui, edited by a random program while it fails, lies, and breaks some complaints, is equalled at rest.
func TestTheMirrorEqualsReclameAqui(t *testing.T) {
	seeds, first := 5, uint64(1)
	if os.Getenv("CITRUS_SOAK") != "" {
		seeds = 100
	}
	if s := os.Getenv("CITRUS_SEED"); s != "" {
		if _, err := fmt.Sscan(s, &first); err != nil {
			t.Fatal(err)
		}
		seeds = 1
	}
	for seed := first; seed < first+uint64(seeds); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			databasetest.Each(t, func(t *testing.T, d *database.DB) {
				if d.Dialect != "sqlite3" && seed%10 != 1 {
					t.Skip("some seeds are enough here")
				}
				newYard(t, d, seed).run(t)
			})
		})
	}
}

func (y *yard) run(t *testing.T) {
	for range 30 {
		if y.IntN(4) == 0 {
			y.weather(t)
		}
		for range 1 + y.IntN(6) { // within one second
			y.edit(t)
		}
		y.pass(t, time.Duration(1+y.IntN(15*60))*time.Second)
	}
	y.rest(t)
	if list := y.differences(t); len(list) > 0 {
		t.Errorf("%s\nafter\n%s", strings.Join(list, "\n"), strings.Join(y.told, "\n"))
	}
}

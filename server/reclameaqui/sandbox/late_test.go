package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func (w *site) posts(id string) []Post {
	w.t.Helper()
	return admin[struct{ Data []Post }](w, "GET", "/complaints/"+id+"/posts", "", 200).Data
}

func TestShownLate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ra.jsonl")
	c := newClock()
	cfg := Config{Complaints: -1, Now: c.now, StateFile: path}
	w := open(t, cfg)
	id := strings.TrimPrefix(w.create(), "/complaints/")
	admin[any](w, "POST", "/faults", `{"endpoint":"reply","kind":"drop-after-accept","showAfterSeconds":180}`, 201)
	if _, err := w.tryAPI("POST", "/ticket/v1/tickets/message/public", "application/json", `{"id":`+id+`,"message":"Olá"}`); err == nil {
		t.Fatal("answered")
	}
	accepted := c.now()
	before := w.one(id)
	if len(before.Interactions) != 1 || before.RAStatus.ID != 5 || before.Response != nil {
		t.Errorf("shown at once: %+v", before.RAStatus)
	}
	if p := w.posts(id); len(p) != 1 || p[0].Text != "Olá" || p[0].InteractionID != "" || p[0].By != "api" || !p[0].ShowAt.Equal(accepted.Add(3*time.Minute)) {
		t.Errorf("%+v", p)
	}
	if r := w.reply(id, "Olá"); r.code(t) != 40930 {
		t.Errorf("again: %s", r.body)
	}
	c.add(time.Minute)
	w.verb(id, "comment", `{"text":"Comigo também."}`)
	admin[any](w, "PUT", "/clock", `{"advance":119}`, 200)
	if k := w.one(id); len(k.Interactions) != 2 {
		t.Error("shown a second too soon")
	}
	again, err := New(cfg) // a killed sandbox comes back with what is still to be shown, and its clock
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, again)
	c.add(time.Second)
	for _, s := range []*Server{w.s, again} {
		k := s.Complaints(0)[0]
		if len(k.Interactions) != 3 || k.Interactions[1].Message != "Olá" || !k.Interactions[1].Created.Equal(accepted) || k.RAStatus.ID != 6 ||
			!k.Modified.Equal(accepted.Add(3*time.Minute)) || !k.Responded.Equal(accepted) || k.Posts()[0].InteractionID != k.Interactions[1].ID {
			t.Errorf("after three minutes: %+v", k.Interactions)
		}
	}
}

// TestClosedByWhatIsNotShownYet: the last word of the company closes a rated complaint also before it can be read.
func TestClosedByWhatIsNotShownYet(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	id := strings.TrimPrefix(w.create(), "/complaints/")
	w.verb(id, "evaluation", "")
	admin[any](w, "POST", "/faults", `{"endpoint":"reply","kind":"show-late"}`, 201)
	if r := w.reply(id, "Obrigado."); r.status != 200 {
		t.Errorf("%s", r.body)
	}
	if r := w.reply(id, "Mais uma coisa."); r.code(t) != 40920 {
		t.Errorf("%s", r.body)
	}
	w.settings("/clock", `{"advance":-3600}`)
	w.settings("/clock", `{"advance":3780}`)
	if k := w.one(id); *k.CompanyWords != "Obrigado." || k.RAStatus.ID != 18 {
		t.Errorf("%+v", k.RAStatus)
	}
}

func TestAlteredText(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	id := strings.TrimPrefix(w.create(), "/complaints/")
	admin[problem](w, "POST", "/faults", `{"endpoint":"list","kind":"alter-text"}`, 400)
	admin[any](w, "POST", "/faults", `{"endpoint":"any","kind":"alter-text"}`, 201)
	w.get("/ticket/v1/tickets") // no message: the fault waits on
	w.reply(id, "Ligue para 11900000000 hoje.")
	k := w.one(id)
	if got := k.Interactions[1].Message; got != "Ligue para [Editado pelo Reclame Aqui] hoje." || *k.Response != got {
		t.Errorf("%q", got)
	}
	if p := w.posts(id)[0]; p.Text != "Ligue para 11900000000 hoje." || p.Shown != k.Interactions[1].Message {
		t.Errorf("%+v", p)
	}
	if r := w.reply(id, "Ligue para 11900000000 hoje."); r.code(t) != 40930 {
		t.Errorf("the original again: %s", r.body)
	}
	admin[any](w, "POST", "/faults", `{"endpoint":"private","kind":"alter-text","text":"Texto removido."}`, 201)
	w.private(id, "Meu CPF", nil)
	if k := w.one(id); k.Interactions[2].Message != "Texto removido." {
		t.Errorf("%+v", k.Interactions[2])
	}
	admin[any](w, "POST", "/faults", `{"endpoint":"reply","kind":"disappear"}`, 201)
	w.reply(id, "E agora?")
	if p := w.list("id[eq]=" + id); p.Meta.Total != 0 {
		t.Error("did not disappear")
	}
	if all := admin[struct{ Data []complaintPost }](w, "GET", "/posts?kind=public&by=api", "", 200); len(all.Data) != 2 || fmt.Sprint(all.Data[1].ComplaintID) != id {
		t.Errorf("%+v", all)
	}
}

func TestMalformedUntilHealed(t *testing.T) {
	w := open(t, Config{Complaints: 60})
	broken := func() int {
		n := 0
		var page struct{ Data []json.RawMessage }
		w.get("/ticket/v1/tickets?page[size]=50").decode(t, &page)
		for _, raw := range page.Data {
			var k Ticket
			if json.Unmarshal(raw, &k) != nil {
				n++
			}
		}
		return n
	}
	w.settings("/malformed", `{"percent":30}`)
	if n := broken(); n < 5 || n > 30 || n != broken() {
		t.Errorf("%d of 50 are broken", n)
	}
	w.settings("/malformed", `{"percent":0}`)
	if n := broken(); n != 0 {
		t.Errorf("%d are broken after healing", n)
	}
	w.settings("/complaints/90000003/malformed", `{"on":true}`)
	if n := broken(); n != 1 {
		t.Errorf("%d are broken, one was", n)
	}
}

// TestChaos sends the same calls twice: the same seed has the same fate for each, another seed another, and what was
// accepted is what the client may believe was.
func TestChaos(t *testing.T) {
	run := func(seed int) (fates []string, sent, posts int) {
		w := open(t, Config{Complaints: -1})
		id := strings.TrimPrefix(w.create(), "/complaints/")
		w.settings("/chaos", fmt.Sprintf(`{"seed":%d,"endpoints":{"reply":{"dropBefore":0.1,"dropAfter":0.1,"delay":0.05,"delayMs":1,"error500":0.1,"limit429":0.1,
			"showLate":0.2,"alterText":0.2}}}`, seed))
		for i := range 200 {
			r, err := w.tryAPI("POST", "/ticket/v1/tickets/message/public", "application/json", fmt.Sprintf(`{"id":%s,"message":"Resposta número %d"}`, id, i))
			if err == nil && r.status == 200 {
				sent++
			}
			fates = append(fates, fmt.Sprint(err != nil, r.status))
		}
		for _, p := range w.posts(id) {
			if p.Kind == PostPublic {
				posts++
			}
		}
		return fates, sent, posts
	}
	http.DefaultClient.CloseIdleConnections()
	one, sent, posts := run(1)
	two, _, _ := run(1)
	other, _, _ := run(2)
	if !reflect.DeepEqual(one, two) || reflect.DeepEqual(one, other) {
		t.Error("chaos does not follow its seed")
	}
	if sent < 100 || sent > 140 || posts <= sent || posts > sent+35 {
		t.Errorf("%d of 200 answered 200, %d accepted", sent, posts)
	}
	w := open(t, Config{Complaints: -1})
	admin[problem](w, "PUT", "/chaos", `{"endpoints":{"reply":{"dropBefore":0.6,"dropAfter":0.6}}}`, 400)
	admin[problem](w, "PUT", "/chaos", `{"endpoints":{"nothing":{}}}`, 400)
}

func TestLicenceAndTokens(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	w.settings("/licence", `{"start":"2026-03-03T00:00:00Z","end":"2026-04-01T00:00:00Z"}`)
	token := func() reply {
		return w.do("POST", "/api/auth/oauth/token?grant_type=client_credentials", "", "", "Authorization", basic)
	}
	if r := token(); r.status != 403 {
		t.Errorf("before it begins: %d", r.status)
	}
	w.settings("/clock", `{"set":"2026-03-10T00:00:00Z"}`)
	var body tokenBody
	if token().decode(t, &body); body.LicenceEnd != "2026-04-01T00:00:00.000Z" {
		t.Errorf("%+v", body)
	}
	w.settings("/clock", `{"set":"2026-04-01T00:00:01Z"}`)
	w.settings("/switches", `{"licenceUnauthorized":true}`)
	if r := token(); r.status != 401 {
		t.Errorf("after its end: %d", r.status)
	}
	w.settings("/licence", `{}`)
	if r := token(); r.status != 200 {
		t.Errorf("without dates: %d", r.status)
	}
}

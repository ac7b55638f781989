package sandbox

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sent is a multipart body in the making.
type sent struct {
	fields map[string]string
	files  map[string]int // by name, the size in bytes
}

func (m sent) encode(t *testing.T) (contentType, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for key, value := range m.fields {
		if err := w.WriteField(key, value); err != nil {
			t.Fatal(err)
		}
	}
	for name, size := range m.files {
		part, err := w.CreateFormFile("file", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(bytes.Repeat([]byte{7}, size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.String()
}

func (w *site) multipart(path string, m sent) reply {
	w.t.Helper()
	contentType, body := m.encode(w.t)
	return w.api("POST", path, contentType, body)
}

func (w *site) private(id, text string, files map[string]int) reply {
	w.t.Helper()
	return w.multipart("/ticket/v1/tickets/message/private", sent{map[string]string{"id": id, "message": text, "email": "a@example.com"}, files})
}

func (w *site) moderate(id string, reason int, more ...string) reply {
	w.t.Helper()
	fields := map[string]string{"id": id, "reason": strconv.Itoa(reason), "message": "Pedimos a moderação."}
	if len(more) > 0 {
		fields["migrateTO"] = more[0]
	}
	return w.multipart("/ticket/v1/tickets/moderation", sent{fields, nil})
}

func (w *site) ask(id string) reply {
	w.t.Helper()
	return w.api("POST", "/ticket/v1/tickets/evaluation", "application/json", `{"id":"`+id+`"}`)
}

func (w *site) end(id string) reply {
	w.t.Helper()
	return w.api("POST", "/ticket/v1/tickets/message/private/"+id+"/end", "", "")
}

// verb does something to a complaint and must succeed.
func (w *site) verb(id, name, body string) Ticket {
	w.t.Helper()
	return admin[Ticket](w, "POST", "/complaints/"+id+"/"+name, body, 200)
}

func (w *site) settings(path, body string) {
	w.t.Helper()
	admin[any](w, "PUT", path, body, 200)
}

// complaint is a site with one complaint, and the clock that it stands on.
type complaint struct {
	*site
	c  *clock
	id string
}

func (k complaint) fault(body string) { k.t.Helper(); admin[any](k.site, "POST", "/faults", body, 201) }

func seven() map[string]int {
	files := map[string]int{}
	for i := range 7 {
		files[fmt.Sprint(i, ".png")] = 10
	}
	return files
}

// everyCode is how each business error of section 5 is reached.
var everyCode = map[int]func(complaint) reply{
	4000: func(k complaint) reply { return k.get("/ticket/v1/tickets?foo[eq]=1") },
	4010: func(k complaint) reply {
		k.signIn()
		admin[any](k.site, "DELETE", "/tokens", "", 204)
		return k.get("/ticket/v1/tickets/count")
	},
	4030: func(k complaint) reply {
		k.signIn()
		k.settings("/licence", `{"end":"2026-03-01T00:00:00Z"}`)
		return k.get("/ticket/v1/tickets/count")
	},
	4040: func(k complaint) reply { return k.reply("190000001", "Olá") }, // a source_external_id
	4050: func(k complaint) reply { return k.api("PUT", "/ticket/v1/tickets", "", "") },
	4090: func(k complaint) reply { k.verb(k.id, "deactivate", ""); return k.reply(k.id, "Olá") },
	4091: func(k complaint) reply { return k.ask(k.facebook()) },
	4092: func(k complaint) reply { k.reply(k.id, "Olá"); k.moderate(k.id, 5); return k.ask(k.id) },
	4093: func(k complaint) reply { return k.ask(k.id) },
	4094: func(k complaint) reply { k.private(k.id, "Olá", nil); return k.ask(k.id) },
	4095: func(k complaint) reply { k.verb(k.id, "evaluation", ""); return k.ask(k.id) },
	4096: func(k complaint) reply { k.reply(k.id, "Olá"); k.verb(k.id, "replica", ""); return k.ask(k.id) },
	4097: func(k complaint) reply {
		k.fault(`{"endpoint":"reply","kind":"code","code":4097}`)
		return k.reply(k.id, "Olá")
	},
	4098: func(k complaint) reply { return k.private(k.id, "Olá", seven()) },
	4099: func(k complaint) reply {
		k.settings("/switches", `{"moderationsPerDay":1}`)
		k.moderate(strings.TrimPrefix(k.create(), "/complaints/"), 5)
		return k.moderate(k.id, 5)
	},
	4220: func(k complaint) reply { return k.moderate(k.id, 1) }, // no migrateTO
	4290: func(k complaint) reply {
		k.settings("/rate", `{"rate":1}`)
		k.get("/ticket/v1/tickets/count")
		return k.get("/ticket/v1/tickets/count")
	},
	5000: func(k complaint) reply {
		k.fault(`{"endpoint":"list","kind":"status"}`)
		return k.get("/ticket/v1/tickets")
	},
	5030: func(k complaint) reply {
		k.fault(`{"endpoint":"list","kind":"code","code":5030}`)
		return k.get("/ticket/v1/tickets")
	},
	40910: func(k complaint) reply {
		for _, reason := range []int{5, 15, 19} {
			k.moderate(k.id, reason)
			k.verb(k.id, "moderate", `{"accept":false}`)
		}
		return k.moderate(k.id, 16)
	},
	40912: func(k complaint) reply { k.reply(k.id, "Olá"); return k.moderate(k.id, 4) },
	40913: func(k complaint) reply { return k.moderate(k.id, 17) },
	40914: func(k complaint) reply { k.c.add(16 * 24 * time.Hour); k.token = ""; return k.moderate(k.id, 16) },
	40915: func(k complaint) reply { return k.moderate(k.facebook(), 5) },
	40916: func(k complaint) reply { k.moderate(k.id, 5); return k.moderate(k.id, 15) },
	40917: func(k complaint) reply {
		k.moderate(k.id, 5)
		k.verb(k.id, "moderate", `{"accept":false}`)
		return k.moderate(k.id, 5)
	},
	40918: func(k complaint) reply {
		k.fault(`{"endpoint":"moderation","kind":"code","code":40918}`)
		return k.moderate(k.id, 5)
	},
	40919: func(k complaint) reply { return k.private(k.facebook(), "Olá", nil) },
	40920: func(k complaint) reply {
		k.verb(k.id, "evaluation", "")
		k.reply(k.id, "Obrigado.")
		return k.reply(k.id, "Mais uma coisa.")
	},
	40921: func(k complaint) reply {
		k.fault(`{"endpoint":"private","kind":"code","code":40921}`)
		return k.private(k.id, "Olá", nil)
	},
	40922: func(k complaint) reply { return k.private(k.id, "Olá", map[string]int{"a.zip": 1}) },
	40925: func(k complaint) reply { return k.end(k.id) },
	40930: func(k complaint) reply { k.reply(k.id, "Olá"); return k.reply(k.id, "Olá") },
}

func (k complaint) facebook() string {
	k.t.Helper()
	return strconv.FormatInt(admin[Ticket](k.site, "POST", "/complaints", `{"source":"Facebook"}`, 201).ID, 10)
}

func TestEveryCodeCanBeReached(t *testing.T) {
	for code, reach := range everyCode {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			c := newClock()
			w := open(t, Config{Complaints: -1, Now: c.now})
			k := complaint{w, c, strings.TrimPrefix(w.create(), "/complaints/")}
			r := reach(k)
			if got := r.code(t); got != code || r.status != (&Refusal{Code: code}).Status() {
				t.Errorf("%d %s", r.status, r.body)
			}
		})
	}
}

// TestCodesByFault has every write answer codes that nobody has seen, too.
func TestCodesByFault(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	id := strings.TrimPrefix(w.create(), "/complaints/")
	writes := map[string]func() reply{
		"reply": func() reply { return w.reply(id, "Olá") }, "private": func() reply { return w.private(id, "Olá", nil) },
		"end-thread": func() reply { return w.end(id) }, "evaluation": func() reply { return w.ask(id) }, "moderation": func() reply { return w.moderate(id, 5) },
	}
	for endpoint, write := range writes {
		for _, code := range []int{4097, 40911, 40918, 40921, 40923, 40929, 4290, 5030} {
			admin[any](w, "POST", "/faults", fmt.Sprintf(`{"endpoint":%q,"kind":"code","code":%d}`, endpoint, code), 201)
			if r := write(); r.code(t) != code || r.status != (&Refusal{Code: code}).Status() {
				t.Errorf("%s: %d %s, want %d", endpoint, r.status, r.body, code)
			}
		}
	}
	if posts := admin[map[string][]Post](w, "GET", "/complaints/"+id+"/posts", "", 200); len(posts["data"]) != 0 {
		t.Errorf("accepted: %+v", posts)
	}
}

func TestFrozenComplaint(t *testing.T) {
	c := newClock()
	w := open(t, Config{Complaints: -1, Now: c.now, TokenLifetime: 400 * 24 * time.Hour})
	id := strings.TrimPrefix(w.create(), "/complaints/")
	w.reply(id, "Olá")
	if admin[Overview](w, "PUT", "/clock", `{"set":"2026-09-02T11:59:59Z"}`, 200); w.list("id[eq]=" + id).Data[0].Frozen {
		t.Error("frozen a second before six months")
	}
	admin[any](w, "PUT", "/clock", `{"advance":1}`, 200)
	k := w.list("id[eq]=" + id).Data[0]
	if !k.Frozen || k.RAStatus.ID != 10 || k.MayAskEvaluation || k.MayModerate || k.Modified.Format(time.DateOnly) != "2026-09-02" {
		t.Errorf("after six months: %+v, modified %v", k.RAStatus, k.Modified)
	}
	for name, c := range map[string]struct {
		r    reply
		code int
	}{
		"reply": {w.reply(id, "Ainda aí?"), 40920}, "private": {w.private(id, "Olá", nil), 4090},
		"evaluation": {w.ask(id), 4096}, "moderation": {w.moderate(id, 5), 4090},
	} {
		if c.r.code(t) != c.code {
			t.Errorf("%s: %s, want %d", name, c.r.body, c.code)
		}
	}
	rated := strings.TrimPrefix(w.create(), "/complaints/")
	w.reply(rated, "Olá")
	w.verb(rated, "evaluation", "")
	admin[any](w, "PUT", "/clock", `{"advance":31536000}`, 200)
	w.signIn()
	if k := w.list("id[eq]=" + rated).Data[0]; k.Frozen {
		t.Error("a rated complaint froze")
	}
}

func TestLists(t *testing.T) {
	w := open(t, Config{Complaints: 30})
	if r := w.get("/ticket/v1/tickets/moderation/companies?" + url.Values{"companyName": {"AURÓRA"}, "page": {"1"}, "limit": {"2"}}.Encode()); string(r.body) !=
		`{"data":[{"companyId":910018,"name":"Aurora Boreal Cosméticos"},{"companyId":900001,"name":"Loja Aurora"}],"meta":{"page":{"number":1,"size":2},"total":3}}` {
		t.Errorf("%s", r.body)
	}
	var rep []standing
	w.get("/companies/v1/companies/900001/reputation").decode(t, &rep)
	if len(rep) != 5 || rep[4].Period.Key != "GERAL" || rep[4].ComplaintsCount < 20 || rep[4].ResponseIndex == 0 || rep[4].Reputation.Code == "" {
		t.Errorf("%+v", rep)
	}
	if r := w.get("/companies/v1/companies/1/reputation"); r.code(t) != 4040 {
		t.Errorf("%s", r.body)
	}
	var use map[string]usage
	if w.get("/companies/v1/companies/organization/whatsapp/consumption").decode(t, &use); len(use) != 2 || use["900001"].Name != "Loja Aurora" {
		t.Errorf("%+v", use)
	}
}

package sandbox

import (
	"bytes"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// path is the part of a link that a test asks the site for.
func (w *site) follow(link string) reply {
	w.t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do("GET", u.RequestURI(), "", "")
}

func (w *site) link(detailID string) map[string]string {
	w.t.Helper()
	var body map[string]string
	w.get("/ticket/v1/tickets/attachment/"+detailID).decode(w.t, &body)
	return body
}

func TestAttachmentsOfPrivateMessages(t *testing.T) {
	for _, stateFile := range []string{"", filepath.Join(t.TempDir(), "ra.jsonl")} {
		c := newClock()
		w := open(t, Config{Complaints: -1, Now: c.now, StateFile: stateFile})
		id := strings.TrimPrefix(w.create(), "/complaints/")
		if r := w.private(id, "Segue.", map[string]int{"nota fiscal.pdf": 3 << 20}); r.status != 200 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		k := w.list("id[eq]=" + id).Data[0]
		last := k.Interactions[len(k.Interactions)-1]
		file := k.Attached[len(k.Attached)-1]
		if last.TypeID != 3 || !last.Privacy || file.TypeID != 33 || file.Description != "nota fiscal.pdf" || !file.Privacy ||
			last.Details[0].TypeID != 34 || last.Details[1].ID != file.ID || k.MessagesCount != 1 {
			t.Errorf("%+v", last)
		}
		one, two := w.link(file.ID), w.link(file.ID)
		if one["attachmentName"] != "nota fiscal.pdf" || one["attachmentLink"] == two["attachmentLink"] {
			t.Errorf("%v %v", one, two)
		}
		r := w.follow(one["attachmentLink"])
		if r.status != 200 || !bytes.Equal(r.body, bytes.Repeat([]byte{7}, 3<<20)) || r.header.Get("Content-Type") != "application/pdf" {
			t.Errorf("%d, %d bytes, %v", r.status, len(r.body), r.header)
		}
		c.add(5 * time.Minute)
		if r := w.follow(one["attachmentLink"]); r.status != 403 {
			t.Errorf("expired: %d", r.status)
		}
		if r := w.follow(strings.Replace(w.link(file.ID)["attachmentLink"], "signature=", "signature=0", 1)); r.status != 403 {
			t.Errorf("forged: %d", r.status)
		}
		if r := w.get("/ticket/v1/tickets/attachment/1"); r.code(t) != 4040 {
			t.Errorf("unknown: %s", r.body)
		}
	}
}

func TestAttachmentLimits(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	id := strings.TrimPrefix(w.create(), "/complaints/")
	six := seven()
	delete(six, "6.png")
	for _, c := range []struct {
		files map[string]int
		code  int
	}{
		{six, 200},
		{seven(), 4098},
		{map[string]int{"a.PNG": 1, "b.jpg": 1, "c.jpeg": 1, "d.gif": 1, "e.doc": 1, "f.docx": 1}, 200},
		{map[string]int{"a.xls": 1, "b.xlsx": 1, "c.csv": 1, "d.mp3": 1, "e.wma": 1, "f.aac": 1}, 200},
		{map[string]int{"a.zip": 1}, 40922},
		{map[string]int{"a.mp4": 1}, 40922},
		{map[string]int{"a.webp": 1}, 40922},
		{map[string]int{"sem tipo": 1}, 40922},
		{map[string]int{"a.png": 3 << 20}, 200},
		{map[string]int{"a.png": 3<<20 + 1}, 40922},
		{map[string]int{"a.ogg": 7 << 20}, 200},
		{map[string]int{"a.ogg": 7<<20 + 1}, 40922},
	} {
		w.settings("/switches", `{"repeatsTaken":true}`)
		if r := w.private(id, "Segue.", c.files); r.code(t) != c.code {
			t.Errorf("%v: %s, want %d", c.files, r.body, c.code)
		}
	}
	w.settings("/switches", `{"tooBigCode":4130}`)
	if r := w.private(id, "Segue.", map[string]int{"a.png": 3<<20 + 1}); r.status != 413 {
		t.Errorf("too big by the switch: %d %s", r.status, r.body)
	}
}

func TestAttachmentsOfConsumers(t *testing.T) {
	w := open(t, Config{Complaints: 40})
	for _, k := range w.list("page[size]=50").Data {
		for _, a := range k.Attached {
			link := w.link(a.ID)
			r := w.follow(link["attachmentLink"])
			if r.status != 200 || len(r.body) < 40 || !strings.HasSuffix(a.Description, link["attachmentName"]) {
				t.Errorf("%s: %d, %d bytes", a.Description, r.status, len(r.body))
			}
		}
	}
	id := strings.TrimPrefix(w.create(), "/complaints/")
	w.reply(id, "Olá")
	k := w.verb(id, "replica", `{"text":"Segue.","files":[{"name":"foto.png"},{"name":"a.csv","content":"YTti"}]}`)
	own := k.Attached[len(k.Attached)-1]
	if own.TypeID != 15 || own.Privacy || !strings.HasSuffix(own.Description, "/a.csv") {
		t.Errorf("%+v", own)
	}
	if r := w.follow(w.link(own.ID)["attachmentLink"]); string(r.body) != "a;b" {
		t.Errorf("%q", r.body)
	}
	// The address that the complaint names is a lasting one.
	if r := w.follow(own.Description); string(r.body) != "a;b" {
		t.Errorf("lasting address: %d %q", r.status, r.body)
	}
	private := w.verb(id, "private-message", `{"text":"Segue.","files":[{"name":"rg.pdf"}]}`)
	if a := private.Attached[len(private.Attached)-1]; a.TypeID != 33 || a.Description != "rg.pdf" {
		t.Errorf("%+v", a)
	}
	if p := admin[problem](w, "POST", "/complaints/"+id+"/replica", `{"files":[{"name":"a.exe"}]}`, 409); p.Code != 40922 {
		t.Errorf("%+v", p)
	}
}

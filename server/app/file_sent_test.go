package app

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"citrus.cx/channel/server/reclameaqui/sandbox"
)

// A file goes up, with a private message to the consumer, and is at Reclame Aqui as it was here; what it would refuse
// never reaches it.
func TestFilesReachReclameAqui(t *testing.T) {
	t.Parallel()
	base := moody(t, sandbox.Config{Complaints: 20, Rate: 6000})
	p, admin := server(t, folder(t).with(settings{"RECLAME_AQUI_URL": base + "/api"}))
	o := admin.register()
	admin.activate(&o)
	admin.mirrored(o.integration)
	alice := signIn(t, p.graphql, "alice@example.com", agentPassword)
	ticket, w := alice.answerable(1)[0], world(t, base)
	id := ticket.at("reclameAqui", "complaintId").text()

	content := picture(29 << 20 / 10)
	before := p.memory("VmRSS")
	p.forgetPeak()
	status, file := alice.up("comprovante.png", content)
	if status != http.StatusCreated {
		t.Fatalf("%d %s", status, file)
	}
	send := func(text string, uploads []string) node {
		t.Helper()
		return alice.mutate("sendPrivateMessage", map[string]any{
			"ticketId": ticket.at("id").text(), "text": text, "uploadIds": uploads, "idempotencyKey": key(),
			"lastSeenInteractionId": ticket.at("interactions").nodes()[0].at("id").text(),
		}, "message { state files { name size } failure { code } }")
	}
	out := send("Segue o comprovante.", []string{file.at("id").text()})
	if out.at("message", "state").text() != "SENT" || out.at("message", "files", 0, "size").number() != len(content) {
		t.Fatalf("%s", out)
	}
	if peak := p.memory("VmHWM"); peak > before+10<<10 {
		t.Errorf("memory went from %d kB to %d kB for a file of 2.9 MB", before, peak)
	}
	posts := w.do("GET", "complaints/"+id+"/posts", nil)
	if !strings.Contains(posts.String(), "comprovante.png") || !strings.Contains(posts.String(), "Segue o comprovante.") {
		t.Errorf("Reclame Aqui has %s", posts)
	}

	attached := func() node {
		for _, in := range alice.ask(`query($id: ID!) { ticket(id: $id) { interactions(last: 5) { edges { node { attachments { id url } } } } } }`,
			map[string]any{"id": ticket.at("id").text()}).at("ticket", "interactions").nodes() {
			if files := in.at("attachments").list(); len(files) > 0 {
				return files[0]
			}
		}
		return node{}
	}
	eventually(t, "the file is in the thread", func() bool { return attached().at("id").text() != "" })
	if !attached().at("url").null() {
		t.Errorf("a private file has an address of its own: %s", attached())
	}
	link := alice.mutate("fetchAttachmentLink", map[string]any{"attachmentId": attached().at("id").text()}, "url name")
	if status, got := fetch(t, "GET", link.at("url").text(), nil, nil); status != http.StatusOK || !bytes.Equal(got, content) {
		t.Errorf("%s: %d, %d bytes", link, status, len(got))
	}

	calls := len(w.calls())
	refused := send("Mais", []string{"upl_1", "upl_2", "upl_3", "upl_4", "upl_5", "upl_6", "upl_7"})
	if refused.at("errors", 0, "code").text() != "TOO_MANY_FILES" || refused.at("errors", 0, "field").String() != `["input","uploadIds"]` {
		t.Errorf("seven files: %s", refused)
	}
	again := send("De novo", []string{file.at("id").text()})
	if again.at("errors", 0, "code").text() != "INVALID_STATE" {
		t.Errorf("a file that was sent: %s", again)
	}
	for _, c := range w.calls()[calls:] {
		if c.Method == http.MethodPost && strings.Contains(c.Path, "message") {
			t.Errorf("%s was called", c.Path)
		}
	}
}

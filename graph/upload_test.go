package graph

import (
	"context"
	"fmt"
	"testing"

	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/user"
)

// The files of what was sent stand in the order of the message, whoever sees the ticket sees them, and a draft
// is its owner's alone.
func TestFilesOfWhatWasSent(t *testing.T) {
	w, ctx := onSQLite(t), context.Background()
	owner := w.viewer[user.RoleSUPERVISOR].UserID
	file := func(name string) string {
		return w.Writer.Upload.Create().SetOwnerID(owner).SetName(name).SetContentType("image/png").SetSize(3 << 20).SetSha256("h").SaveX(ctx).ID
	}
	b, a, draft := file("b.png"), file("a.png"), file("rascunho.png")
	for i, ids := range [][]string{{a, b}, {}} {
		attempt := w.Writer.OutboundAttempt.Create().SetTicket(w.own).SetAuthorID(owner).SetKind(outboundattempt.KindPRIVATE_MESSAGE).
			SetText("t").SetIdempotencyKey(fmt.Sprint(i)).SetInputHash("h").SetKnownTwins(nil).SaveX(ctx)
		for place, id := range ids {
			w.Writer.Upload.UpdateOneID(id).SetAttempt(attempt).SetPosition(place).ExecX(ctx)
		}
	}
	const query = `query($id: ID!, $draft: ID!) {
		ticket(id: $id) { outboundAttempts(first: 10) { edges { node { files { name size contentType } } } } }
		node(id: $draft) { ... on Upload { name } } }`
	for role, sees := range map[user.Role]string{user.RoleAGENT: "null", user.RoleADMIN: "null", user.RoleSUPERVISOR: `{"name":"rascunho.png"}`} {
		got := w.ask(t, role, query, map[string]any{"id": w.own.ID, "draft": draft})
		const want = `{"outboundAttempts":{"edges":[` +
			`{"node":{"files":[{"name":"a.png","size":3145728,"contentType":"image/png"},{"name":"b.png","size":3145728,"contentType":"image/png"}]}},` +
			`{"node":{"files":[]}}]}}`
		if string(got.Data["ticket"]) != want || string(got.Data["node"]) != sees || got.code() != "" {
			t.Errorf("%s: %s, the draft %s, %v", role, got.Data["ticket"], got.Data["node"], got.Errors)
		}
	}
}

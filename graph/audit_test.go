package graph

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

// audited is the audit of an integration as an administrator reads it, oldest first: "ACTION Name: field → field".
func (w *world) audited(t *testing.T, id string) (lines []string) {
	t.Helper()
	var page struct {
		Edges []struct {
			Node struct {
				Action, SubjectKind, SubjectName string
				Actor                            *struct{ ID string }
				Changes                          []struct {
					Field    string
					Old, New *string
				}
			}
		}
	}
	w.told(t, `{ auditEntries(subjectId: "`+id+`") { edges { node { action subjectKind subjectName actor { id } changes { field old new } } } } }`, "auditEntries", &page)
	for _, e := range page.Edges {
		line := e.Node.Action + " " + e.Node.SubjectName
		for _, c := range e.Node.Changes {
			value := "none"
			if c.New != nil && strings.Contains(*c.New, "T") {
				value = "now"
			} else if c.New != nil {
				value = *c.New
			}
			line += " " + c.Field + ":" + value
		}
		if e.Node.Actor == nil || e.Node.Actor.ID != w.viewer[user.RoleADMIN].UserID || e.Node.SubjectKind != "INTEGRATION" {
			t.Errorf("%s: of a %s by %v", line, e.Node.SubjectKind, e.Node.Actor)
		}
		lines = append(lines, line)
	}
	slices.Reverse(lines)
	return lines
}

// What an administrator tells the mirror to do is in the audit under its own name: once for a key, and only where it
// changed something.
func TestTheAuditOfTheMirrorsVerbs(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		w := newWorld(t, d)
		a := w.mirrored("a")
		set := w.Writer.Quarantine.Create().SetIntegrationID(a.ID).SetComplaintID(5).SetReason("merge").
			SetRetryAt(time.Now().Add(time.Hour)).SaveX(context.Background())
		came := w.Writer.CallbackDelivery.Create().SetIntegrationID(a.ID).SetReceivedAt(noon).SetMethod("POST").SetContentType("application/json").
			SetBody([]byte("{}")).SetReferences([]string{"POLL"}).SaveX(context.Background())
		of := `integrationId: "` + a.ID + `"`
		var want []string
		for i, c := range []struct{ verb, input, entry string }{
			{"syncNow", of, "SYNC_REQUESTED a syncRequestedAt:now"},
			{"syncNow", of, ""}, // it is asked for already
			{"pauseBackfill", of, "BACKFILL_PAUSED a backfillPausedAt:now"},
			{"pauseBackfill", of, ""},
			{"resumeBackfill", of, "BACKFILL_RESUMED a backfillPausedAt:none"},
			{"resumeBackfill", of, ""},
			{"cancelBackfill", of, "BACKFILL_CANCELLED a backfillCancelledAt:now"},
			{"cancelBackfill", of, ""},
			{"pauseBackfill", of, ""}, // refused
			{"resumeBackfill", of, "BACKFILL_RESUMED a backfillCancelledAt:none"},
			{"retryQuarantined", of, "QUARANTINE_RETRIED a retryQuarantined:1"},
			{"retryQuarantined", of, ""}, // it is due already
			{"retryQuarantined", `ids: ["` + set.ID + `"]`, "QUARANTINE_RETRIED a retryQuarantined:1"},
			{"redeliverCallbacks", `deliveryIds: ["` + came.ID + `"]`, "CALLBACKS_REDELIVERED a redeliverCallbacks:1"},
			{"redeliverCallbacks", of, "CALLBACKS_REDELIVERED a redeliverCallbacks:1"},
			{"redeliverCallbacks", of + `, receivedTo: "2020-01-01T00:00:00Z"`, ""},    // none came then
			{"redeliverCallbacks", `deliveryIds: ["` + came.ID + `", "cbd_none"]`, ""}, // refused
		} {
			if c.entry != "" {
				want = append(want, c.entry)
			}
			for range 2 { // the second is the answer to a repeat
				got := w.ask(t, user.RoleADMIN, fmt.Sprintf(`mutation { %s(input: {%s, idempotencyKey: "k%d"}) { errors { code } } }`, c.verb, c.input, i), nil)
				if got.code() != "" {
					t.Fatalf("%s: %v", c.verb, got.Errors)
				}
				if lines := w.audited(t, a.ID); !slices.Equal(lines, want) {
					t.Fatalf("after %d. %s the audit is\n%s\nwant\n%s", i, c.verb, strings.Join(lines, "\n"), strings.Join(want, "\n"))
				}
			}
		}
		for _, role := range []user.Role{user.RoleSUPERVISOR, user.RoleAGENT} {
			w.ask(t, role, `mutation { pauseBackfill(input: {`+of+`}) { errors { code } } }`, nil)
			w.ask(t, role, `mutation { redeliverCallbacks(input: {`+of+`}) { errors { code } } }`, nil)
		}
		if lines := w.audited(t, a.ID); !slices.Equal(lines, want) {
			t.Errorf("who may do none of it left\n%s", strings.Join(lines[len(want):], "\n"))
		}
	})
}

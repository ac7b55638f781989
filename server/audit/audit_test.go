package audit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/audit"
	"citrus.cx/channel/server/audit/audittest"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

func TestRecord(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx := context.Background()
		trail := audittest.Follow(t, d)
		ana := d.Writer.User.Create().SetEmail("ana@example.com").SetEmailFolded("ana@example.com").SetName("Ana").SetNameFolded("ana").
			SetRole(user.RoleADMIN).SetPasswordHash("x").SaveX(ctx).ID
		at := time.Date(2026, 3, 2, 9, 0, 0, 123_456_789, time.FixedZone("", -3*60*60))
		entry := audit.Entry{
			At: at, ActorID: &ana, Action: auditentry.ActionUPDATED, Kind: auditentry.SubjectKindREGION, ID: "reg_1", Name: "Sul",
			Changes: audit.Diff([]audit.Field{audit.Value("name", "São")}, []audit.Field{audit.Value("name", "Sul")}),
		}
		record := func(e audit.Entry, end error) error {
			return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				if err := audit.Record(ctx, tx, e); err != nil {
					return err
				}
				return end
			})
		}
		if err := record(entry, nil); err != nil {
			t.Fatal(err)
		}
		got := trail.Next()
		if len(got) != 1 || audittest.Line(got[0]) != "UPDATED REGION reg_1 Sul by "+ana+": name São → Sul" {
			t.Fatalf("got %v", got)
		}
		if !got[0].OccurredAt.Equal(time.Date(2026, 3, 2, 12, 0, 0, 123_456_000, time.UTC)) {
			t.Errorf("it happened at %s", got[0].OccurredAt)
		}

		if err := record(entry, errors.New("no")); err == nil {
			t.Error("the transaction was committed")
		}
		trail.Left("a change that was rolled back")

		entry.ActorID = nil
		if err := record(entry, nil); err != nil {
			t.Fatal(err)
		}
		trail.Left("the system", "UPDATED REGION reg_1 Sul by the system: name São → Sul")

		entry.Action, entry.Changes = auditentry.ActionARCHIVED, nil
		if err := record(entry, nil); err != nil {
			t.Fatal(err)
		}
		trail.Left("what changed nothing")

		entry.Changes = audit.Diff(nil, []audit.Field{audit.Value("name", "Sul")})
		entry.Action = "BLESSED"
		if err := record(entry, nil); err == nil {
			t.Error("an action that nobody knows was recorded")
		}
		trail.Left("an unknown action")
	})
}

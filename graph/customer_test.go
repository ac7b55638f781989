package graph

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"citrus.cx/channel/ent/db/unknownvalue"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

// Rule T2 and T4: who may be the same person is shown as far as the viewer sees customers.
func TestPossibleDuplicatesAreThoseThatOneSees(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		w := newWorld(t, d)
		ctx := context.Background()
		own, other := w.own.QueryCustomer().OnlyX(ctx), w.other.QueryCustomer().OnlyX(ctx)
		for _, pair := range [][2]string{{own.ID, other.ID}, {other.ID, own.ID}} {
			w.Writer.PossibleDuplicate.Create().SetCustomerID(pair[0]).SetOtherID(pair[1]).SetFoundAt(noon).ExecX(ctx)
		}
		w.Writer.Customer.UpdateOneID(own.ID).SetAsSent(schema.CustomerAsSent{Emails: []string{"A@x"}}).SetBirthDate("1990-01-31").ExecX(ctx)
		for role, want := range map[user.Role]string{user.RoleADMIN: "[{x2}]", user.RoleSUPERVISOR: "[{x2}]", user.RoleAGENT: "[]"} {
			var got struct {
				Customer struct {
					BirthDate          string
					AsSent             struct{ Emails, Phones []string }
					PossibleDuplicates []struct{ Code string }
				}
			}
			out := w.ask(t, role, `query($id: ID!) { ticket(id: $id) { customer { birthDate asSent { emails phones documents } possibleDuplicates { code } } } }`, map[string]any{"id": w.own.ID})
			if err := unmarshal(out, "ticket", &got); err != nil {
				t.Fatal(err)
			}
			c := got.Customer
			if fmt.Sprint(c.PossibleDuplicates) != want || c.BirthDate != "1990-01-31" || !slices.Equal(c.AsSent.Emails, []string{"A@x"}) || c.AsSent.Phones == nil {
				t.Errorf("%s sees %+v", role, c)
			}
		}
	})
}

// Rule S5: an administrator sees what came that we have no word for, the latest first; nobody else does.
func TestUnknownValues(t *testing.T) {
	w := onSQLite(t)
	ctx := context.Background()
	for i, value := range []string{"nova", "outra"} {
		at := noon.AddDate(0, 0, i)
		w.Writer.UnknownValue.Create().SetIntegrationID(w.page.ID).SetKind(unknownvalue.KindFIELD).SetValue(value).
			SetCount(i + 1).SetFirstSeenAt(noon).SetLastSeenAt(at).ExecX(ctx)
	}
	const query = `query($id: ID!) { ticket(id: $id) { integration { unknownValues { kind value count } } } }`
	var got struct {
		Integration struct {
			UnknownValues []struct {
				Kind, Value string
				Count       int
			}
		}
	}
	if err := unmarshal(w.ask(t, user.RoleADMIN, query, map[string]any{"id": w.own.ID}), "ticket", &got); err != nil {
		t.Fatal(err)
	}
	if values := fmt.Sprint(got.Integration.UnknownValues); values != "[{FIELD outra 2} {FIELD nova 1}]" {
		t.Errorf("unknown are %s", values)
	}
	if code := w.ask(t, user.RoleAGENT, query, map[string]any{"id": w.own.ID}).code(); code != "FORBIDDEN" {
		t.Errorf("an agent gets %q", code)
	}
}

package integration_test

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/callbacktoken"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/audit/audittest"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	. "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/reclameaqui/sandbox"
	"citrus.cx/channel/server/secret"
)

func TestTheAuditOfAnIntegration(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		o := newOffice(t, d)
		l := o.lists
		id := o.draft(" Loja  Aurora ", "")
		o.done(nil, "CREATED", id, "name - → Loja Aurora, channel - → RECLAME_AQUI, kind - → RECLAME_AQUI, state - → DRAFT, "+
			"callbackUrl - → •••, autoConversion - → false")
		o.change(id, credentials())
		o.done(nil, "UPDATED", id, "apiUsername - → demo-client, apiPassword - → •••")
		_, err := o.FetchPages(o.ctx, id, "")
		pages := fmt.Sprintf("Aurora Viagens (%d), Loja Aurora (%d)", sandbox.SecondCompanyID, sandbox.MainCompanyID)
		o.done(err, "PAGES_FETCHED", id, "availablePages - → "+pages+", pagesFetchedAt - → <time>")
		o.change(id, o.rest())
		o.done(nil, "UPDATED", id, fmt.Sprintf("companyEmail - → sac@example.com, syncIntervalMinutes - → 10, retroactiveMonths - → 0, "+
			"syncGroupId - → %s, pageId - → %d, companyName - → Loja Aurora, reclameAquiId - → %[2]d, autoConversion false → true, "+
			"customerTypeId - → %s, regionId - → %s, creatorId - → %s, sectorId - → %s, occurrenceTypeId - → %s, occurrenceId - → %s, "+
			"solutionIds - → %s, defaultSolutionId - → %[9]s",
			l.group, sandbox.MainCompanyID, l.customerType, l.region, o.who, l.sector, l.kind, l.occurrence, l.solution))

		o.change(id, Change{APIPassword: set(secret.Text(apiPassword))})
		o.done(nil, "UPDATED", id, "apiPassword ••• → •••")
		o.change(id, Change{SolutionIDs: set([]string{l.other, l.solution}), SyncGroupID: empty[string](), RetroactiveMonths: set(1)})
		both := []string{l.solution, l.other}
		slices.Sort(both)
		o.done(nil, "UPDATED", id, "retroactiveMonths 0 → 1, syncGroupId "+l.group+" → -, solutionIds "+l.solution+" → "+strings.Join(both, ", "))
		o.change(id, Change{RetroactiveMonths: set(1), SolutionIDs: set([]string{l.solution, l.other})})
		o.change(id, Change{})
		o.Left("changes of nothing")

		_, err = o.Activate(o.ctx, id, "")
		o.done(err, "ACTIVATED", id, "state DRAFT → ACTIVE")
		_, err = o.Pause(o.ctx, id, "")
		o.done(err, "PAUSED", id, "state ACTIVE → PAUSED")
		o.change(id, Change{Name: set("Aurora")})
		o.done(nil, "UPDATED", id, "name Loja Aurora → Aurora")
		_, err = o.RotateCallback(o.ctx, id, nil, "")
		o.done(err, "CALLBACK_URL_ROTATED", id, "callbackUrl ••• → •••")
		_, err = o.Archive(o.ctx, id, "")
		o.done(err, "ARCHIVED", id, "state PAUSED → ARCHIVED")
		_, err = o.Restore(o.ctx, id, "")
		o.done(err, "RESTORED", id, "state ARCHIVED → DRAFT")
		o.change(id, Change{APIPassword: empty[secret.Text]()})
		o.done(nil, "UPDATED", id, "apiPassword ••• → -")

		system := identity.System(context.Background())
		if _, err := o.Archive(system, id, ""); err != nil {
			t.Fatal(err)
		}
		left := o.Next()
		if len(left) != 1 || left[0].ActorID != nil || !left[0].OccurredAt.Equal(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)) {
			t.Errorf("the system left %v", left)
		}
	})
}

// What is refused, repeated, or done already leaves nothing.
func TestWhatLeavesNoAuditOfAnIntegration(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		o := newOffice(t, d)
		id := o.draft("Loja", "a")
		if _, err := o.Update(o.ctx, id, 1, credentials(), "b"); err != nil {
			t.Fatal(err)
		}
		_, err := o.FetchPages(o.ctx, id, "c")
		if err != nil {
			t.Fatal(err)
		}
		o.Next()

		o.draft("Loja", "a")
		o.Left("the same creation")
		if _, err := o.Update(o.ctx, id, 1, credentials(), "b"); err != nil {
			t.Error(err)
		}
		o.Left("the same update")
		if _, err := o.FetchPages(o.ctx, id, "c"); err != nil {
			t.Error(err)
		}
		o.Left("the same fetch")
		if _, err := o.Restore(o.ctx, id, ""); err != nil {
			t.Error(err)
		}
		o.Left("restoring what is not archived")

		_, err = o.Create(o.ctx, Draft{Name: " "}, "")
		o.refused(err, fault.Required, "no name")
		_, err = o.Update(o.ctx, id, 1, Change{Name: set("x")}, "")
		o.refused(err, fault.Conflict, "a stale version")
		_, err = o.Update(o.ctx, id, 2, Change{Name: set("x"), RegionID: set("reg_0")}, "")
		o.refused(err, fault.NotFound, "an unknown region")
		// Decided after the row was written.
		_, err = o.Update(o.ctx, id, 2, Change{Name: set("x"), OccurrenceTypeID: set(o.lists.kind)}, "")
		o.refused(err, fault.WrongParent, "a type without its sector")
		_, err = o.Activate(o.ctx, id, "")
		o.refused(err, fault.Incomplete, "activating a draft")
		_, err = o.Pause(o.ctx, id, "")
		o.refused(err, fault.InvalidState, "pausing a draft")
		_, err = o.Archive(identity.With(o.ctx, identity.Viewer{UserID: o.who, Role: user.RoleSUPERVISOR}), id, "")
		o.refused(err, fault.Forbidden, "a supervisor")
		if _, err := o.Archive(identity.With(o.ctx, identity.Viewer{UserID: "usr_0", Role: user.RoleADMIN}), id, ""); err == nil {
			t.Error("somebody who does not exist archived an integration")
		}
		o.Left("a change that was rolled back")
		if row := o.row(id); row.Name != "Loja" || row.Version != 2 || row.State != integration.StateDRAFT {
			t.Errorf("a change stayed without its entry: %v", row)
		}
		o.change(id, Change{APIPassword: set(secret.Text("wrong"))})
		o.Next()
		_, err = o.FetchPages(o.ctx, id, "")
		o.refused(err, fault.UpstreamCredentials, "a wrong password")
	})
}

// Each winner's entry begins where the one before it ended, and who saw the same version lost.
func TestTheAuditOfARaceIsAChain(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		o := newOffice(t, d)
		id := o.draft("0", "")
		o.Next()
		for round := 1; round <= 5; round++ {
			var all sync.WaitGroup
			errs := make([]error, 6)
			for i := range errs {
				all.Go(func() {
					_, errs[i] = o.Update(o.ctx, id, round, Change{Name: set(fmt.Sprint(round, ".", i))}, "")
				})
			}
			all.Wait()
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
				} else if fault.CodeOf(err) != fault.Conflict {
					t.Error(err)
				}
			}
			if won != 1 {
				t.Errorf("round %d: %d won", round, won)
			}
		}
		name := "0"
		for _, e := range o.Next() {
			if len(e.Changes) != 1 || *e.Changes[0].Old != name {
				t.Errorf("after %s: %s", name, audittest.Line(e))
			}
			name = *e.Changes[0].New
		}
		if row := o.row(id); row.Name != name || row.Version != 6 {
			t.Errorf("the audit ends at %s, the integration is %s at version %d", name, row.Name, row.Version)
		}
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if _, err := o.RotateCallback(o.ctx, id, nil, "k"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		o.done(nil, "CALLBACK_URL_ROTATED", id, "callbackUrl ••• → •••")
	})
}

// The password and the callback's token are nowhere, what is kept of them is not in the audit.
func TestNoSecretOfAnIntegrationIsKept(t *testing.T) {
	databasetest.EachURL(t, func(t *testing.T, url string) {
		d := databasetest.Open(t, url, database.Options{})
		o := newOffice(t, d)
		id := o.draft("Loja", "a")
		secrets := []string{apiPassword, o.token(id)}
		o.change(id, credentials())
		if _, err := o.FetchPages(o.ctx, id, "b"); err != nil {
			t.Fatal(err)
		}
		hidden := []string{string(o.row(id).APIPassword)}
		o.change(id, Change{APIPassword: set(secret.Text("the-next-password"))})
		if _, err := o.RotateCallback(o.ctx, id, nil, "c"); err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, "the-next-password", o.token(id))
		hidden = append(hidden, string(o.row(id).APIPassword))
		for _, token := range d.Writer.CallbackToken.Query().AllX(o.ctx) {
			hidden = append(hidden, token.Hash, string(token.Sealed))
		}
		dump := audittest.Dump(t, url)
		if !strings.Contains(dump["audit_entries"], "•••") || !strings.Contains(dump["integrations"], hidden[1]) {
			t.Fatal("the search finds nothing at all")
		}
		for table, content := range dump {
			for i, s := range secrets {
				if strings.Contains(content, s) {
					t.Errorf("%q holds secret %d", table, i)
				}
			}
		}
		for i, s := range hidden {
			if strings.Contains(dump["audit_entries"], s) {
				t.Errorf("the audit holds what is kept of secret %d", i)
			}
		}
	})
}

// token is the unguessable part of the present callback address.
func (o *office) token(id string) string {
	o.t.Helper()
	all, err := o.Callbacks(identity.System(o.ctx), []string{id})
	if err != nil {
		o.t.Fatal(err)
	}
	if n := o.d.Writer.CallbackToken.Query().Where(callbacktoken.IntegrationID(id), callbacktoken.ExpiresAtIsNil()).CountX(o.ctx); n != 1 {
		o.t.Fatalf("%d addresses are current", n)
	}
	return path.Base(all[id].URL)
}

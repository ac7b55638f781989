package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"citrus.cx/channel/ent/db/occurrence"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/audit/audittest"
	"citrus.cx/channel/server/catalog"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/identity"
)

// registered makes a user who may keep the lists, and gives his id and his context.
func registered(t *testing.T, d *database.DB, email string) (id string, as context.Context) {
	t.Helper()
	u := d.Writer.User.Create().SetEmail(email).SetEmailFolded(email).SetName("U").SetNameFolded("u").
		SetRole(user.RoleADMIN).SetPasswordHash("x").SaveX(ctx)
	return u.ID, identity.With(context.Background(), identity.Viewer{UserID: u.ID, Role: user.RoleADMIN})
}

// auditedLists runs a test on every list of both databases, with a parent for its entries ("" at the top).
func auditedLists(t *testing.T, run func(t *testing.T, d *database.DB, l verbs, kind, parentID string)) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		kinds := []string{"CUSTOMER_TYPE", "REGION", "SYNC_GROUP", "SECTOR", "OCCURRENCE_TYPE", "OCCURRENCE", "SOLUTION"}
		above := ""
		for i, l := range lists(catalog.New(d), d) {
			if l.parentField == "" {
				above = ""
			}
			t.Run(l.noun, func(t *testing.T) { run(t, d, l, kinds[i], above) })
			above = add(t, l, "Pai", above)
		}
	})
}

func TestTheAuditOfLists(t *testing.T) {
	auditedLists(t, func(t *testing.T, d *database.DB, l verbs, kind, parentID string) {
		who, admin := registered(t, d, strings.ToLower(l.noun)+"@example.com")
		trail := audittest.Follow(t, d)
		id, err := l.create(admin, " São  Paulo ", nil, parentID, "")
		want(t, err, "create")
		first := "name - → São Paulo, code - → SAO-PAULO"
		if parentID != "" {
			first += ", " + l.parentField + " - → " + parentID
		}
		if l.noun == "SyncGroup" {
			first += ", priority - → 100"
		}
		line := func(action, name, changes string) string {
			return fmt.Sprintf("%s %s %s %s by %s: %s", action, kind, id, name, who, changes)
		}
		trail.Left("create", line("CREATED", "São Paulo", first))

		_, err = l.update(admin, id, 1, p("Sul"), p("zs"), "")
		want(t, err, "update")
		trail.Left("update", line("UPDATED", "Sul", "name São Paulo → Sul, code SAO-PAULO → zs"))
		_, err = l.update(admin, id, 2, p("sul"), nil, "")
		want(t, err, "another case")
		trail.Left("another case", line("UPDATED", "sul", "name Sul → sul"))
		_, err = l.update(admin, id, 3, p(" sul "), p("zs"), "")
		want(t, err, "as it is")
		_, err = l.update(admin, id, 4, nil, nil, "")
		want(t, err, "nothing")
		trail.Left("updates that change nothing")

		want(t, l.archive(admin, id, ""), "archive")
		trail.Left("archive", line("ARCHIVED", "sul", "archivedAt - → <time>"))
		want(t, l.archive(admin, id, ""), "archive again")
		trail.Left("what is archived")
		want(t, l.restore(admin, id, ""), "restore")
		trail.Left("restore", line("RESTORED", "sul", "archivedAt <time> → -"))
		want(t, l.restore(admin, id, ""), "restore again")
		trail.Left("what is in use")

		want(t, l.archive(ctx, id, ""), "the system")
		trail.Left("the system", fmt.Sprintf("ARCHIVED %s %s sul by the system: archivedAt - → <time>", kind, id))
	})
}

// What is refused or repeated leaves nothing.
func TestWhatLeavesNoAuditOfLists(t *testing.T) {
	auditedLists(t, func(t *testing.T, d *database.DB, l verbs, _, parentID string) {
		_, admin := registered(t, d, strings.ToLower(l.noun)+"@example.com")
		id, err := l.create(admin, "Sul", nil, parentID, "a")
		want(t, err, "create")
		_, err = l.update(admin, id, 1, p("Norte"), nil, "b")
		want(t, err, "update")
		want(t, l.archive(admin, id, "c"), "archive")
		want(t, l.restore(admin, id, "d"), "restore")
		trail := audittest.Follow(t, d)

		_, err = l.create(admin, "Sul", nil, parentID, "a")
		want(t, err, "the same creation")
		_, err = l.update(admin, id, 1, p("Norte"), nil, "b")
		want(t, err, "the same update")
		want(t, l.archive(admin, id, "c"), "the same archiving")
		want(t, l.restore(admin, id, "d"), "the same restoring")

		_, err = l.create(admin, "NORTE", nil, parentID, "")
		want(t, err, "a taken name", "ALREADY_EXISTS@name")
		_, err = l.update(admin, id, 1, p("Leste"), nil, "")
		want(t, err, "a stale version", "CONFLICT@version")
		_, err = l.update(admin, id, 4, p(strings.Repeat("ﷺ", 30)), nil, "")
		want(t, err, "a name that folds to too much", "TOO_LONG@name")
		want(t, l.archive(admin, "xxx_0", ""), "an unknown entry", "NOT_FOUND@id")
		_, err = l.create(identity.With(ctx, identity.Viewer{UserID: "usr_0", Role: user.RoleSUPERVISOR}), "Leste", nil, parentID, "")
		want(t, err, "a supervisor", "FORBIDDEN")
		trail.Left("none of these")

		// The entry cannot name who does not exist, so the change goes with it.
		ghost := identity.With(ctx, identity.Viewer{UserID: "usr_0", Role: user.RoleADMIN})
		if _, err := l.update(ghost, id, 4, p("Leste"), nil, ""); err == nil {
			t.Error("somebody who does not exist changed an entry")
		}
		trail.Left("a change that was rolled back")
		if got := l.get(id); got.Name != "Norte" || got.Version != 4 {
			t.Errorf("the change stayed without its entry: %v", got)
		}

		for _, err := range together(10, func(int) error {
			_, err := l.create(admin, "Leste", nil, parentID, "e")
			return err
		}) {
			want(t, err, "one of many")
		}
		if left := trail.Next(); len(left) != 1 {
			t.Errorf("ten creations with one key left %d entries", len(left))
		}
	})
}

func TestTheAuditOfWhatIsAListsOwn(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		s := catalog.New(d)
		who, admin := registered(t, d, "u1@example.com")
		other, _ := registered(t, d, "u2@example.com")
		both := []string{who, other}
		slices.Sort(both)
		all := strings.Join(both, ", ")
		trail := audittest.Follow(t, d)
		left := func(subject, id, changes string) {
			t.Helper()
			action, kind, _ := strings.Cut(subject, " ")
			trail.Left(subject, fmt.Sprintf("%s %s %s x by %s: %s", action, kind, id, who, changes))
		}

		group, err := s.CreateSyncGroup(admin, catalog.SyncGroupInput{Name: "x", Priority: p(3)}, "")
		want(t, err, "create")
		left("CREATED SYNC_GROUP", group, "name - → x, code - → X, priority - → 3")
		_, err = s.UpdateSyncGroup(admin, group, 1, catalog.SyncGroupChange{Priority: p(7)}, "")
		want(t, err, "update")
		left("UPDATED SYNC_GROUP", group, "priority 3 → 7")

		sector, err := s.CreateSector(admin, catalog.SectorInput{Name: "x", UserIDs: []string{both[1], both[0]}}, "")
		want(t, err, "create")
		left("CREATED SECTOR", sector, "name - → x, code - → X, userIds - → "+all)
		_, err = s.UpdateSector(admin, sector, 1, catalog.SectorChange{UserIDs: &both}, "")
		want(t, err, "the same users")
		trail.Left("the same users")
		_, err = s.UpdateSector(admin, sector, 2, catalog.SectorChange{UserIDs: &[]string{other}}, "")
		want(t, err, "update")
		left("UPDATED SECTOR", sector, "userIds "+all+" → "+other)
		_, err = s.UpdateSector(admin, sector, 3, catalog.SectorChange{UserIDs: &[]string{}}, "")
		want(t, err, "update")
		left("UPDATED SECTOR", sector, "userIds "+other+" → -")

		kind, err := s.CreateOccurrenceType(admin, catalog.OccurrenceTypeInput{Name: "x", SectorID: sector}, "")
		want(t, err, "create")
		left("CREATED OCCURRENCE_TYPE", kind, "name - → x, code - → X, sectorId - → "+sector)
		id, err := s.CreateOccurrence(admin, catalog.OccurrenceInput{
			Name: "x", OccurrenceTypeID: kind, SLAValue: p(3), SLAUnit: p(occurrence.SLAUnitDAYS),
		}, "")
		want(t, err, "create")
		left("CREATED OCCURRENCE", id, "name - → x, code - → X, occurrenceTypeId - → "+kind+", slaValue - → 3, slaUnit - → DAYS")
		_, err = s.UpdateOccurrence(admin, id, 1, catalog.OccurrenceChange{SLAUnit: p(occurrence.SLAUnitHOURS)}, "")
		want(t, err, "update")
		left("UPDATED OCCURRENCE", id, "slaUnit DAYS → HOURS")
		_, err = s.UpdateOccurrence(admin, id, 2, catalog.OccurrenceChange{ClearSLA: true}, "")
		want(t, err, "update")
		left("UPDATED OCCURRENCE", id, "slaValue 3 → -, slaUnit HOURS → -")
	})
}

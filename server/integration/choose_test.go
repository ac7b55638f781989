package integration_test

import (
	"sync"
	"testing"

	"citrus.cx/channel/server/catalog"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	. "citrus.cx/channel/server/integration"
)

// An entry is chosen, or archived: of two administrators who do it at once one is refused.
func TestWhatIsChosenIsNotArchived(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		o := newOffice(t, d)
		lists := catalog.New(d)
		people, err := identity.New(d, identity.Options{SigningKey: make([]byte, 32)})
		if err != nil {
			t.Fatal(err)
		}
		id := o.draft("Loja", "")
		made := func(id string, err error) string {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		for i := range 15 {
			name := string(rune('a' + i))
			region := made(lists.CreateRegion(o.ctx, catalog.RegionInput{Name: name}, ""))
			solution := made(lists.CreateSolution(o.ctx, catalog.SolutionInput{Name: name, OccurrenceID: o.lists.occurrence}, ""))
			person := made(people.CreateUser(o.ctx, identity.NewUser{Email: name + "@example.com", Name: name, Role: "AGENT", Password: "a long password"}, ""))
			for what, c := range map[string]struct {
				choose  Change
				archive func() error
			}{
				"a region": {Change{RegionID: set(region)}, func() error { return lists.ArchiveRegion(o.ctx, region, "") }},
				"a solution": {
					Change{SectorID: set(o.lists.sector), OccurrenceTypeID: set(o.lists.kind), OccurrenceID: set(o.lists.occurrence), SolutionIDs: set([]string{solution})},
					func() error { return lists.ArchiveSolution(o.ctx, solution, "") },
				},
				"a creator": {Change{CreatorID: set(person)}, func() error { return people.ArchiveUser(o.ctx, person, nil, "") }},
			} {
				version := o.row(id).Version
				var both sync.WaitGroup
				var choosing, archiving error
				both.Go(func() { _, choosing = o.Update(o.ctx, id, version, c.choose, "") })
				both.Go(func() { archiving = c.archive() })
				both.Wait()
				switch {
				case choosing == nil && fault.CodeOf(archiving) == fault.InUse:
				case archiving == nil && fault.CodeOf(choosing) == fault.Archived:
				default:
					t.Errorf("%s: choosing gave %v, archiving %v", what, choosing, archiving)
				}
			}
		}
	})
}

package catalog_test

import (
	"slices"
	"sync"
	"testing"

	"citrus.cx/channel/server/catalog"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
)

// together runs work n times at once and gives the errors.
func together(n int, work func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = work(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

func TestOneOfManyCreatorsOfANameWins(t *testing.T) {
	eachList(t, func(t *testing.T, l verbs, parents [2]string, _ verbs) {
		names := []string{"São Paulo", "SAO PAULO", "sao paulo", "Sáo Páulo"}
		won := 0
		for _, err := range together(len(names), func(i int) error {
			_, err := l.create(ctx, names[i], nil, parents[0], "")
			return err
		}) {
			if err == nil {
				won++
			} else {
				want(t, err, "a loser", "ALREADY_EXISTS@name")
			}
		}
		if won != 1 {
			t.Errorf("%d won", won)
		}
	})
}

func TestManyCreatorsGetCodesOfTheirOwn(t *testing.T) {
	eachList(t, func(t *testing.T, l verbs, parents [2]string, _ verbs) {
		names := []string{"Sul", "Sul!", "Sul?", "(Sul)"}
		ids := make([]string, len(names))
		for _, err := range together(len(names), func(i int) (err error) {
			ids[i], err = l.create(ctx, names[i], nil, parents[0], "")
			return err
		}) {
			if err != nil {
				t.Fatal(err)
			}
		}
		var codes []string
		for _, id := range ids {
			codes = append(codes, l.get(id).Code)
		}
		slices.Sort(codes)
		if !slices.Equal(codes, []string{"SUL", "SUL-2", "SUL-3", "SUL-4"}) {
			t.Errorf("the codes are %v", codes)
		}
	})
}

func TestOneOfManyUpdatesOfAVersionWins(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		s := catalog.New(d)
		id, err := s.CreateRegion(ctx, catalog.RegionInput{Name: "Sul"}, "")
		if err != nil {
			t.Fatal(err)
		}
		won := 0
		for _, err := range together(6, func(i int) error {
			_, err := s.UpdateRegion(ctx, id, 1, catalog.RegionChange{Name: p(string(rune('a' + i)))}, "")
			return err
		}) {
			if err == nil {
				won++
			} else {
				want(t, err, "a loser", "CONFLICT@version")
			}
		}
		if won != 1 {
			t.Errorf("%d won", won)
		}
	})
}

// A parent is archived, or gets an entry: never both.
func TestNoEntryUnderAnArchivedParent(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		s := catalog.New(d)
		for range 10 {
			sector, err := s.CreateSector(ctx, catalog.SectorInput{Name: "Sul"}, "")
			if err != nil {
				t.Fatal(err)
			}
			errs := together(2, func(i int) error {
				if i == 0 {
					return s.ArchiveSector(ctx, sector, "")
				}
				_, err := s.CreateOccurrenceType(ctx, catalog.OccurrenceTypeInput{Name: "t", SectorID: sector}, "")
				return err
			})
			switch {
			case errs[0] == nil:
				want(t, errs[1], "the entry", "ARCHIVED@sectorId")
			case errs[1] == nil:
				want(t, errs[0], "the archiving", "INVALID_STATE@id")
			default:
				t.Fatalf("both failed: %v", errs)
			}
			if _, err := s.UpdateSector(ctx, sector, version(d, sector), catalog.SectorChange{Name: p(sector), Code: p(sector)}, ""); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func version(d *database.DB, sectorID string) int { return d.Writer.Sector.GetX(ctx, sectorID).Version }

// What a storm of equal creations gets is still a fault.
func TestStorm(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		s := catalog.New(d)
		won := 0
		for _, err := range together(24, func(int) error {
			_, err := s.CreateRegion(ctx, catalog.RegionInput{Name: "Sul"}, "")
			return err
		}) {
			switch fault.CodeOf(err) {
			case fault.AlreadyExists:
			default:
				won++
				if err != nil {
					t.Error(err)
				}
			}
		}
		if won != 1 {
			t.Errorf("%d won", won)
		}
	})
}

package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"citrus.cx/channel/server/catalog"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

var ctx = identity.System(context.Background())

// verbs are those of one list, in a form that all lists share.
type verbs struct {
	noun, parentField string // parentField "" at the top
	create            func(ctx context.Context, name string, code *string, parentID, key string) (string, error)
	update            func(ctx context.Context, id string, version int, name, code *string, key string) (string, error)
	archive, restore  func(ctx context.Context, id, key string) error
	get               func(id string) row
}

// row is what all lists keep of an entry.
type row struct {
	Name, Code string
	Version    int
	Archived   bool
}

// lists are all seven; a list's parent stands before it.
func lists(s *catalog.Service, d *database.DB) []verbs {
	w := d.Writer
	return []verbs{
		{
			"CustomerType", "",
			func(ctx context.Context, name string, code *string, _, key string) (string, error) {
				return s.CreateCustomerType(ctx, catalog.CustomerTypeInput{Name: name, Code: code}, key)
			},
			func(ctx context.Context, id string, version int, name, code *string, key string) (string, error) {
				return s.UpdateCustomerType(ctx, id, version, catalog.CustomerTypeChange{Name: name, Code: code}, key)
			}, s.ArchiveCustomerType, s.RestoreCustomerType,
			func(id string) row {
				e := w.CustomerType.GetX(ctx, id)
				return row{e.Name, e.Code, e.Version, e.ArchivedAt != nil}
			},
		},
		{
			"Region", "",
			func(ctx context.Context, name string, code *string, _, key string) (string, error) {
				return s.CreateRegion(ctx, catalog.RegionInput{Name: name, Code: code}, key)
			},
			func(ctx context.Context, id string, version int, name, code *string, key string) (string, error) {
				return s.UpdateRegion(ctx, id, version, catalog.RegionChange{Name: name, Code: code}, key)
			}, s.ArchiveRegion, s.RestoreRegion,
			func(id string) row {
				e := w.Region.GetX(ctx, id)
				return row{e.Name, e.Code, e.Version, e.ArchivedAt != nil}
			},
		},
		{
			"SyncGroup", "",
			func(ctx context.Context, name string, code *string, _, key string) (string, error) {
				return s.CreateSyncGroup(ctx, catalog.SyncGroupInput{Name: name, Code: code}, key)
			},
			func(ctx context.Context, id string, version int, name, code *string, key string) (string, error) {
				return s.UpdateSyncGroup(ctx, id, version, catalog.SyncGroupChange{Name: name, Code: code}, key)
			}, s.ArchiveSyncGroup, s.RestoreSyncGroup,
			func(id string) row {
				e := w.SyncGroup.GetX(ctx, id)
				return row{e.Name, e.Code, e.Version, e.ArchivedAt != nil}
			},
		},
		{
			"Sector", "",
			func(ctx context.Context, name string, code *string, _, key string) (string, error) {
				return s.CreateSector(ctx, catalog.SectorInput{Name: name, Code: code}, key)
			},
			func(ctx context.Context, id string, version int, name, code *string, key string) (string, error) {
				return s.UpdateSector(ctx, id, version, catalog.SectorChange{Name: name, Code: code}, key)
			}, s.ArchiveSector, s.RestoreSector,
			func(id string) row {
				e := w.Sector.GetX(ctx, id)
				return row{e.Name, e.Code, e.Version, e.ArchivedAt != nil}
			},
		},
		{
			"OccurrenceType", "sectorId",
			func(ctx context.Context, name string, code *string, parentID, key string) (string, error) {
				return s.CreateOccurrenceType(ctx, catalog.OccurrenceTypeInput{Name: name, Code: code, SectorID: parentID}, key)
			},
			func(ctx context.Context, id string, version int, name, code *string, key string) (string, error) {
				return s.UpdateOccurrenceType(ctx, id, version, catalog.OccurrenceTypeChange{Name: name, Code: code}, key)
			}, s.ArchiveOccurrenceType, s.RestoreOccurrenceType,
			func(id string) row {
				e := w.OccurrenceType.GetX(ctx, id)
				return row{e.Name, e.Code, e.Version, e.ArchivedAt != nil}
			},
		},
		{
			"Occurrence", "occurrenceTypeId",
			func(ctx context.Context, name string, code *string, parentID, key string) (string, error) {
				return s.CreateOccurrence(ctx, catalog.OccurrenceInput{Name: name, Code: code, OccurrenceTypeID: parentID}, key)
			},
			func(ctx context.Context, id string, version int, name, code *string, key string) (string, error) {
				return s.UpdateOccurrence(ctx, id, version, catalog.OccurrenceChange{Name: name, Code: code}, key)
			}, s.ArchiveOccurrence, s.RestoreOccurrence,
			func(id string) row {
				e := w.Occurrence.GetX(ctx, id)
				return row{e.Name, e.Code, e.Version, e.ArchivedAt != nil}
			},
		},
		{
			"Solution", "occurrenceId",
			func(ctx context.Context, name string, code *string, parentID, key string) (string, error) {
				return s.CreateSolution(ctx, catalog.SolutionInput{Name: name, Code: code, OccurrenceID: parentID}, key)
			},
			func(ctx context.Context, id string, version int, name, code *string, key string) (string, error) {
				return s.UpdateSolution(ctx, id, version, catalog.SolutionChange{Name: name, Code: code}, key)
			}, s.ArchiveSolution, s.RestoreSolution,
			func(id string) row {
				e := w.Solution.GetX(ctx, id)
				return row{e.Name, e.Code, e.Version, e.ArchivedAt != nil}
			},
		},
	}
}

// eachList runs a test on every list of both databases, with two parents for its entries
// ("" at the top) and the list of the parents (a zero one at the top).
func eachList(t *testing.T, run func(t *testing.T, l verbs, parents [2]string, above verbs)) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		var above verbs
		var parents [2]string
		for _, l := range lists(catalog.New(d), d) {
			if l.parentField == "" {
				above, parents = verbs{}, [2]string{}
			}
			t.Run(l.noun, func(t *testing.T) { run(t, l, parents, above) })
			// The parents of the next list hold nothing else.
			var next [2]string
			for i := range next {
				next[i] = add(t, l, fmt.Sprintf("Pai %d", i), parents[0])
			}
			above, parents = l, next
		}
	})
}

func add(t *testing.T, l verbs, name, parentID string) (id string) {
	t.Helper()
	id, err := l.create(ctx, name, nil, parentID, "")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// want expects exactly these faults, each written as its code, or as code@field.
func want(t *testing.T, err error, what string, faults ...string) {
	t.Helper()
	var got []string
	list, ok := fault.All(err)
	if err != nil && !ok {
		t.Errorf("%s: got %v, want %v", what, err, faults)
		return
	}
	for _, f := range list {
		s := string(f.Code)
		if len(f.Field) > 0 {
			s += "@" + strings.Join(f.Field, ".")
		}
		got = append(got, s)
	}
	slices.Sort(got)
	slices.Sort(faults)
	if !slices.Equal(got, faults) {
		t.Errorf("%s: got %v, want %v", what, got, faults)
	}
}

func p[T any](v T) *T { return &v }

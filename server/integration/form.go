package integration

import (
	"context"
	"slices"
	"strconv"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/customertype"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/occurrence"
	"citrus.cx/channel/ent/db/occurrencetype"
	"citrus.cx/channel/ent/db/predicate"
	"citrus.cx/channel/ent/db/region"
	"citrus.cx/channel/ent/db/sector"
	"citrus.cx/channel/ent/db/solution"
	"citrus.cx/channel/ent/db/user"
)

// FieldKind says how a field of the form is filled in.
type FieldKind string

// The kinds; the contract's enum FormFieldKind has the same values.
const (
	FieldText    FieldKind = "TEXT"
	FieldEmail   FieldKind = "EMAIL"
	FieldSecret  FieldKind = "SECRET"
	FieldInteger FieldKind = "INTEGER"
	FieldSwitch  FieldKind = "SWITCH"
	FieldChoice  FieldKind = "CHOICE"
	FieldChoices FieldKind = "CHOICES"
)

// Field is how one field of updateIntegration is filled in.
type Field struct {
	Kind     FieldKind
	Min, Max int // of an INTEGER
}

// fields are those that an activation requires.
var fields = map[string]Field{
	"companyEmail":        {Kind: FieldEmail},
	"apiUsername":         {Kind: FieldText},
	"apiPassword":         {Kind: FieldSecret},
	"syncIntervalMinutes": {Kind: FieldInteger, Min: minInterval, Max: maxInterval},
	"retroactiveMonths":   {Kind: FieldInteger, Max: maxMonths},
	"pageId":              {Kind: FieldChoice},
	"autoConversion":      {Kind: FieldSwitch},
	"customerTypeId":      {Kind: FieldChoice},
	"regionId":            {Kind: FieldChoice},
	"creatorId":           {Kind: FieldChoice},
	"sectorId":            {Kind: FieldChoice},
	"occurrenceTypeId":    {Kind: FieldChoice},
	"occurrenceId":        {Kind: FieldChoice},
	"solutionIds":         {Kind: FieldChoices},
	"defaultSolutionId":   {Kind: FieldChoice},
}

// FieldOf is how a field named by Missing is filled in.
func FieldOf(name string) Field { return fields[name] }

// Option is one entry to choose.
type Option struct{ Value, Label string }

// maxOptions is the first page of the entries; an app with more of them has the lists' own queries.
const maxOptions = 100

// Options are the active entries that a choice may take, given the choices above it (rule A11): first those under
// which the rest can be chosen, too, by name; then those where entries are still to be registered. The row must
// have been loaded with its choices. Nil for a field that is no choice.
func (s *Service) Options(ctx context.Context, row *db.Integration, field string) ([]Option, error) {
	r := s.database.Reader
	switch field {
	case "pageId":
		return s.freePages(ctx, row)
	case "customerTypeId":
		return labelled(r.CustomerType.Query().Where(customertype.ArchivedAtIsNil()).Order(db.Asc(customertype.FieldNameFolded)).Limit(maxOptions).All(ctx))
	case "regionId":
		return labelled(r.Region.Query().Where(region.ArchivedAtIsNil()).Order(db.Asc(region.FieldNameFolded)).Limit(maxOptions).All(ctx))
	case "creatorId":
		return labelled(r.User.Query().Where(user.ArchivedAtIsNil()).Order(db.Asc(user.FieldNameFolded)).Limit(maxOptions).All(ctx))
	case "solutionIds":
		return labelled(r.Solution.Query().Where(solution.ArchivedAtIsNil(), solution.OccurrenceID(deref(row.OccurrenceID))).
			Order(db.Asc(solution.FieldNameFolded)).Limit(maxOptions).All(ctx))
	case "defaultSolutionId":
		gone := func(e *db.Solution) bool { return e.ArchivedAt != nil }
		return labelled(slices.DeleteFunc(slices.Clone(row.Edges.Solutions), gone), nil)
	}
	return s.branches(ctx, row, field)
}

// branches are the options of a choice that others stand below.
func (s *Service) branches(ctx context.Context, row *db.Integration, field string) ([]Option, error) {
	r := s.database.Reader
	switch field {
	case "sectorId":
		full := sector.HasOccurrenceTypesWith(fullType)
		some := func(p predicate.Sector) *db.SectorQuery {
			return r.Sector.Query().Where(sector.ArchivedAtIsNil(), p).Order(db.Asc(sector.FieldNameFolded)).Limit(maxOptions)
		}
		return fullFirst(ctx, some(full), some(sector.Not(full)))
	case "occurrenceTypeId":
		some := func(p predicate.OccurrenceType) *db.OccurrenceTypeQuery {
			return r.OccurrenceType.Query().Where(occurrencetype.ArchivedAtIsNil(), occurrencetype.SectorID(deref(row.SectorID)), p).
				Order(db.Asc(occurrencetype.FieldNameFolded)).Limit(maxOptions)
		}
		return fullFirst(ctx, some(fullType), some(occurrencetype.Not(fullType)))
	case "occurrenceId":
		some := func(p predicate.Occurrence) *db.OccurrenceQuery {
			return r.Occurrence.Query().Where(occurrence.ArchivedAtIsNil(), occurrence.OccurrenceTypeID(deref(row.OccurrenceTypeID)), p).
				Order(db.Asc(occurrence.FieldNameFolded)).Limit(maxOptions)
		}
		return fullFirst(ctx, some(fullOccurrence), some(occurrence.Not(fullOccurrence)))
	}
	return nil, nil
}

// What has all that the fields below it choose from.
var (
	fullOccurrence = occurrence.And(occurrence.ArchivedAtIsNil(), occurrence.HasSolutionsWith(solution.ArchivedAtIsNil()))
	fullType       = occurrencetype.And(occurrencetype.ArchivedAtIsNil(), occurrencetype.HasOccurrencesWith(fullOccurrence))
)

// fullFirst reads the entries of one query, then those of another, as many as there are options.
func fullFirst[T any, Q interface {
	All(ctx context.Context) ([]*T, error)
}](ctx context.Context, full, other Q) ([]Option, error) {
	entries, err := full.All(ctx)
	if err == nil && len(entries) < maxOptions {
		var more []*T
		more, err = other.All(ctx)
		entries = append(entries, more...)
	}
	return labelled(entries[:min(len(entries), maxOptions)], err)
}

// freePages are the fetched pages that no other integration mirrors (rule A12b): such a choice would be refused.
func (s *Service) freePages(ctx context.Context, row *db.Integration) ([]Option, error) {
	var taken []struct {
		PageID int64 `sql:"page_id"`
	}
	err := s.database.Reader.Integration.Query().
		Where(integration.IDNEQ(row.ID), integration.StateNEQ(integration.StateARCHIVED), integration.PageIDNotNil()).
		Select(integration.FieldPageID).Scan(ctx, &taken)
	used := map[int64]bool{}
	for _, t := range taken {
		used[t.PageID] = true
	}
	options := []Option{}
	for _, p := range row.AvailablePages {
		if !used[p.ID] {
			options = append(options, Option{strconv.FormatInt(p.ID, 10), p.Name})
		}
	}
	return options, err
}

// labelled turns entries into options.
func labelled[T any](entries []*T, err error) ([]Option, error) {
	options := make([]Option, len(entries))
	for i, e := range entries {
		options[i] = optionOf(e)
	}
	return options, err
}

func optionOf(entry any) Option {
	switch e := entry.(type) {
	case *db.CustomerType:
		return Option{e.ID, e.Name}
	case *db.Region:
		return Option{e.ID, e.Name}
	case *db.User:
		return Option{e.ID, e.Name}
	case *db.Sector:
		return Option{e.ID, e.Name}
	case *db.OccurrenceType:
		return Option{e.ID, e.Name}
	case *db.Occurrence:
		return Option{e.ID, e.Name}
	case *db.Solution:
		return Option{e.ID, e.Name}
	}
	panic("integration: an entry without a name")
}

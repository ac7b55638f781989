package integration

import (
	"slices"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/secret"
)

// Rule S1: 00:00 in America/Sao_Paulo, N calendar months before.
func TestWindowFrom(t *testing.T) {
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at     string
		months int
		want   string
	}{
		{"2026-03-02T12:00:00Z", 0, "2026-03-02T03:00:00Z"},
		{"2026-03-02T02:59:59Z", 0, "2026-03-01T03:00:00Z"}, // still yesterday there
		{"2026-03-02T03:00:00Z", 0, "2026-03-02T03:00:00Z"},
		{"2026-03-01T01:00:00Z", 0, "2026-02-28T03:00:00Z"},
		{"2026-03-31T12:00:00Z", 1, "2026-02-28T03:00:00Z"}, // no 31 February
		{"2024-03-31T12:00:00Z", 1, "2024-02-29T03:00:00Z"}, // a leap year
		{"2024-02-29T12:00:00Z", 12, "2023-02-28T03:00:00Z"},
		{"2024-02-29T12:00:00Z", 48, "2020-02-29T03:00:00Z"},
		{"2026-05-31T12:00:00Z", 1, "2026-04-30T03:00:00Z"},
		{"2026-01-15T12:00:00Z", 1, "2025-12-15T03:00:00Z"},
		{"2026-01-31T12:00:00Z", 14, "2024-11-30T03:00:00Z"},
		{"2026-03-02T12:00:00Z", 120, "2016-03-02T03:00:00Z"},
		// Summer time: two hours behind, and a day whose first hour does not exist.
		{"2019-01-10T12:00:00Z", 0, "2019-01-10T02:00:00Z"},
		{"2019-01-10T02:00:00Z", 0, "2019-01-10T02:00:00Z"},
		{"2019-01-10T01:59:59Z", 0, "2019-01-09T02:00:00Z"},
		{"2026-01-10T12:00:00Z", 84, "2019-01-10T02:00:00Z"},
		{"2026-11-04T12:00:00Z", 96, "2018-11-04T03:00:00Z"}, // began with 01:00
		{"2026-10-16T12:00:00Z", 120, "2016-10-16T03:00:00Z"},
		{"2026-11-03T12:00:00Z", 96, "2018-11-03T03:00:00Z"},
		{"2026-11-05T12:00:00Z", 96, "2018-11-05T02:00:00Z"},
		{"2026-02-16T12:00:00Z", 84, "2019-02-16T02:00:00Z"}, // ended at that day's end
		{"2026-02-17T12:00:00Z", 84, "2019-02-17T03:00:00Z"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := WindowFrom(at, c.months, zone).Format(time.RFC3339); got != c.want {
			t.Errorf("%d months before %s: %s, want %s", c.months, c.at, got, c.want)
		}
	}
}

// Every day of the years with and without summer time, and every number of months: the first instant of a day of the
// right month, the same day where there is one.
func TestWindowFromAlways(t *testing.T) {
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	for day := range 366 {
		at := time.Date(2018, 6, 1+day, 15, 0, 0, 0, time.UTC)
		for months := range 121 {
			from := WindowFrom(at, months, zone)
			local, before := from.In(zone), from.Add(-time.Nanosecond).In(zone)
			last := time.Date(local.Year(), local.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
			if local.YearDay() == before.YearDay() || local.Day() != min(at.In(zone).Day(), last) ||
				12*at.Year()+int(at.Month())-months != 12*local.Year()+int(local.Month()) {
				t.Fatalf("%d months before %s: %s", months, at, local)
			}
		}
	}
}

func given[T any](v T) Set[T] { return Set[T]{Given: true, Value: &v} }

// faults says a list of faults as CODE@field, in order.
func faults(l fault.List) string {
	var s []string
	for _, f := range l {
		s = append(s, string(f.Code)+"@"+strings.Join(f.Field, "."))
	}
	return strings.Join(s, " ")
}

// Rule A4: the limits of the form, each error at its field, all at once.
func TestCheck(t *testing.T) {
	long := func(n int) string { return strings.Repeat("é", n) }
	for _, c := range []struct {
		change Change
		want   string
	}{
		{Change{}, ""},
		{Change{SyncIntervalMinutes: given(10), RetroactiveMonths: given(0)}, ""},
		{Change{SyncIntervalMinutes: given(1440), RetroactiveMonths: given(120)}, ""},
		{Change{SyncIntervalMinutes: given(9), RetroactiveMonths: given(-1)}, "OUT_OF_RANGE@syncIntervalMinutes OUT_OF_RANGE@retroactiveMonths"},
		{Change{SyncIntervalMinutes: given(1441), RetroactiveMonths: given(121)}, "OUT_OF_RANGE@syncIntervalMinutes OUT_OF_RANGE@retroactiveMonths"},
		{Change{Name: given("  ")}, "REQUIRED@name"},
		{Change{Name: Set[string]{Given: true}}, "REQUIRED@name"},
		{Change{Name: given(long(120))}, ""},
		{Change{Name: given(long(121))}, "TOO_LONG@name"},
		{Change{Name: given("a\x00b")}, "INVALID@name"},
		{Change{CompanyEmail: given(" sac@example.com ")}, ""},
		{Change{CompanyEmail: given(" ")}, ""},
		{Change{CompanyEmail: given("sac")}, "INVALID@companyEmail"},
		{Change{CompanyEmail: given("sac@example.com, outro@example.com")}, "INVALID@companyEmail"},
		{Change{APIUsername: given(long(200)), CompanyName: given(long(200)), ReclameAquiID: given(long(40))}, ""},
		{Change{APIUsername: given(long(201)), CompanyName: given(long(201)), ReclameAquiID: given(long(41))}, "TOO_LONG@apiUsername TOO_LONG@companyName TOO_LONG@reclameAquiId"},
		{Change{APIUsername: given("a\x00"), CompanyName: given("\x00b"), ReclameAquiID: given("a\x00b")}, "INVALID@apiUsername INVALID@companyName INVALID@reclameAquiId"},
		{Change{APIPassword: given(secret.Text(""))}, "REQUIRED@apiPassword"},
		{Change{APIPassword: given(secret.Text(strings.Repeat("p", 500)))}, ""},
		{Change{APIPassword: given(secret.Text(strings.Repeat("p", 501)))}, "TOO_LONG@apiPassword"},
		{Change{APIPassword: Set[secret.Text]{Given: true}}, ""},
	} {
		var problems fault.List
		c.change.check(&problems)
		if got := faults(problems); got != c.want {
			t.Errorf("%+v: %q, want %q", c.change, got, c.want)
		}
	}
}

func p[T any](v T) *T { return &v }

// complete is an integration that lacks nothing.
func complete() *db.Integration {
	row := &db.Integration{
		CompanyEmail: p("sac@example.com"), APIUsername: p("client"), APIPassword: []byte{1}, SyncIntervalMinutes: p(10),
		RetroactiveMonths: p(0), PageID: p(int64(7)), AutoConversion: true,
	}
	solution := &db.Solution{ID: "sol", OccurrenceID: "occ"}
	row.Edges = db.IntegrationEdges{
		CustomerType: &db.CustomerType{ID: "cty"}, Region: &db.Region{ID: "reg"}, Creator: &db.User{ID: "usr"}, Sector: &db.Sector{ID: "sec"},
		OccurrenceType: &db.OccurrenceType{ID: "oty", SectorID: "sec"}, Occurrence: &db.Occurrence{ID: "occ", OccurrenceTypeID: "oty"},
		Solutions: []*db.Solution{solution}, DefaultSolution: solution,
	}
	return row
}

// Rules A9 to A11: what is required, what is archived, and what does not belong to the choice above it.
func TestMissing(t *testing.T) {
	gone := time.Now()
	for _, c := range []struct {
		change func(row *db.Integration)
		want   string
	}{
		{func(*db.Integration) {}, ""},
		{func(r *db.Integration) { r.CompanyEmail = nil }, "REQUIRED@companyEmail"},
		{func(r *db.Integration) { r.APIUsername = nil }, "REQUIRED@apiUsername"},
		{func(r *db.Integration) { r.APIPassword = nil }, "REQUIRED@apiPassword"},
		{func(r *db.Integration) { r.SyncIntervalMinutes = nil }, "REQUIRED@syncIntervalMinutes"},
		{func(r *db.Integration) { r.RetroactiveMonths = nil }, "REQUIRED@retroactiveMonths"},
		{func(r *db.Integration) { r.PageID = nil }, "REQUIRED@pageId"},
		{func(r *db.Integration) { r.AutoConversion = false }, "REQUIRED@autoConversion"},
		{func(r *db.Integration) { r.Edges.SyncGroup = nil }, ""}, // none = last
		{func(r *db.Integration) { r.Edges.CustomerType = nil }, "REQUIRED@customerTypeId"},
		{func(r *db.Integration) { r.Edges.Region = nil }, "REQUIRED@regionId"},
		{func(r *db.Integration) { r.Edges.Creator = nil }, "REQUIRED@creatorId"},
		{func(r *db.Integration) { r.Edges.DefaultSolution = nil }, "REQUIRED@defaultSolutionId"},
		{func(r *db.Integration) { r.Edges.CustomerType.ArchivedAt = &gone }, "ARCHIVED@customerTypeId"},
		{func(r *db.Integration) { r.Edges.Region.ArchivedAt = &gone }, "ARCHIVED@regionId"},
		{func(r *db.Integration) { r.Edges.Creator.ArchivedAt = &gone }, "ARCHIVED@creatorId"},
		{func(r *db.Integration) { r.Edges.Sector.ArchivedAt = &gone }, "ARCHIVED@sectorId"},
		{func(r *db.Integration) { r.Edges.OccurrenceType.ArchivedAt = &gone }, "ARCHIVED@occurrenceTypeId"},
		{func(r *db.Integration) { r.Edges.Occurrence.ArchivedAt = &gone }, "ARCHIVED@occurrenceId"},
		{func(r *db.Integration) { r.Edges.Solutions[0].ArchivedAt = &gone }, "ARCHIVED@solutionIds ARCHIVED@defaultSolutionId"},
		{func(r *db.Integration) { r.Edges.Sector = nil }, "REQUIRED@sectorId WRONG_PARENT@occurrenceTypeId"},
		{func(r *db.Integration) { r.Edges.OccurrenceType.SectorID = "other" }, "WRONG_PARENT@occurrenceTypeId"},
		{func(r *db.Integration) { r.Edges.Occurrence.OccurrenceTypeID = "other" }, "WRONG_PARENT@occurrenceId"},
		{func(r *db.Integration) { r.Edges.Solutions[0].OccurrenceID = "other" }, "WRONG_PARENT@solutionIds"},
		{func(r *db.Integration) { r.Edges.DefaultSolution = &db.Solution{ID: "x", OccurrenceID: "occ"} }, "WRONG_PARENT@defaultSolutionId"},
		{func(r *db.Integration) { r.Edges.Solutions = nil }, "REQUIRED@solutionIds WRONG_PARENT@defaultSolutionId"},
	} {
		row := complete()
		c.change(row)
		if got := faults(Missing(row)); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	all := Missing(&db.Integration{})
	for _, f := range all {
		if _, named := fieldNames[f.Field[0]]; !named {
			t.Errorf("%s has no word on the screen", f.Field)
		}
	}
	if len(all) != len(fieldNames) {
		t.Errorf("%d required fields, %d words", len(all), len(fieldNames))
	}
	answer, _ := fault.All(incomplete(all))
	if !slices.EqualFunc(answer, all, func(a, m *fault.Error) bool { return a.Code == fault.Incomplete && a.Field[0] == m.Field[0] }) {
		t.Errorf("an activation answers %v", answer)
	}
	if incomplete(nil) != nil {
		t.Error("nothing missing is an error")
	}
}

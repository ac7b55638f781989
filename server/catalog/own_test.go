package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/occurrence"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/catalog"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
)

func TestPriority(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		s := catalog.New(d)
		for i, c := range []struct {
			given *int
			want  int // 0 = refused
		}{{nil, 100}, {p(1), 1}, {p(1000), 1000}, {p(0), 0}, {p(1001), 0}, {p(-1), 0}} {
			id, err := s.CreateSyncGroup(ctx, catalog.SyncGroupInput{Name: fmt.Sprint("g", i), Priority: c.given}, "")
			if c.want == 0 {
				want(t, err, "create", "OUT_OF_RANGE@priority")
				continue
			}
			if g := d.Writer.SyncGroup.GetX(ctx, id); err != nil || g.Priority != c.want {
				t.Errorf("got %v, %v, want %d", g, err, c.want)
			}
			if _, err := s.UpdateSyncGroup(ctx, id, 1, catalog.SyncGroupChange{Name: p(fmt.Sprint("h", i))}, ""); err != nil {
				t.Error(err)
			}
			if g := d.Writer.SyncGroup.GetX(ctx, id); g.Priority != c.want {
				t.Errorf("a new name made the priority %d", g.Priority)
			}
			_, err = s.UpdateSyncGroup(ctx, id, 2, catalog.SyncGroupChange{Name: p(""), Priority: p(1001)}, "")
			want(t, err, "update", "REQUIRED@name", "OUT_OF_RANGE@priority")
			if _, err := s.UpdateSyncGroup(ctx, id, 2, catalog.SyncGroupChange{Priority: p(7)}, ""); err != nil {
				t.Error(err)
			}
			if g := d.Writer.SyncGroup.GetX(ctx, id); g.Priority != 7 {
				t.Errorf("the priority is %d", g.Priority)
			}
		}
	})
}

func TestSLA(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		s := catalog.New(d)
		sector, _ := s.CreateSector(ctx, catalog.SectorInput{Name: "s"}, "")
		kind, _ := s.CreateOccurrenceType(ctx, catalog.OccurrenceTypeInput{Name: "t", SectorID: sector}, "")
		hours, days, weeks := p(occurrence.SLAUnitHOURS), p(occurrence.SLAUnitDAYS), p(occurrence.SLAUnit("WEEKS"))
		for i, c := range []struct {
			value *int
			unit  *occurrence.SLAUnit
			want  []string
		}{
			{nil, nil, nil},
			{p(1), hours, nil},
			{p(10_000), days, nil},
			{p(0), days, []string{"OUT_OF_RANGE@slaValue"}},
			{p(10_001), days, []string{"OUT_OF_RANGE@slaValue"}},
			{p(1), nil, []string{"REQUIRED@slaUnit"}},
			{nil, days, []string{"REQUIRED@slaValue"}},
			{p(1), weeks, []string{"INVALID@slaUnit"}},
			{p(-1), weeks, []string{"OUT_OF_RANGE@slaValue", "INVALID@slaUnit"}},
		} {
			in := catalog.OccurrenceInput{Name: fmt.Sprint("o", i), OccurrenceTypeID: kind, SLAValue: c.value, SLAUnit: c.unit}
			_, err := s.CreateOccurrence(ctx, in, "")
			want(t, err, fmt.Sprint("create ", i), c.want...)
		}
		id, err := s.CreateOccurrence(ctx, catalog.OccurrenceInput{Name: "o", OccurrenceTypeID: kind}, "")
		if err != nil {
			t.Fatal(err)
		}
		version := 1
		for _, c := range []struct {
			name   string
			change catalog.OccurrenceChange
			sla    string
			want   []string
		}{
			{"half of none", catalog.OccurrenceChange{SLAValue: p(3)}, "none", []string{"REQUIRED@slaUnit"}},
			{"both", catalog.OccurrenceChange{SLAValue: p(3), SLAUnit: days}, "3 DAYS", nil},
			{"the value", catalog.OccurrenceChange{SLAValue: p(4)}, "4 DAYS", nil},
			{"the unit", catalog.OccurrenceChange{SLAUnit: hours}, "4 HOURS", nil},
			{"a bad value", catalog.OccurrenceChange{SLAValue: p(0)}, "4 HOURS", []string{"OUT_OF_RANGE@slaValue"}},
			{"the name", catalog.OccurrenceChange{Name: p("p")}, "4 HOURS", nil},
			{"none", catalog.OccurrenceChange{ClearSLA: true}, "none", nil},
		} {
			_, err := s.UpdateOccurrence(ctx, id, version, c.change, "")
			want(t, err, c.name, c.want...)
			if err == nil {
				version++
			}
			sla := "none"
			if o := d.Writer.Occurrence.GetX(ctx, id); o.SLAValue != nil && o.SLAUnit != nil {
				sla = fmt.Sprint(*o.SLAValue, " ", *o.SLAUnit)
			}
			if sla != c.sla {
				t.Errorf("%s: the SLA is %s, want %s", c.name, sla, c.sla)
			}
		}
	})
}

func TestSectorUsers(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		s := catalog.New(d)
		users := make([]string, 3)
		for i := range users {
			email := fmt.Sprintf("u%d@example.com", i)
			users[i] = d.Writer.User.Create().SetEmail(email).SetEmailFolded(email).SetName("U").SetNameFolded("u").
				SetRole(user.RoleAGENT).SetPasswordHash("x").SaveX(ctx).ID
		}
		archive := func(i int) { d.Writer.User.UpdateOneID(users[i]).SetArchivedAt(schema.Now()).ExecX(ctx) }
		archive(2)
		_, err := s.CreateSector(ctx, catalog.SectorInput{Name: "s", UserIDs: []string{users[0], "usr_0", users[2]}}, "")
		want(t, err, "wrong users", "NOT_FOUND@userIds", "ARCHIVED@userIds")
		id, err := s.CreateSector(ctx, catalog.SectorInput{Name: "s", UserIDs: []string{users[1], users[0], users[0]}}, "")
		if err != nil {
			t.Fatal(err)
		}
		members := func() int { return d.Writer.Sector.GetX(ctx, id).QueryUsers().CountX(ctx) }
		if n := members(); n != 2 {
			t.Errorf("%d users, want 2", n)
		}
		archive(1) // who is in may stay
		for _, c := range []struct {
			name  string
			users *[]string
			want  int
		}{{"nothing", nil, 2}, {"the same", &[]string{users[0], users[1]}, 2}, {"one", &[]string{users[1]}, 1}, {"none", &[]string{}, 0}} {
			version := d.Writer.Sector.GetX(ctx, id).Version
			if _, err := s.UpdateSector(ctx, id, version, catalog.SectorChange{UserIDs: c.users}, ""); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if n := members(); n != c.want {
				t.Errorf("%s: %d users, want %d", c.name, n, c.want)
			}
		}
		_, err = s.UpdateSector(ctx, id, 5, catalog.SectorChange{UserIDs: &[]string{users[1]}}, "")
		want(t, err, "who has left", "ARCHIVED@userIds")
	})
}

func TestUsage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		s := catalog.New(d)
		var ids []string // one of each list, as lists gives them
		for _, l := range lists(s, d) {
			parentID := ""
			if l.parentField != "" {
				parentID = ids[len(ids)-1]
			}
			ids = append(ids, add(t, l, "Usada", parentID))
		}
		spare := add(t, lists(s, d)[1], "Livre", "")
		for i := range 4 {
			c := d.Writer.Integration.Create().SetName("i").SetNameFolded("i").
				SetChannel(integration.ChannelRECLAME_AQUI).SetKind(integration.KindRECLAME_AQUI).
				SetCustomerTypeID(ids[0]).SetRegionID(ids[1]).SetSyncGroupID(ids[2]).SetSectorID(ids[3]).
				SetOccurrenceTypeID(ids[4]).SetOccurrenceID(ids[5])
			switch i {
			case 0: // one solution in both roles counts once
				c.SetDefaultSolutionID(ids[6]).AddSolutionIDs(ids[6])
			case 1:
				c.SetState(integration.StatePAUSED).AddSolutionIDs(ids[6])
			case 2:
				c.SetState(integration.StateACTIVE).SetDefaultSolutionID(ids[6])
			case 3:
				c.SetState(integration.StateARCHIVED).SetDefaultSolutionID(ids[6])
			}
			c.ExecX(ctx)
		}
		counts, err := s.Usage(ctx, append(ids, spare, "xxx_0")...)
		if err != nil || len(counts) != 7 {
			t.Errorf("got %v, %v", counts, err)
		}
		for i, l := range lists(s, d) {
			if n := counts[ids[i]]; n != 3 {
				t.Errorf("%s is used by %d, want 3", l.noun, n)
			}
			err := l.archive(ctx, ids[i], "")
			faults := []string{"IN_USE@id"}
			if i >= 3 && i < 6 {
				faults = append(faults, "INVALID_STATE@id")
			}
			want(t, err, l.noun, faults...)
			if list, _ := fault.All(err); len(list) == 0 || list[len(list)-1].Params["count"] != 3 {
				t.Errorf("%s: %v", l.noun, list)
			}
		}
		d.Writer.Integration.Update().SetState(integration.StateARCHIVED).ExecX(ctx)
		for i, l := range slices.Backward(lists(s, d)) {
			want(t, l.archive(ctx, ids[i], ""), l.noun+" after its integrations")
		}
		if counts, err := s.Usage(ctx); err != nil || len(counts) != 0 {
			t.Errorf("of nothing: %v, %v", counts, err)
		}
	})
}

func TestUsageIsTwoStatements(t *testing.T) {
	statements := 0
	d := databasetest.Open(t, databasetest.SQLite(t), database.Options{OnStatement: func(context.Context, string) { statements++ }})
	s := catalog.New(d)
	var ids []string
	for i := range 30 {
		id := add(t, lists(s, d)[1], fmt.Sprint("r", i), "")
		ids = append(ids, id)
		d.Writer.Integration.Create().SetName("i").SetNameFolded("i").SetRegionID(id).
			SetChannel(integration.ChannelRECLAME_AQUI).SetKind(integration.KindRECLAME_AQUI).ExecX(ctx)
	}
	for _, n := range []int{1, 10, 30} {
		statements = 0
		if counts, err := s.Usage(ctx, ids[:n]...); err != nil || len(counts) != n {
			t.Fatalf("got %v, %v", counts, err)
		}
		if statements != 2 {
			t.Errorf("%d entries took %d statements", n, statements)
		}
	}
}

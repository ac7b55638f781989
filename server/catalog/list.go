package catalog

import (
	"context"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/region"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/audit"
	"citrus.cx/channel/server/fault"
)

// list is what the verbs know of one of the lists.
type list struct {
	// noun names its mutations: create + "Region".
	noun string
	// kind is what the audit calls an entry.
	kind auditentry.SubjectKind
	// parent is the list above, nil at the top.
	parent *parent
	// rows selects the columns that all lists have.
	rows func(tx *db.Tx, where func(*sql.Selector), columns ...string) scanner
	// insert and update begin a change of a row.
	insert func(tx *db.Tx) change
	update func(tx *db.Tx, id string) change
	// hasActive says whether an entry of the list below stands under this one; nil at the bottom.
	hasActive func(ctx context.Context, tx *db.Tx, id string) (bool, error)
	// own are the list's own fields of an entry, for the audit; nil when it has none.
	own func(ctx context.Context, tx *db.Tx, id string) ([]audit.Field, error)
}

// parent is where a list's entries belong: names and codes are unique within it.
type parent struct {
	list *list
	// column of the child, and field of the input, that name the parent.
	column, field string
}

// scanner is a query of ent's with its columns selected.
type scanner interface {
	Scan(ctx context.Context, rows any) error
}

// change is a row about to be written.
type change struct {
	mutation
	save func(ctx context.Context) error
}

// mutation is what the mutations that ent generates for the lists have in common.
type mutation interface {
	ID() (id string, exists bool)
	SetName(string)
	SetNameFolded(string)
	SetCode(string)
	SetCodeFolded(string)
	SetArchivedAt(time.Time)
	ClearArchivedAt()
	AddVersion(int)
}

// entry is a row of any list.
type entry struct {
	ID         string
	Name       string
	Code       string
	NameFolded string     `sql:"name_folded"`
	CodeFolded string     `sql:"code_folded"`
	ArchivedAt *time.Time `sql:"archived_at"`
	Version    int
	ParentID   string `sql:"parent_id"` // "" at the top
}

// draft is what a create or an update asks for; what is nil stays, or is made up.
type draft struct {
	name, code *string
	parentID   string
	// own sets the list's own fields, nil when it has none. The problems are the input's.
	own func(ctx context.Context, tx *db.Tx, m mutation) (fault.List, error)
}

// create adds an entry and gives its id.
func (s *Service) create(ctx context.Context, l *list, d draft, input any, key string) (string, error) {
	return s.once(ctx, "create"+l.noun, key, input, func(ctx context.Context, tx *db.Tx) (string, error) {
		var problems fault.List
		if l.parent != nil {
			above, err := l.parent.list.find(ctx, tx, d.parentID, l.parent.field)
			switch {
			case fault.CodeOf(err) == fault.NotFound:
				problems.Add(fault.NotFound, l.parent.field)
			case err != nil:
				return "", err
			case above.ArchivedAt != nil:
				problems.Add(fault.Archived, l.parent.field)
			}
		}
		c := l.insert(tx)
		if err := d.write(ctx, tx, l, entry{ParentID: d.parentID}, c, problems); err != nil {
			return "", err
		}
		id, _ := c.ID()
		return id, nil
	})
}

// modify changes an entry that was seen at a version.
func (s *Service) modify(ctx context.Context, l *list, id string, version int, d draft, given any, key string) (string, error) {
	input := struct {
		ID      string
		Version int
		Change  any
	}{id, version, given}
	return s.once(ctx, "update"+l.noun, key, input, func(ctx context.Context, tx *db.Tx) (string, error) {
		e, err := l.find(ctx, tx, id, "id")
		if err != nil {
			return "", err
		}
		if e.Version != version {
			return "", fault.New(fault.Conflict, "version")
		}
		c := l.update(tx, id)
		c.AddVersion(1)
		return id, d.write(ctx, tx, l, e, c, nil)
	})
}

// write checks a draft against the entry that it changes (one without id is new), and
// saves it when nothing is wrong with it.
func (d draft) write(ctx context.Context, tx *db.Tx, l *list, e entry, c change, problems fault.List) error {
	n, wrong := d.names(l, e.ID == "")
	problems = append(problems, wrong...)
	taken, err := l.settle(ctx, tx, e, &n)
	if err != nil {
		return err
	}
	problems = append(problems, taken...)
	if d.own != nil {
		wrong, err := d.own(ctx, tx, c.mutation)
		if err != nil {
			return err
		}
		problems = append(problems, wrong...)
	}
	if err := problems.Err(); err != nil {
		return err
	}
	n.set(c)
	if e.ID == "" {
		return l.save(ctx, tx, auditentry.ActionCREATED, e, c)
	}
	return l.save(ctx, tx, auditentry.ActionUPDATED, e, c)
}

// archive takes an entry out of use; one archived before stays so. Entries below it that are
// in use, and integrations that use it, keep it.
func (s *Service) archive(ctx context.Context, l *list, id, key string) error {
	_, err := s.once(ctx, "archive"+l.noun, key, id, func(ctx context.Context, tx *db.Tx) (string, error) {
		e, err := l.find(ctx, tx, id, "id")
		if err != nil || e.ArchivedAt != nil {
			return id, err
		}
		var problems fault.List
		if l.hasActive != nil {
			active, err := l.hasActive(ctx, tx, id)
			if err != nil {
				return "", err
			}
			if active {
				problems.Add(fault.InvalidState, "id").With("state",
					fault.Text{PT: "há opções ativas abaixo desta", EN: "active entries belong to it"})
			}
		}
		used, err := usage(ctx, tx.Integration, id)
		if err != nil {
			return "", err
		}
		if n := used[id]; n > 0 {
			problems.Add(fault.InUse, "id").With("count", n)
		}
		if err := problems.Err(); err != nil {
			return "", err
		}
		c := l.update(tx, id)
		c.SetArchivedAt(schema.Now())
		c.AddVersion(1)
		return id, l.save(ctx, tx, auditentry.ActionARCHIVED, e, c)
	})
	return err
}

// restore puts an archived entry into use again; one that is in use stays so.
func (s *Service) restore(ctx context.Context, l *list, id, key string) error {
	_, err := s.once(ctx, "restore"+l.noun, key, id, func(ctx context.Context, tx *db.Tx) (string, error) {
		e, err := l.find(ctx, tx, id, "id")
		if err != nil || e.ArchivedAt == nil {
			return id, err
		}
		if l.parent != nil {
			above, err := l.parent.list.find(ctx, tx, e.ParentID, "id")
			if err != nil {
				return "", err
			}
			if above.ArchivedAt != nil {
				return "", fault.New(fault.Archived, "id")
			}
		}
		c := l.update(tx, id)
		c.ClearArchivedAt()
		c.AddVersion(1)
		return id, l.save(ctx, tx, auditentry.ActionRESTORED, e, c)
	})
	return err
}

// find gives an entry and keeps it as it is until the transaction ends, so that a parent is
// not archived while a child is made; NotFound at a field.
func (l *list) find(ctx context.Context, tx *db.Tx, id, field string) (entry, error) {
	found, err := l.entries(ctx, tx, func(s *sql.Selector) {
		s.Where(sql.EQ(s.C(region.FieldID), id))
		// SQLite has one writer and needs no lock. NO KEY: rows that merely refer to this one may be written meanwhile.
		if s.Dialect() == dialect.Postgres {
			s.ForUpdate(sql.WithLockClause("FOR NO KEY UPDATE"))
		}
	})
	if err != nil {
		return entry{}, err
	}
	if len(found) == 0 {
		return entry{}, fault.New(fault.NotFound, field)
	}
	return found[0], nil
}

// entries reads rows of the list. Every list has the columns of a region.
func (l *list) entries(ctx context.Context, tx *db.Tx, where func(*sql.Selector)) (found []entry, err error) {
	columns := []string{
		region.FieldID, region.FieldName, region.FieldNameFolded, region.FieldCode, region.FieldCodeFolded,
		region.FieldArchivedAt, region.FieldVersion,
	}
	err = l.rows(tx, func(s *sql.Selector) {
		if l.parent != nil {
			s.AppendSelectAs(s.C(l.parent.column), "parent_id")
		}
		where(s)
	}, columns...).Scan(ctx, &found)
	return found, err
}

// within keeps the rows of a parent; all of them at the top.
func (l *list) within(s *sql.Selector, parentID string) {
	if l.parent != nil {
		s.Where(sql.EQ(s.C(l.parent.column), parentID))
	}
}

package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/region"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/fold"
)

// Limits, in characters.
const (
	maxName = 120
	maxCode = 40
)

// names are the name and the code to be written, each with its folded form; "" stays as it is.
type names struct {
	name, nameFolded string
	code, codeFolded string
	// slug is what a free code is to be made from; "" where none is to be made.
	slug string
}

// names cleans what a draft calls its entry. A new entry needs a name, and without a code gets
// one made from it. What is wrong is left out, so that the rest is still looked at.
func (d draft) names(l *list, isNew bool) (n names, problems fault.List) {
	if d.name != nil {
		name, clean := fold.Line(*d.name)
		folded := fold.Text(name)
		switch {
		case folded == "":
			problems.Add(fault.Required, "name")
		case utf8.RuneCountInString(name) > maxName:
			problems.Add(fault.TooLong, "name").With("max", maxName)
		case !clean:
			problems.Add(fault.Invalid, "name").With("reason",
				fault.Text{PT: "contém caracteres de controle", EN: "it has control characters"})
		default:
			n.name, n.nameFolded = name, folded
		}
	}
	code := ""
	if d.code != nil {
		code, _ = fold.Line(*d.code)
	}
	if code == "" && isNew {
		if n.name != "" {
			n.slug = cmp.Or(slug(n.nameFolded), strings.ToUpper(l.noun))
		}
		return n, problems
	}
	if d.code != nil {
		if wrong := checkCode(code); wrong != nil {
			return n, append(problems, wrong)
		}
		n.code, n.codeFolded = code, fold.Text(code)
	}
	return n, problems
}

func checkCode(code string) *fault.Error {
	folded := fold.Text(code)
	switch {
	case folded == "":
		return fault.New(fault.Required, "code")
	case utf8.RuneCountInString(code) > maxCode:
		return fault.New(fault.TooLong, "code").With("max", maxCode)
	case strings.ContainsFunc(strings.ToUpper(folded), func(r rune) bool { return !isCode(r) }):
		return fault.New(fault.Invalid, "code").With("reason",
			fault.Text{PT: "use letras, números, - e _", EN: "use letters, digits, - and _"})
	}
	return nil
}

func isCode(r rune) bool {
	return r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}

// slug makes a code of a folded name: capitals and digits, one hyphen for anything else; "" of a name without any.
func slug(folded string) string {
	parts := strings.FieldsFunc(strings.ToUpper(folded), func(r rune) bool { return !isCode(r) || r == '-' })
	code := strings.Join(parts, "-")
	return strings.TrimRight(code[:min(len(code), maxCode)], "-")
}

// numbered is the n-th form of a slug, never longer than a code may be: SUL, SUL-2, SUL-3.
func numbered(slug string, n int) string {
	if n == 1 {
		return slug
	}
	suffix := fmt.Sprintf("-%d", n)
	return strings.TrimRight(slug[:min(len(slug), maxCode-len(suffix))], "-") + suffix
}

// free is the first form of a slug that is not taken; taken holds folded codes.
func free(slug string, taken []string) string {
	for n := 1; ; n++ {
		if code := numbered(slug, n); !slices.Contains(taken, fold.Text(code)) {
			return code
		}
	}
}

// stem is what every numbered form of a slug begins with, folded; the longest suffix has six characters.
func stem(slug string) string {
	return fold.Text(strings.TrimRight(slug[:min(len(slug), maxCode-6)], "-"))
}

// settle looks for the names of an entry among those that share its parent: a name or code
// that is taken is a problem, a code that is to be made becomes a free one.
func (l *list) settle(ctx context.Context, tx *db.Tx, e entry, n *names) (problems fault.List, err error) {
	if n.name == "" && n.code == "" {
		return nil, nil
	}
	others, err := l.entries(ctx, tx, func(s *sql.Selector) {
		l.within(s, e.ParentID)
		name, code := s.C(region.FieldNameFolded), s.C(region.FieldCodeFolded)
		alike := []*sql.Predicate{sql.EQ(name, n.nameFolded), sql.EQ(code, n.codeFolded)}
		if n.slug != "" {
			alike = append(alike, sql.HasPrefix(code, stem(n.slug)))
		}
		s.Where(sql.And(sql.NEQ(s.C(region.FieldID), e.ID), sql.Or(alike...)))
	})
	if err != nil {
		return nil, err
	}
	has := func(is func(entry) bool) bool { return slices.ContainsFunc(others, is) }
	if n.name != "" && has(func(o entry) bool { return o.NameFolded == n.nameFolded }) {
		problems.Add(fault.AlreadyExists, "name")
	}
	if n.code != "" && has(func(o entry) bool { return o.CodeFolded == n.codeFolded }) {
		problems.Add(fault.AlreadyExists, "code")
	}
	if n.slug != "" {
		codes := make([]string, len(others))
		for i, o := range others {
			codes[i] = o.CodeFolded
		}
		n.code = free(n.slug, codes)
		n.codeFolded = fold.Text(n.code)
	}
	return problems, nil
}

// set puts the names into a change.
func (n names) set(m mutation) {
	if n.name != "" {
		m.SetName(n.name)
		m.SetNameFolded(n.nameFolded)
	}
	if n.code != "" {
		m.SetCode(n.code)
		m.SetCodeFolded(n.codeFolded)
	}
}

// tooLong: a few letters fold to so many that the folded form does not fit its column.
func tooLong(err error) error {
	var invalid *db.ValidationError
	if !errors.As(err, &invalid) {
		return err
	}
	switch invalid.Name {
	case region.FieldName, region.FieldNameFolded:
		return fault.New(fault.TooLong, "name").With("max", maxName).Because(err)
	case region.FieldCode, region.FieldCodeFolded:
		return fault.New(fault.TooLong, "code").With("max", maxCode).Because(err)
	}
	return err
}

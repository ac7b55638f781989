package main_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "citrus.cx/channel/"

// everything lets a package import all of ours.
var everything = []string{"*"}

// record is what stands on the database and knows nobody above it.
var record = []string{"ent/db", "ent/schema", "server/database", "server/fault"}

// table is who may import whom of ours: imports point down only (ARCHITECTURE.md). ent/db stands for
// all that is generated below it. A package that is not here is not allowed to exist.
var table = map[string][]string{
	"ent/schema":             {},
	"ent/migrations":         {},
	"ent/generate":           {"ent/db"},
	"ent/generate/migration": {"ent/db"},

	"server":     {"server/app"},
	"server/app": everything,

	// Leaves: they know nothing of us.
	"server/fault":               {},
	"server/seeded":              {},
	"server/fold":                {},
	"server/personal":            {},
	"server/origin":              {},
	"server/secret":              {"server/fault"},
	"server/reclameaqui":         {"server/fault"},
	"server/reclameaqui/sandbox": {"server/fault"},

	"server/database":              {"ent/db", "ent/migrations"},
	"server/database/databasetest": {"ent/schema", "server/database"},
	"server/quota":                 record,
	"server/inbox":                 record,
	"server/event":                 record,
	"server/idempotency":           record,
	"server/audit":                 record,
	"server/retention":             record,
	"server/audit/audittest":       append(slices.Clone(record), "server/audit"),
	"server/identity":              append(slices.Clone(record), "server/audit", "server/fold", "server/idempotency"),
	"server/catalog":               append(slices.Clone(record), "server/audit", "server/fold", "server/idempotency", "server/identity"),
	"server/upload":                append(slices.Clone(record), "server/identity", "server/origin"),
	"server/callback":              append(slices.Clone(record), "server/inbox"),
	"server/health":                append(slices.Clone(record), "server/reclameaqui"),
	"server/delivery":              append(slices.Clone(record), "server/audit", "server/callback", "server/idempotency", "server/identity", "server/inbox", "server/personal"),
	"server/ticket":                append(slices.Clone(record), "server/event", "server/fold", "server/inbox", "server/personal", "server/reclameaqui"),
	"server/integration": append(slices.Clone(record), "server/audit", "server/fold", "server/idempotency", "server/identity",
		"server/quota", "server/reclameaqui", "server/secret", "server/ticket"),
	"server/syncer": append(slices.Clone(record), "server/inbox", "server/integration", "server/quota", "server/reclameaqui", "server/ticket"),
	"server/outbound": append(slices.Clone(record), "server/idempotency", "server/identity", "server/inbox", "server/integration",
		"server/presence", "server/quota", "server/reclameaqui", "server/ticket", "server/upload"),
	"server/presence": append(slices.Clone(record), "server/idempotency", "server/identity", "server/ticket"),
	"server/inquiry":  append(slices.Clone(record), "server/identity", "server/integration", "server/quota", "server/reclameaqui"),
	"server/mirror": append(slices.Clone(record), "server/audit", "server/idempotency", "server/identity", "server/inbox", "server/integration",
		"server/quota", "server/reclameaqui"),
	"server/desk": append(slices.Clone(record), "server/idempotency", "server/identity", "server/ticket"),

	"graph": append(slices.Clone(record), "graph/internal/exec", "graph/internal/feed", "graph/internal/live", "graph/internal/scalar", "graph/transport",
		"server/audit", "server/catalog", "server/delivery", "server/desk", "server/event", "server/fold", "server/health", "server/identity", "server/inquiry", "server/integration",
		"server/mirror", "server/quota", "server/outbound", "server/personal", "server/presence", "server/reclameaqui", "server/secret", "server/ticket"),
	"graph/internal/exec":                 {"ent/db", "ent/schema", "graph/internal/live", "graph/internal/scalar"},
	"graph/internal/live":                 {"ent/db", "server/event"},
	"graph/internal/feed":                 {"ent/db", "graph/internal/live", "graph/transport", "server/event", "server/fault", "server/identity"},
	"graph/internal/scalar":               {"server/fault"},
	"graph/transport":                     {"server/fault", "server/origin"},
	"graph/transport/internal/testschema": {},

	"frontend-contract/console": {},
}

// forTests are packages that only tests may import.
var forTests = []string{"server/database/databasetest", "server/audit/audittest", "graph/transport/internal/testschema"}

// source is a Go file of ours, by its path below the module.
type source struct {
	path      string
	dir       string
	text      []byte
	file      *ast.File
	positions *token.FileSet
}

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

func (s source) generated() bool {
	return strings.HasPrefix(s.path, "ent/db/") || ast.IsGenerated(s.file)
}

// sources parses every Go file of the module but ent's generated ones.
func sources(t *testing.T) []source {
	t.Helper()
	var list []source
	err := filepath.WalkDir("..", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, _ := filepath.Rel("..", name)
		below = filepath.ToSlash(below)
		if entry.IsDir() {
			hidden := strings.HasPrefix(entry.Name(), ".") && below != "."
			if hidden || entry.Name() == "node_modules" || entry.Name() == "testdata" || below == "ent/db" {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(below, ".go") {
			return nil
		}
		s := source{path: below, dir: path.Dir(below), positions: token.NewFileSet()}
		if s.text, err = os.ReadFile(name); err != nil {
			return err
		}
		if s.file, err = parser.ParseFile(s.positions, below, s.text, parser.ParseComments); err != nil {
			return err
		}
		list = append(list, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 100 {
		t.Fatalf("only %d files were found", len(list))
	}
	return list
}

// ours gives the packages of ours that a file imports.
func (s source) ours() (list []string) {
	for _, spec := range s.file.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		name, ok := strings.CutPrefix(name, module)
		if !ok {
			continue
		}
		if strings.HasPrefix(name, "ent/db/") {
			name = "ent/db"
		}
		list = append(list, name)
	}
	return list
}

func TestImportsPointDown(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sources(t) {
		if s.isTest() || s.path == "ent/ent.go" {
			continue
		}
		allowed, known := table[s.dir]
		if !known && len(s.ours()) == 0 && s.dir == "frontend-contract" {
			continue // a package of tests, with a doc file
		}
		if !known {
			t.Errorf("%s: package %s does not stand in the table of imports", s.path, s.dir)
			continue
		}
		seen[s.dir] = true
		for _, name := range s.ours() {
			switch {
			case slices.Contains(forTests, name) && !slices.Contains(forTests, s.dir):
				t.Errorf("%s imports %s, which is for tests alone", s.path, name)
			case name == "server/app" && s.dir != "server":
				t.Errorf("%s imports %s: nobody does", s.path, name)
			case (name == "graph" || strings.HasPrefix(name, "graph/")) && s.dir != "server/app" && !strings.HasPrefix(s.dir, "graph"):
				t.Errorf("%s imports %s: only server/app does", s.path, name)
			case !slices.Contains(allowed, name) && !slices.Equal(allowed, everything):
				t.Errorf("%s imports %s: package %s may not", s.path, name, s.dir)
			}
		}
	}
	for dir := range table {
		if !seen[dir] {
			t.Errorf("%s stands in the table of imports and is not there", dir)
		}
	}
}

// The table itself: what the design promises of single packages, and no way round.
func TestTheTablePointsDown(t *testing.T) {
	for _, leaf := range []string{"server/reclameaqui", "server/reclameaqui/sandbox", "server/secret"} {
		if !slices.Equal(table[leaf], []string{"server/fault"}) {
			t.Errorf("%s may import %v", leaf, table[leaf])
		}
	}
	for _, low := range []string{"server/quota", "server/inbox", "server/event"} {
		if !slices.Equal(table[low], record) {
			t.Errorf("%s may import %v", low, table[low])
		}
	}
	if len(table["ent/schema"]) != 0 {
		t.Errorf("ent/schema may import %v", table["ent/schema"])
	}
	var visit func(dir string, above []string)
	visit = func(dir string, above []string) {
		if slices.Contains(above, dir) {
			t.Fatalf("a circle: %v", append(above, dir))
		}
		for _, next := range table[dir] {
			if next != "*" {
				visit(next, append(slices.Clone(above), dir))
			}
		}
	}
	for dir := range table {
		visit(dir, nil)
	}
}

// Every package says what it owns, what it refuses and who calls it.
func TestEveryPackageHasAComment(t *testing.T) {
	comments := map[string]string{}
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		comments[s.dir] += s.file.Doc.Text()
		if s.generated() && s.file.Doc.Text() == "" {
			comments[s.dir] += " "
		}
	}
	for dir, comment := range comments {
		if comment == "" {
			t.Errorf("package %s has no comment", dir)
		}
	}
}

// maxLines is how long a file may be.
const maxLines = 300

func TestNoFileIsTooLong(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest() || s.generated() {
			continue
		}
		if lines := bytes.Count(s.text, []byte("\n")); lines > maxLines {
			t.Errorf("%s has %d lines", s.path, lines)
		}
	}
}

// Nobody sleeps: whoever waits, waits for what happens. In a bubble of synctest it is the bubble's clock.
func TestNobodySleeps(t *testing.T) {
	for _, s := range sources(t) {
		bubbles := slices.ContainsFunc(s.file.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"testing/synctest"` })
		if s.isTest() && bubbles {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok || selector.Sel.Name != "Sleep" {
				return true
			}
			if x, ok := selector.X.(*ast.Ident); ok && x.Name == "time" {
				t.Errorf("%s: time.Sleep", s.positions.Position(n.Pos()))
			}
			return true
		})
	}
}

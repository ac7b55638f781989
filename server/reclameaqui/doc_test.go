package reclameaqui

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documented is a row of the table of endpoints in the package comment.
type documented struct{ number, verb, path, evidence, method, sandbox, test string }

func documentedEndpoints(t *testing.T) []documented {
	t.Helper()
	text := must[[]byte](t)(os.ReadFile("doc.go"))
	row := regexp.MustCompile(`(?m)^//\t(E\d+)? +(GET|POST) +(\S+)  +(\S.*?)  +(\S+)  +(\S+)  +(\S+)$`)
	var list []documented
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		list = append(list, documented{m[1], m[2], m[3], m[4], m[5], m[6], m[7]})
	}
	return list
}

// TestTheTableOfEndpointsHasNoHole holds the package comment to the code: each endpoint of the contract, with a method and a test that
// are there, and each method that calls RA in some row.
func TestTheTableOfEndpointsHasNoHole(t *testing.T) {
	numbers, methods := map[string]bool{}, map[string]bool{}
	tests := testsHere(t)
	client := reflect.TypeFor[*Client]()
	for _, e := range documentedEndpoints(t) {
		numbers[e.number], methods[e.method] = true, true
		if _, has := client.MethodByName(e.method); !has {
			t.Errorf("%s: no method %s", e.path, e.method)
		}
		if !slices.Contains(tests, e.test) {
			t.Errorf("%s: no test %s", e.path, e.test)
		}
	}
	for _, number := range strings.Fields("E1 E2 E3 E4 E5 E6 E7 E8 E9 E10 E11 E12 E13") {
		equal(t, number, numbers[number], true)
	}
	for i := range client.NumMethod() {
		equal(t, client.Method(i).Name+" is in the table", methods[client.Method(i).Name], true)
	}
}

// testsHere are the names of this package's tests.
func testsHere(t *testing.T) (names []string) {
	t.Helper()
	for _, file := range must[[]string](t)(filepath.Glob("*_test.go")) {
		parsed := must[*ast.File](t)(parser.ParseFile(token.NewFileSet(), file, nil, 0))
		for _, declared := range parsed.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Test") {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}

// TestWhatIsExportedIsDocumented: every exported name of the package has a comment.
func TestWhatIsExportedIsDocumented(t *testing.T) {
	positions := token.NewFileSet()
	var files []*ast.File
	for _, file := range must[[]string](t)(filepath.Glob("*.go")) {
		if !strings.HasSuffix(file, "_test.go") {
			files = append(files, must[*ast.File](t)(parser.ParseFile(positions, file, nil, parser.ParseComments)))
		}
	}
	pkg := must[*doc.Package](t)(doc.NewFromFiles(positions, files, "citrus.cx/channel/server/reclameaqui"))
	said := func(name, comment string) { equal(t, name+" is documented", strings.TrimSpace(comment) != "", true) }
	for _, f := range pkg.Funcs {
		said(f.Name, f.Doc)
	}
	for _, typ := range pkg.Types {
		said(typ.Name, typ.Doc)
		for _, f := range slices.Concat(typ.Funcs, typ.Methods) {
			said(typ.Name+"."+f.Name, f.Doc)
		}
	}
}

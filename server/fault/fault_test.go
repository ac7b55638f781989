package fault_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	gql "github.com/vektah/gqlparser/v2/ast"

	"citrus.cx/channel/server/fault"
)

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// Design rule 7: a message in both languages for every code.
func TestEveryCodeSpeaksBothLanguages(t *testing.T) {
	for _, code := range fault.Codes() {
		pt, en := fault.New(code).Message(fault.Portuguese), fault.New(code).Message(fault.English)
		for _, s := range []string{pt, en} {
			if s == "" || !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "}") {
				t.Errorf("%s: %q is no sentence", code, s)
			}
		}
		if pt == en {
			t.Errorf("%s says %q in both languages", code, pt)
		}
		if a, b := placeholder.FindAllString(pt, -1), placeholder.FindAllString(en, -1); !slices.Equal(a, b) {
			t.Errorf("%s: %v in one language, %v in the other", code, a, b)
		}
	}
	// What nobody knows is internal, and says nothing of itself.
	if got, want := fault.New("MADE_UP").Message(fault.English), fault.New(fault.Internal).Message(fault.English); got != want {
		t.Errorf("an unknown code says %q", got)
	}
}

func TestTheContractHasTheSameCodes(t *testing.T) {
	text, err := os.ReadFile("../../schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	contract, err := gqlparser.LoadSchema(&gql.Source{Name: "schema.graphql", Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, v := range contract.Types["ErrorCode"].EnumValues {
		want = append(want, v.Name)
	}
	for _, c := range fault.Codes() {
		got = append(got, string(c))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("here %v, in the contract %v", got, want)
	}
}

// Whoever makes a fault says all that its message needs: in the statement that makes it, each
// placeholder of the code's message has its With.
func TestNoMessageShowsAPlaceholder(t *testing.T) {
	needs := map[string][]string{}
	for _, code := range fault.Codes() {
		for _, m := range placeholder.FindAllStringSubmatch(fault.New(code).Message(fault.English), -1) {
			needs[string(code)] = append(needs[string(code)], m[1])
		}
	}
	names := constants(t)
	checked := 0
	for _, root := range []string{"..", "../../graph"} {
		eachFile(t, root, func(path string, file *ast.File, positions *token.FileSet) {
			var walk func(n ast.Node, with []string)
			walk = func(n ast.Node, with []string) {
				ast.Inspect(n, func(n ast.Node) bool {
					call, ok := n.(*ast.CallExpr)
					if !ok {
						return true
					}
					selector, ok := call.Fun.(*ast.SelectorExpr)
					if !ok {
						return true
					}
					if selector.Sel.Name == "With" && len(call.Args) == 2 {
						if key, ok := call.Args[0].(*ast.BasicLit); ok {
							name, _ := strconv.Unquote(key.Value)
							walk(selector.X, append(slices.Clone(with), name))
							return false
						}
					}
					if selector.Sel.Name != "New" && selector.Sel.Name != "Add" || len(call.Args) == 0 {
						if len(with) > 0 { // .Because, .From and the like keep the chain
							walk(selector.X, with)
							return false
						}
						return true
					}
					made, ok := call.Args[0].(*ast.SelectorExpr)
					if !ok {
						return true
					}
					if x, ok := made.X.(*ast.Ident); !ok || x.Name != "fault" {
						return true
					}
					for _, need := range needs[names[made.Sel.Name]] {
						checked++
						if !slices.Contains(with, need) {
							t.Errorf("%s: %s without its %q", positions.Position(call.Pos()), made.Sel.Name, need)
						}
					}
					return true
				})
			}
			walk(file, nil)
		})
	}
	if checked < 20 {
		t.Errorf("only %d placeholders were found", checked)
	}
}

// constants gives the value of each code's constant.
func constants(t *testing.T) map[string]string {
	t.Helper()
	values := map[string]string{}
	eachFile(t, ".", func(_ string, file *ast.File, _ *token.FileSet) {
		ast.Inspect(file, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
				if lit, ok := v.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
					values[v.Names[0].Name], _ = strconv.Unquote(lit.Value)
				}
			}
			return true
		})
	})
	return values
}

// eachFile parses the hand-written files below a folder that are no tests.
func eachFile(t *testing.T, root string, visit func(path string, file *ast.File, positions *token.FileSet)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		positions := token.NewFileSet()
		file, err := parser.ParseFile(positions, path, nil, parser.ParseComments)
		if err == nil && !ast.IsGenerated(file) {
			visit(path, file, positions)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPlaceholders(t *testing.T) {
	f := fault.New(fault.OutOfRange, "syncIntervalMinutes").With("min", 10).With("max", 1440)
	if got := f.Message(fault.English); got != "Must be between 10 and 1440." {
		t.Error(got)
	}
	f = fault.New(fault.WrongParent, "occurrenceId").With("parent", fault.Text{PT: "setor", EN: "sector"})
	if pt, en := f.Message(fault.Portuguese), f.Message(fault.English); !strings.Contains(pt, "setor") || !strings.Contains(en, "sector") {
		t.Errorf("%q, %q", pt, en)
	}
}

func TestErrors(t *testing.T) {
	cause := errors.New("cause")
	f := fault.New(fault.NotFound, "id").Because(cause).From("4040").After(time.Second).Under("input")
	if f.Error() != "NOT_FOUND at input.id: cause" || !errors.Is(f, cause) || !errors.Is(f, fault.New(fault.NotFound)) ||
		errors.Is(f, fault.New(fault.Invalid)) || errors.Is(f, fault.New(fault.NotFound, "id")) || f.RetryAfter != time.Second || f.UpstreamCode != "4040" {
		t.Errorf("%v %+v", f, f)
	}
	if strings.Contains(f.Message(fault.English), "cause") {
		t.Error("a user sees the cause")
	}
	var l fault.List
	if l.Err() != nil || fault.CodeOf(l.Err()) != "" {
		t.Error("nothing is an error")
	}
	l.Add(fault.Required, "name")
	l.Add(fault.Invalid, "code").With("reason", "x")
	wrapped := fmt.Errorf("outside: %w", l.Err())
	if all, ok := fault.All(wrapped); !ok || len(all) != 2 || fault.CodeOf(wrapped) != fault.Required || !strings.Contains(l.Error(), "; ") {
		t.Errorf("%v, %t", all, ok)
	}
	if all, ok := fault.All(cause); ok || all != nil || fault.CodeOf(cause) != "" || fault.CodeOf(nil) != "" {
		t.Error("an error that is none of ours is one of ours")
	}
}

func TestWrap(t *testing.T) {
	wrap := func(err error, ops ...string) error {
		for _, op := range ops {
			fault.Wrap(&err, op)
		}
		return err
	}
	if wrap(nil, "a") != nil {
		t.Error("nothing became an error")
	}
	if got := wrap(errors.New("x"), "inner", "outer").Error(); got != "outer: inner: x" {
		t.Error(got)
	}
	if got := wrap(fault.New(fault.NotFound), "inner", "outer"); got.Error() != "inner: NOT_FOUND" || fault.CodeOf(got) != fault.NotFound {
		t.Error(got)
	}
	list := fault.List{fault.New(fault.Required, "name")}
	if got := wrap(list, "a"); got.Error() != "REQUIRED at name" {
		t.Error(got)
	}
}

func TestRetryable(t *testing.T) {
	want := []fault.Code{fault.RateLimited, fault.TooManyRequests, fault.UpstreamUnavailable}
	var got []fault.Code
	for _, code := range fault.Codes() {
		if fault.New(code).Retryable() {
			got = append(got, code)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

package console

import (
	"embed"
	"errors"
	"io/fs"
)

//go:embed examples
var exampleFiles embed.FS

// Example is one tab that the console opens with.
type Example struct {
	// Title stands on the tab.
	Title string `json:"title"`
	// Operation is the name of the query's operation, by which the page knows the tab again.
	Operation string `json:"operation"`
	Query     string `json:"query"`
	// Variables is JSON text, "" when the query has none.
	Variables string `json:"variables"`
	// Choice is a query that finds values for Variables, "" where nothing needs to be found.
	Choice string `json:"choice"`
}

// Examples are the tabs in their order. The page opens with them and the test holds each of them to
// the contract.
func Examples() []Example {
	list := []struct{ title, operation, file string }{
		{"Entrar", "Entrar", "sign-in"},
		{"Atendimentos", "Atendimentos", "tickets"},
		{"Ao vivo", "AoVivo", "live"},
		{"Responder", "Responder", "reply"},
		{"Configurações", "Configuracoes", "integrations"},
	}
	examples := make([]Example, len(list))
	for i, e := range list {
		examples[i] = Example{
			Title: e.title, Operation: e.operation,
			Query: example(e.file + ".graphql"), Variables: example(e.file + ".json"), Choice: example(e.file + "-choice.graphql"),
		}
	}
	return examples
}

// example reads a file, "" when there is none.
func example(name string) string {
	text, err := exampleFiles.ReadFile("examples/" + name)
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	must(err)
	return string(text)
}

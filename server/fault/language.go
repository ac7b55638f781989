package fault

import "golang.org/x/text/language"

// Language chooses the text of a message.
type Language string

// The two languages that messages exist in.
const (
	Portuguese Language = "pt-BR"
	English    Language = "en"
)

var matcher = language.NewMatcher([]language.Tag{language.BrazilianPortuguese, language.English})

// Preferred chooses by what a person prefers, as Accept-Language says it (RFC 9110, section 12.5.4):
// Portuguese unless English is preferred.
func Preferred(accept string) Language {
	if _, index := language.MatchStrings(matcher, accept); index == 1 {
		return English
	}
	return Portuguese
}

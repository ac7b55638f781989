package ticket

import (
	"html"
	"strings"

	"citrus.cx/channel/server/fold"
	"citrus.cx/channel/server/reclameaqui"
)

// likeness is the share of a text that must be found in another one for it to count as the same, altered.
const likeness = 0.6

// essence ignores what a site may change without changing the words: line ends and runs of space.
func essence(s string) string {
	return strings.Join(strings.Fields(reclameaqui.NormalizeText(s)), " ")
}

// altered says whether a message shown by Reclame Aqui is one that was sent, with words masked, added, cut off or
// written in another way: Reclame Aqui moderates texts. It is asked only of messages that were not there before
// and that nobody else's attempt became, so that what is alike is hardly a coincidence.
func altered(sent, shown string) bool {
	a, b := plain(sent), plain(shown)
	if a == "" || b == "" {
		return false
	}
	if strings.Contains(b, a) {
		return true
	}
	return alike(strings.Fields(a), strings.Fields(b)) >= likeness || alike(grams(a), grams(b)) >= likeness
}

// plain is the words alone: without markup's escapes, accents and case.
func plain(s string) string { return fold.Text(essence(html.UnescapeString(s))) }

// grams are the pieces of three characters that a text is made of: masked letters leave most of them.
func grams(s string) []string {
	runes := []rune(s)
	var list []string
	for i := range len(runes) - 2 {
		list = append(list, string(runes[i:i+3]))
	}
	return list
}

// alike is how much two lists have in common, 0 to 1, by the longer one; repeats count.
func alike(a, b []string) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	left := map[string]int{}
	for _, s := range a {
		left[s]++
	}
	common := 0
	for _, s := range b {
		if left[s] > 0 {
			left[s]--
			common++
		}
	}
	return float64(common) / float64(max(len(a), len(b)))
}

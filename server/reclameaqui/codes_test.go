package reclameaqui

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestEveryCodeReachesTheCaller answers each post that may get a code with that code, over HTTP.
func TestEveryCodeReachesTheCaller(t *testing.T) {
	for _, c := range Codes() {
		status := must[int](t)(strconv.Atoi(c.Code[:3]))
		w := newWorld(t, says(status, fmt.Sprintf(`{"message":"motivo","code":%s,"success":false}`, c.Code)))
		w.token = says(200, `{"access_token":"a"}`)
		client := w.client()
		for _, p := range posts {
			if c.At != nil && !slices.Contains(c.At, p.op) {
				continue
			}
			err := p.send(client, t)
			e := mustFail(t, err)
			name := c.Code + " to " + p.op
			equal(t, name+": code", e.Code, c.Code)
			equal(t, name+": message", e.Message, "motivo")
			equal(t, name+": retry", e.Retry(), c.Retry)
			equal(t, name+": outcome", Outcome(err), c.Outcome)
			equal(t, name+": duplicate", e.Kind == KindDuplicate, c.Outcome == Accepted)
		}
	}
}

// TestACodeThatSaysThereAlreadyHoldsForItsOwnPostAlone: a message to a private conversation that was ended did not go, and what a
// repeated message is to a post that is none nobody knows.
func TestACodeThatSaysThereAlreadyHoldsForItsOwnPostAlone(t *testing.T) {
	elsewhere := map[string]PostOutcome{codeNotOpen: Rejected, codeDuplicateMessage: Unknown}
	for _, c := range Codes() {
		if c.Outcome != Accepted {
			continue
		}
		w := newWorld(t, says(409, `{"code":`+c.Code+`}`))
		for _, p := range posts {
			if slices.Contains(c.At, p.op) {
				continue
			}
			err := p.send(w.client(), t)
			equal(t, c.Code+" to "+p.op, Outcome(err), elsewhere[c.Code])
			equal(t, c.Code+" to "+p.op, mustFail(t, err).Kind, KindRefused)
			equal(t, c.Code+" to "+p.op, mustFail(t, err).Retry(), RetryNever)
		}
	}
}

func TestTheCodesAreSound(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Codes() {
		equal(t, c.Code+" stands twice", seen[c.Code], false)
		seen[c.Code] = true
		known := slices.Contains([]Retry{RetryNever, RetryAfterAuth, RetrySoon, RetryAfterWait, RetryNotToday, RetryLater, RetryAfterChange}, c.Retry)
		equal(t, c.Code+": retry "+string(c.Retry), known, true)
		equal(t, c.Code+" has a meaning", c.Meaning != "", true)
		equal(t, c.Code+": accepted without an operation", c.Outcome == Accepted && c.At == nil, false)
	}
	equal(t, "codes of section 5", len(seen), 33)
	list := Codes()
	list[5].At[0] = "changed"
	equal(t, "the table is ours", Codes()[5].At[0], opReplyPublicly)
}

// TestTheCodesAreDocumented holds the table in the package comment to the one in the code.
func TestTheCodesAreDocumented(t *testing.T) {
	doc := must[[]byte](t)(os.ReadFile("doc.go"))
	rows := regexp.MustCompile(`(?m)^//\t(\d{4,5})  +(.+?)  +(\S.*?)  +(\S.*?)  +(\S+)$`).FindAllStringSubmatch(string(doc), -1)
	var got []string
	for _, row := range rows {
		got = append(got, strings.Join(row[1:], "|"))
	}
	var want []string
	for _, c := range Codes() {
		want = append(want, strings.Join([]string{c.Code, c.Meaning, documentedAt(c), string(c.Retry), string(c.Outcome)}, "|"))
	}
	if !slices.Equal(got, want) {
		for _, row := range want {
			if !slices.Contains(got, row) {
				t.Errorf("not in doc.go: %s", row)
			}
		}
		t.Errorf("doc.go has %d rows of codes, the table %d", len(got), len(want))
	}
}

// documentedAt is how doc.go says where a code may come.
func documentedAt(c Code) string {
	switch {
	case c.At == nil:
		return "any"
	case len(c.At) == len(writes):
		return "any post"
	}
	return strings.Join(c.At, ", ")
}

func TestRetry(t *testing.T) {
	for name, c := range map[string]struct {
		e    Error
		want Retry
	}{
		"401":                       {Error{Kind: KindBadCredentials, Status: 401, Sent: true}, RetryAfterAuth},
		"licence ended":             {Error{Kind: KindLicenceEnded, Status: 403, Sent: true}, RetryAfterAuth},
		"429":                       {Error{Kind: KindRateLimited, Status: 429, Sent: true, RetryAfter: time.Minute}, RetryAfterWait},
		"held back by the Gate":     {Error{Kind: KindRateLimited}, RetryAfterWait},
		"404, whatever the code":    {Error{Kind: KindNotFound, Status: 404, Code: "5030", Sent: true}, RetryNever},
		"there already":             {Error{Kind: KindDuplicate, Status: 409, Code: "40930", Sent: true}, RetryNever},
		"no answer":                 {Error{Kind: KindUnavailable, Sent: true}, RetrySoon},
		"500, whatever the code":    {Error{Kind: KindUnavailable, Status: 500, Code: "40910", Sent: true}, RetrySoon},
		"a bad address":             {Error{Kind: KindUnavailable, Cause: errBase}, RetryNever},
		"unreadable":                {Error{Kind: KindMalformed, Status: 200, Sent: true, Cause: errShape}, RetrySoon},
		"too long":                  {Error{Kind: KindMalformed, Status: 200, Sent: true, Cause: errTooLong}, RetryNever},
		"a broken file":             {Error{Kind: KindFile, Cause: errFileSize}, RetryNever},
		"a broken file, sent":       {Error{Kind: KindFile, Sent: true}, RetryNever},
		"cannot be asked":           {Error{Kind: KindRefused, Cause: errIDs}, RetryNever},
		"conflict, unknown code":    {Error{Kind: KindRefused, Status: 409, Code: "40927", Sent: true}, RetrySoon},
		"conflict, no code":         {Error{Kind: KindRefused, Status: 409, Sent: true}, RetrySoon},
		"400, a conflict's code":    {Error{Kind: KindRefused, Status: 400, Code: "40911", Sent: true}, RetrySoon},
		"400, a known code":         {Error{Kind: KindRefused, Status: 400, Code: "4099", Sent: true}, RetryNotToday},
		"400, unknown code":         {Error{Kind: KindRefused, Status: 400, Code: "x", Sent: true}, RetryNever},
		"403":                       {Error{Kind: KindRefused, Status: 403, Sent: true}, RetryNever},
		"422":                       {Error{Kind: KindRefused, Status: 422, Sent: true}, RetryNever},
		"a token without authority": {Error{Kind: KindBadCredentials, Status: 409, Code: "4010", Sent: true}, RetryAfterAuth},
	} {
		equal(t, name, c.e.Retry(), c.want)
	}
}

func TestOutcomeOfABrokenFile(t *testing.T) {
	broken := &fileError{errors.New("x")}
	equal(t, "before", Outcome(&Error{Kind: KindFile, Cause: broken}), Rejected)
	equal(t, "while sending", Outcome(&Error{Kind: KindFile, Sent: true, Cause: broken}), Unknown)
}

package sandbox

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// pen makes up people and texts. Not safe for concurrent use: the ledger's lock guards the one there is.
type pen struct {
	*rand.Rand
	once []Customer // who complained once and may complain again
}

func newPen(r *rand.Rand) *pen { return &pen{Rand: r} }

func pick[T any](p *pen, from []T) T { return from[p.IntN(len(from))] }

// chance is true in percent of a hundred cases.
func (p *pen) chance(percent int) bool { return p.IntN(100) < percent }

// between gives a whole number of seconds from low to high.
func (p *pen) between(low, high time.Duration) time.Duration {
	if high <= low {
		return low
	}
	return (low + time.Duration(p.Int64N(int64(high-low)))).Truncate(time.Second)
}

// consumer is a new person, or, about once in ten, one who has complained before.
func (p *pen) consumer() Customer {
	if len(p.once) > 0 && p.chance(9) {
		i := p.IntN(len(p.once))
		c := p.once[i]
		p.once = append(p.once[:i], p.once[i+1:]...)
		return c
	}
	n, last, home := pick(p, firstNames), pick(p, lastNames), pick(p, places)
	nine := fmt.Sprintf("%09d", p.IntN(999_999_999)+1)
	if strings.Count(nine, nine[:1]) == 9 {
		nine = "123456780"
	}
	c := newCustomer(n.first+" "+last, home)
	c.CPF = []string{withCheckDigits(nine)}
	c.Gender = []string{n.gender}
	c.Email = []string{ascii(n.first) + "." + ascii(last) + strconv.Itoa(p.IntN(9000)+1000) + "@example.com"}
	c.Birthday = []Instant{{time.Date(1955+p.IntN(50), time.Month(p.IntN(12)+1), p.IntN(28)+1, 0, 0, 0, 0, time.UTC)}}
	for range 1 + p.IntN(2) {
		c.Phones = append(c.Phones, p.phone(home.ddd))
	}
	return c
}

// phone is of the range 90000-xxxx, which no operator gives out.
func (p *pen) phone(ddd string) string { return fmt.Sprintf("%s90000%04d", ddd, p.IntN(10_000)) }

func newCustomer(name string, home place) Customer {
	city := int64(0)
	for i, other := range places {
		if other.city == home.city {
			city = int64(i + 1)
		}
	}
	return Customer{
		Birthday: []Instant{}, CPF: []string{}, RG: []string{}, Gender: []string{}, Email: []string{}, Phones: []string{}, Photo: []string{},
		DuplicateID: -1, Name: name, CNPJ: []string{}, CompanyName: "[]",
		City: []Named{{city, home.city}}, State: []State{home.state}, Type: "Private Person", Tags: []json.RawMessage{},
	}
}

// ascii makes the local part of an address of a name.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 'z' || r < 'a' {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFD.String(s)))
}

// story is what one complaint is about; its words fill every text of the thread.
type story struct {
	subject
	words *strings.Replacer
}

func (p *pen) story(c Customer) story {
	first, _, _ := strings.Cut(c.Name, " ")
	what := pick(p, products)
	o, a, mine := "o", "", "O meu"
	if what.feminine {
		o, a, mine = "a", "a", "A minha"
	}
	return story{pick(p, subjects), strings.NewReplacer(
		"{p}", what.name, "{o}", o, "{O}", strings.ToUpper(o), "{a}", a, "{Meu}", mine,
		"{n}", "LA-"+strconv.Itoa(100_000+p.IntN(900_000)), "{v}", money(2990+p.IntN(300_000)),
		"{d}", strconv.Itoa(3+p.IntN(25)), "{e}", first,
	)}
}

// money writes cents as Brazilians do: 1.936,45.
func money(cents int) string {
	if cents < 100_000 {
		return fmt.Sprintf("%d,%02d", cents/100, cents%100)
	}
	return fmt.Sprintf("%d.%03d,%02d", cents/100_000, cents/100%1000, cents%100)
}

func (p *pen) say(s story, from []string) string { return s.words.Replace(pick(p, from)) }

// complaint writes a new complaint of a company as the site would hand it over.
func (p *pen) complaint(company Named, c Customer, s story, created time.Time) birth {
	breaks := " "
	if p.chance(30) {
		breaks = " \n\r" // as the real API was seen to send it
	}
	var parts []string
	for _, part := range [][]string{s.openings, middles, s.asks, closings} {
		if said := p.say(s, part); said != "" {
			parts = append(parts, said)
		}
	}
	b := birth{
		company: company, customer: c, subject: s.Named, title: capital(p.say(s, s.titles)), text: strings.Join(parts, breaks),
		created: created, form: p.form(s, c), ip: fmt.Sprintf("203.0.113.%d", 1+p.IntN(254)), siteID: p.siteID(),
	}
	for range max(0, p.IntN(5)-2) {
		b.files = append(b.files, p.file())
	}
	return b
}

func (p *pen) form(s story, c Customer) []Detail {
	answer := s.words.Replace("{n}")
	switch {
	case s.asksChannel:
		answer = pick(p, []string{"Site", "Aplicativo", "Chat", "Telefone", "Instagram"})
	case s.asksEmail && len(c.Email) > 0:
		answer = c.Email[0]
	}
	return []Detail{
		detail(detailForm, s.question, answer),
		detail(detailForm, "Por qual canal você deseja ser contatado?", pick(p, []string{"E-mail", "Telefone", "WhatsApp"})),
	}
}

func (p *pen) siteID() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, 16)
	for i := range b {
		b[i] = letters[p.IntN(len(letters))]
	}
	return string(b)
}

func (p *pen) file() string {
	return fmt.Sprintf("https://files.example.com/complain_%08x-%04x-4%03x-8%03x-%012x.%s",
		p.Uint32(), p.IntN(1<<16), p.IntN(1<<12), p.IntN(1<<12), p.Int64N(1<<48), pick(p, []string{"png", "jpg", "pdf"}))
}

// judgement is how a consumer ends a complaint.
func (p *pen) judgement(resolved bool) Evaluation {
	if resolved {
		return Evaluation{6 + p.IntN(5), true, p.chance(80), pick(p, goodWords)}
	}
	return Evaluation{p.IntN(5), false, p.chance(10), pick(p, badWords)}
}

func capital(s string) string {
	if s == "" {
		return s
	}
	r := []rune(s)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

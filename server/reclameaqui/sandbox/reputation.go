package sandbox

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// period is one span of section 4.6. Six and twelve months roll on the first of the month; that UMANOATRAS and
// DOISANOSATRAS are the calendar years before is invented.
type period struct {
	key, alias string
	span       func(now time.Time) (from, until time.Time)
}

var periods = []period{
	{"SEISMESES", "6 meses", func(now time.Time) (time.Time, time.Time) { return month(now).AddDate(0, -6, 0), month(now) }},
	{"DOZEMESES", "12 meses", func(now time.Time) (time.Time, time.Time) { return month(now).AddDate(-1, 0, 0), month(now) }},
	{"UMANOATRAS", "Ano passado", func(now time.Time) (time.Time, time.Time) { return year(now, -1), year(now, 0) }},
	{"DOISANOSATRAS", "Ano retrasado", func(now time.Time) (time.Time, time.Time) { return year(now, -2), year(now, -1) }},
	{"GERAL", "Geral", func(now time.Time) (time.Time, time.Time) { return time.Time{}, now }},
}

func month(now time.Time) time.Time {
	now = now.In(saoPaulo)
	return time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, saoPaulo)
}

func year(now time.Time, add int) time.Time {
	return time.Date(now.In(saoPaulo).Year()+add, time.January, 1, 0, 0, 0, 0, saoPaulo)
}

// standing is one element of E12.
type standing struct {
	ResponseIndex       float64    `json:"responseIndex"`
	SolutionsPercentage float64    `json:"solutionsPercentage"`
	FinalGrade          float64    `json:"finalGrade"`
	AvgGrade            float64    `json:"avgGrade"`
	ComplaintsCount     int        `json:"complaintsCount"`
	Period              periodBody `json:"period"`
	Reputation          badge      `json:"reputation"`
}

type periodBody struct {
	Alias string `json:"periodAlias"`
	Key   string `json:"periodKey"`
}

// badge is a band of the grade. The codes are unverified for this API.
type badge struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// serveReputation answers E12, computed from the complaints that there are.
func (s *Server) serveReputation(v *visit) answer {
	id, err := ticketID(v.PathValue("companyId"))
	if err != nil || !slices.ContainsFunc(companies, func(c Named) bool { return c.ID == id }) {
		return refused(refuse(4040, "Empresa não encontrada."))
	}
	list := []standing{}
	for _, p := range periods {
		from, until := p.span(v.at)
		rows := slices.DeleteFunc(s.ledger.all(), func(t *Ticket) bool {
			return t.Company.ID != id || !t.Active || t.Created.Before(from) || !t.Created.Before(until)
		})
		st := standingOf(p, rows)
		if v.sw.ReputationWords == "portuguese" {
			st.Reputation.Code = strings.ToUpper(strings.ReplaceAll(folded(st.Reputation.Name), " ", "_"))
		}
		list = append(list, st)
	}
	if v.sw.ReputationWrapped {
		return ok(map[string]any{"data": list})
	}
	return ok(list)
}

// standingOf follows RA's formula: (response × 2 + mean rating × 10 × 3 + solved × 3 + would return × 2) / 100, under
// which less than half answered is the worst band whatever the grade.
func standingOf(p period, rows []*Ticket) standing {
	var answered, rated, solved, back, sum float64
	for _, t := range rows {
		if t.Responded != nil {
			answered++
		}
		if !t.evaluated() {
			continue
		}
		rated++
		grade, _ := strconv.Atoi(t.Rating) // written by evaluate
		sum += float64(grade)
		solved += one(t.ResolvedIssue)
		back += one(t.BackDoingBusiness)
	}
	st := standing{
		ResponseIndex: share(answered, float64(len(rows))), SolutionsPercentage: share(solved, rated), ComplaintsCount: len(rows),
		Period: periodBody{p.alias, p.key},
	}
	if rated > 0 {
		st.AvgGrade = round(sum / rated)
	}
	st.FinalGrade = round((st.ResponseIndex*2 + st.AvgGrade*10*3 + st.SolutionsPercentage*3 + share(back, rated)*2) / 100)
	st.Reputation = badgeOf(st)
	return st
}

func badgeOf(st standing) badge {
	switch {
	case st.ComplaintsCount == 0:
		return badge{"NO_INDEX", "Sem índice"}
	case st.ResponseIndex < 50 || st.FinalGrade < 5:
		return badge{"NOT_RECOMMENDED", "Não recomendada"}
	case st.FinalGrade < 6:
		return badge{"BAD", "Ruim"}
	case st.FinalGrade < 7:
		return badge{"REGULAR", "Regular"}
	case st.FinalGrade < 8:
		return badge{"GOOD", "Bom"}
	}
	return badge{"GREAT", "Ótimo"}
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return round(part / whole * 100)
}

func round(x float64) float64 { return math.Round(x*100) / 100 }

// usage is what E13 says of one company; all of it is invented.
type usage struct {
	Name      string `json:"name"`
	Hired     int    `json:"hired"`
	Sent      int    `json:"sent"`
	Evaluated int    `json:"evaluated"`
}

// serveUse answers E13: an object whose keys are the ids of the licence's companies, or the months.
func (s *Server) serveUse(v *visit) answer {
	use := map[string]*usage{}
	for _, c := range companies {
		if v.sw.UsageBody == "" {
			use[strconv.FormatInt(c.ID, 10)] = &usage{Name: c.Name, Hired: 1000}
		}
	}
	for _, t := range s.ledger.all() {
		if t.Whatsapp == nil {
			continue
		}
		key := strconv.FormatInt(t.Company.ID, 10)
		if v.sw.UsageBody == "months" {
			key = t.Modified.In(saoPaulo).Format("2006-01")
		}
		if use[key] == nil {
			use[key] = &usage{Name: "Todas", Hired: 1000}
		}
		use[key].Sent += int(one(t.Whatsapp.Sent))
		use[key].Evaluated += int(one(t.Whatsapp.Evaluated))
	}
	return ok(use)
}

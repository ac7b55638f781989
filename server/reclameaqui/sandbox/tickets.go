package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
)

type meta struct {
	Page  metaPage `json:"page"`
	Total int      `json:"total"`
}

type metaPage struct {
	Number int `json:"number"`
	Size   int `json:"size"`
}

type pageBody struct {
	Data []*Ticket `json:"data"`
	Meta meta      `json:"meta"`
}

// shownPage is a page of complaints as the switches have them written.
type shownPage struct {
	Data []any `json:"data"`
	Meta meta  `json:"meta"`
}

type countBody struct {
	Data int `json:"data"`
}

// serveList answers E1 and E2: both are the same page.
func (s *Server) serveList(v *visit) answer {
	q, err := parseQuery(v.URL.RawQuery, v.sw)
	if err != nil {
		return refused(err)
	}
	rows := s.ledger.search(q)
	body := shownPage{Data: []any{}, Meta: meta{metaPage{q.number, q.size}, len(rows)}}
	if q.number-1 <= len(rows)/q.size {
		from := min((q.number-1)*q.size, len(rows))
		for _, t := range rows[from:min(from+q.size, len(rows))] {
			body.Data = append(body.Data, s.show(t, v.sw))
		}
	}
	if v.sw.MetaSizeReturned {
		body.Meta.Page.Size = len(body.Data)
	}
	if v.sw.PastEndRefused && len(body.Data) == 0 && q.number > 1 {
		return refused(refuse(4040, "Página inexistente."))
	}
	return ok(body)
}

func (s *Server) serveCount(v *visit) answer {
	q, err := parseQuery(v.URL.RawQuery, v.sw)
	if err != nil {
		return refused(err)
	}
	q.sorts = nil
	n := len(s.ledger.search(q))
	if v.sw.CountText {
		return ok(map[string]string{"data": strconv.Itoa(n)})
	}
	return ok(countBody{n})
}

// search finds what a query asks for among the complaints that RA shows.
func (l *ledger) search(q query) []*Ticket {
	if q.only == 0 {
		return q.find(l.all())
	}
	if t, found := l.find(q.only); found {
		return q.find([]*Ticket{t})
	}
	return nil
}

// find filters and sorts; equal rows keep the order of their ids. It may reorder what it is given.
func (q query) find(all []*Ticket) []*Ticket {
	rows := slices.DeleteFunc(all, func(t *Ticket) bool {
		return t.own.Hidden || slices.ContainsFunc(q.filters, func(match func(*Ticket) bool) bool { return !match(t) })
	})
	if len(q.sorts) > 0 {
		slices.SortFunc(rows, func(a, b *Ticket) int {
			for _, by := range q.sorts {
				if c := by(a, b); c != 0 {
					return c
				}
			}
			return cmp.Compare(a.ID, b.ID)
		})
	}
	return rows
}

// accepted is the answer to a write that happened.
func (v *visit) accepted(message string) answer {
	switch {
	case v.sw.NoContentSuccess:
		return answer{status: http.StatusNoContent}
	case v.sw.EmptySuccess:
		return answer{status: http.StatusOK}
	}
	return ok(envelope{message, 200, true})
}

package sandbox

import (
	"cmp"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
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

type countBody struct {
	Data int `json:"data"`
}

type companyBody struct {
	CompanyID int64  `json:"companyId"`
	Name      string `json:"name"`
}

// serveList answers E1 and E2: both are the same page.
func (s *Server) serveList(r *http.Request) answer {
	q, err := parseQuery(r.URL.RawQuery, s.cfg.Switches.PageSizeError)
	if err != nil {
		return refused(err)
	}
	rows := q.find(s.ledger.all())
	body := pageBody{Data: []*Ticket{}, Meta: meta{metaPage{q.number, q.size}, len(rows)}}
	if q.number-1 <= len(rows)/q.size {
		from := min((q.number-1)*q.size, len(rows))
		body.Data = rows[from:min(from+q.size, len(rows))]
	}
	return ok(body)
}

func (s *Server) serveCount(r *http.Request) answer {
	q, err := parseQuery(r.URL.RawQuery, s.cfg.Switches.PageSizeError)
	if err != nil {
		return refused(err)
	}
	q.sorts = nil
	return ok(countBody{len(q.find(s.ledger.all()))})
}

// find filters and sorts; equal rows keep the order of their ids.
func (q query) find(all []*Ticket) []*Ticket {
	rows := slices.DeleteFunc(all, func(t *Ticket) bool {
		return slices.ContainsFunc(q.filters, func(match func(*Ticket) bool) bool { return !match(t) })
	})
	if len(q.sorts) > 0 {
		slices.SortStableFunc(rows, func(a, b *Ticket) int {
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

func (s *Server) serveCompanies(*http.Request) answer { return ok(licenceCompanies()) }

func licenceCompanies() []companyBody {
	list := []companyBody{}
	for _, c := range companies {
		list = append(list, companyBody{c.ID, c.Name})
	}
	return list
}

func (s *Server) serveAvailability(*http.Request) answer {
	return ok(envelope{"OK", 200, true})
}

// maxReply caps the body of a public reply.
const maxReply = 1 << 20

// serveReply answers E5. Ids are HugMe's: a source_external_id is simply no ticket (4040).
func (s *Server) serveReply(r *http.Request) answer {
	idText, message, err := readReply(r)
	if err != nil {
		return refused(err)
	}
	id, err := strconv.ParseInt(strings.TrimSpace(idText), 10, 64)
	if err != nil {
		return refused(refuse(4220, "O campo id deve ser o id numérico do ticket."))
	}
	if strings.TrimSpace(message) == "" {
		return refused(refuse(4220, "O campo message é obrigatório."))
	}
	_, err = s.ledger.change(id, func(a *act) error { return a.publicReply(apiUser, message) })
	if err != nil {
		return refused(err)
	}
	return s.accepted("Mensagem enviada com sucesso.")
}

// accepted is the answer to a write that happened.
func (s *Server) accepted(message string) answer {
	if s.cfg.Switches.EmptySuccess {
		return answer{http.StatusOK, nil}
	}
	return ok(envelope{message, 200, true})
}

// readReply takes the fields from any of the three encodings that clients were seen to use.
func readReply(r *http.Request) (id, message string, err error) {
	r.Body = http.MaxBytesReader(nil, r.Body, maxReply)
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return "", "", refuse(4000, "Content-Type ausente ou inválido.")
	}
	switch kind {
	case "application/json":
		var body struct {
			ID      json.RawMessage `json:"id"`
			Message string          `json:"message"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			return "", "", unreadable(err)
		}
		return strings.Trim(string(body.ID), `"`), body.Message, nil
	case "multipart/form-data":
		if err := r.ParseMultipartForm(maxReply); err != nil {
			return "", "", unreadable(err)
		}
	case "application/x-www-form-urlencoded":
		if err := r.ParseForm(); err != nil {
			return "", "", unreadable(err)
		}
	default:
		return "", "", refuse(4150, "Content-Type não suportado.")
	}
	return r.PostForm.Get("id"), r.PostForm.Get("message"), nil
}

func unreadable(err error) error {
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return refuse(4130, "O conteúdo enviado é grande demais.")
	}
	return refuse(4000, "Requisição inválida.")
}

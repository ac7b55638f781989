package sandbox

import (
	"strconv"
	"time"
)

// Slip is what Reclame Aqui gets wrong with a complaint: last_modification_date does not tell of it, and no callback
// does. What is nil stays.
type Slip struct {
	// Hidden: in no list of the API.
	Hidden *bool `json:"hidden"`
	// Malformed is the way in which it is written in a broken shape, from 1 to Ways; 0 heals it.
	Malformed *int `json:"malformed"`
}

// Ways is how many ways there are to write a complaint in a broken shape.
const Ways = 12

// Slip has Reclame Aqui do with a complaint what it tells nobody of.
func (s *Server) Slip(id int64, what Slip) (*Ticket, error) {
	if way := or(what.Malformed, 0); way < 0 || way > Ways {
		return nil, &InputError{"malformed", "deve estar entre 0 e " + strconv.Itoa(Ways)}
	}
	return s.ledger.change(id, func(a *act) error {
		a.quiet = true
		own := a.t.own
		own.Hidden = or(what.Hidden, own.Hidden)
		if what.Malformed != nil {
			own.Malformed, own.Way = *what.Malformed > 0, *what.Malformed
		}
		return nil
	})
}

// brokenWay is the way in which a complaint is written: its own, else one by its id.
func (t *Ticket) brokenWay() int {
	if t.own.Way > 0 {
		return t.own.Way - 1
	}
	return int(t.ID % 6)
}

// breakShape spoils a complaint in one of the ways; its id stays readable in most.
func breakShape(shape map[string]any, id int64, way int) any {
	switch way {
	case 0:
		shape["interactions"] = "ver histórico"
	case 1:
		shape["creation_date"] = "ontem à tarde"
	case 2:
		shape["customer"] = []any{}
	case 3:
		shape["ra_status"] = "Respondido"
	case 4:
		shape["id"] = map[string]any{"$numberLong": strconv.FormatInt(id, 10)}
	case 5:
		shape["last_modification_date"], shape["interactions"] = nil, map[string]any{"0": nil}
	case 6:
		delete(shape, "id")
	case 7:
		return "erro ao serializar o registro"
	case 8:
		shape["complaint_title"], shape["complaint_content"] = map[string]any{"pt": "?"}, []any{1, 2}
	case 9:
		shape["last_modification_date"] = time.Date(2201, 1, 1, 0, 0, 0, 0, time.UTC).Format(time.RFC3339)
	case 10:
		shape["source_external_id"], shape["company"] = nil, "Loja Aurora"
	case 11:
		shape["interactions"] = []any{nil, "?", map[string]any{"ticket_interaction_id": nil}, 7}
		shape["rating"] = map[string]any{}
	}
	return shape
}

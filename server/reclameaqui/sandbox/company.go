package sandbox

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// targets are companies that a complaint may be handed to; all are made up. Those of the licence belong to them.
var targets = append([]Named{
	{910001, "Casa Boreal"},
	{910002, "Móveis Horizonte"},
	{910003, "Livraria Maré"},
	{910004, "Farmácia do Vale"},
	{910005, "Telefonia Andina"},
	{910006, "Banco Ipê"},
	{910007, "Cartões Jacarandá"},
	{910008, "Transportes Garça"},
	{910009, "Entrega Já Encomendas"},
	{910010, "Eletro Lume"},
	{910011, "Supermercados Bom Dia"},
	{910012, "Calçados Trilha"},
	{910013, "Ótica Clara"},
	{910014, "Academia Vigor"},
	{910015, "Curso Saber"},
	{910016, "Seguros Farol"},
	{910017, "Hotel Pedra Azul"},
	{910018, "Aurora Boreal Cosméticos"},
	{910019, "Auto Peças Serra"},
	{910020, "Pet Amigo"},
}, companies...)

func targetOf(id int64) (Named, bool) {
	i := slices.IndexFunc(targets, func(c Named) bool { return c.ID == id })
	if i < 0 {
		return Named{}, false
	}
	return targets[i], true
}

type companyBody struct {
	CompanyID int64  `json:"companyId"`
	Name      string `json:"name"`
}

// serveCompanies answers E11.
func (s *Server) serveCompanies(v *visit) answer {
	if v.sw.CompaniesWrapped {
		return ok(map[string]any{"data": licenceCompanies()})
	}
	return ok(licenceCompanies())
}

func licenceCompanies() []companyBody { return companyBodies(companies) }

func companyBodies(from []Named) []companyBody {
	list := []companyBody{}
	for _, c := range from {
		list = append(list, companyBody{c.ID, c.Name})
	}
	return list
}

// serveTargets answers E10: a search by part of the name, whatever its case and accents.
func (s *Server) serveTargets(v *visit) answer {
	q := v.URL.Query()
	number, size := pageOf(q, "page", 1), pageOf(q, "limit", 15)
	if number < 1 || size < 1 || size > 100 {
		return refused(refuse(4000, "Valor inválido para page ou limit."))
	}
	var found []Named
	for _, c := range targets {
		if strings.Contains(folded(c.Name), folded(q.Get("companyName"))) {
			found = append(found, c)
		}
	}
	from := min((number-1)*size, len(found))
	rows := found[from:min(from+size, len(found))]
	switch v.sw.TargetsBody {
	case "array":
		return ok(companyBodies(rows))
	case "content":
		return ok(map[string]any{"content": append([]Named{}, rows...), "totalElements": len(found)})
	}
	return ok(map[string]any{"data": companyBodies(rows), "meta": meta{metaPage{number, size}, len(found)}})
}

func pageOf(q url.Values, name string, otherwise int) int {
	if !q.Has(name) {
		return otherwise
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n > 1_000_000 {
		return 0
	}
	return n
}

// folded is a text without case and accents.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x300 && r <= 0x36f {
			return -1
		}
		return r
	}, norm.NFD.String(strings.ToLower(s)))
}

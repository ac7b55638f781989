package integration

import (
	"strings"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/fault"
)

// Missing lists what an integration lacks before it can be active (rules A9 to A11), by the
// names of updateIntegration's fields. The row must have been loaded with its choices. It is pure.
func Missing(row *db.Integration) fault.List {
	var l fault.List
	need := func(there bool, field string) {
		if !there {
			l.Add(fault.Required, field)
		}
	}
	need(row.CompanyEmail != nil, "companyEmail")
	need(row.APIUsername != nil, "apiUsername")
	need(row.APIPassword != nil, "apiPassword")
	need(row.SyncIntervalMinutes != nil, "syncIntervalMinutes")
	need(row.RetroactiveMonths != nil, "retroactiveMonths")
	need(row.PageID != nil, "pageId")
	need(row.AutoConversion, "autoConversion")
	missingChoices(row, &l)
	return l
}

func missingChoices(row *db.Integration, l *fault.List) {
	e := row.Edges
	choose := func(there, archived bool, field string) {
		switch {
		case !there:
			l.Add(fault.Required, field)
		case archived:
			l.Add(fault.Archived, field)
		}
	}
	choose(e.CustomerType != nil, e.CustomerType != nil && e.CustomerType.ArchivedAt != nil, "customerTypeId")
	choose(e.Region != nil, e.Region != nil && e.Region.ArchivedAt != nil, "regionId")
	choose(e.Creator != nil, e.Creator != nil && e.Creator.ArchivedAt != nil, "creatorId")
	choose(e.Sector != nil, e.Sector != nil && e.Sector.ArchivedAt != nil, "sectorId")
	choose(e.OccurrenceType != nil, e.OccurrenceType != nil && e.OccurrenceType.ArchivedAt != nil, "occurrenceTypeId")
	choose(e.Occurrence != nil, e.Occurrence != nil && e.Occurrence.ArchivedAt != nil, "occurrenceId")
	anyArchived := false
	for _, s := range e.Solutions {
		anyArchived = anyArchived || s.ArchivedAt != nil
	}
	choose(len(e.Solutions) > 0, anyArchived, "solutionIds")
	choose(e.DefaultSolution != nil, e.DefaultSolution != nil && e.DefaultSolution.ArchivedAt != nil, "defaultSolutionId")
	cascade(choicesOf(row), l)
}

// choices is the cascade of rule A11, by ids; "" where nothing is chosen.
type choices struct {
	sector                   string
	typeID, typeSector       string
	occurrence, occurrenceOf string
	// solutionOf is the occurrence of each chosen solution.
	solutionOf      map[string]string
	defaultSolution string
}

func choicesOf(row *db.Integration) choices {
	c := choices{solutionOf: map[string]string{}}
	e := row.Edges
	if e.Sector != nil {
		c.sector = e.Sector.ID
	}
	if e.OccurrenceType != nil {
		c.typeID, c.typeSector = e.OccurrenceType.ID, e.OccurrenceType.SectorID
	}
	if e.Occurrence != nil {
		c.occurrence, c.occurrenceOf = e.Occurrence.ID, e.Occurrence.OccurrenceTypeID
	}
	for _, s := range e.Solutions {
		c.solutionOf[s.ID] = s.OccurrenceID
	}
	if e.DefaultSolution != nil {
		c.defaultSolution = e.DefaultSolution.ID
	}
	return c
}

var (
	sectorText     = fault.Text{PT: "setor", EN: "sector"}
	typeText       = fault.Text{PT: "tipo de ocorrência", EN: "occurrence type"}
	occurrenceText = fault.Text{PT: "ocorrência", EN: "occurrence"}
	solutionsText  = fault.Text{PT: "soluções permitidas", EN: "allowed solutions"}
)

// cascade says which choice does not belong to the one above it.
func cascade(c choices, l *fault.List) {
	if c.typeID != "" && c.typeSector != c.sector {
		l.Add(fault.WrongParent, "occurrenceTypeId").With("parent", sectorText)
	}
	if c.occurrence != "" && c.occurrenceOf != c.typeID {
		l.Add(fault.WrongParent, "occurrenceId").With("parent", typeText)
	}
	for _, of := range c.solutionOf {
		if of != c.occurrence {
			l.Add(fault.WrongParent, "solutionIds").With("parent", occurrenceText)
			break
		}
	}
	if _, allowed := c.solutionOf[c.defaultSolution]; c.defaultSolution != "" && !allowed {
		l.Add(fault.WrongParent, "defaultSolutionId").With("parent", solutionsText)
	}
}

// incomplete turns what is missing into the answer of an activation: one error a field, naming it.
func incomplete(missing fault.List) error {
	var l fault.List
	for _, m := range missing {
		l.Add(fault.Incomplete, m.Field...).With("missing", fieldName(m.Field)).Because(m)
	}
	return l.Err()
}

// above names the choice that each choice belongs to.
var above = map[string]string{
	"occurrenceTypeId": "sectorId", "occurrenceId": "occurrenceTypeId", "solutionIds": "occurrenceId", "defaultSolutionId": "solutionIds",
}

// leaves is the answer to an edit that would leave an integration in use like this: what it would lack (rule A9),
// and which choice does not belong to the one above it (rule A11). Where the one above is lacking, that alone is named.
func leaves(row *db.Integration) error {
	var lacking, wrong fault.List
	lacks := map[string]bool{}
	missing := Missing(row)
	for _, m := range missing {
		if m.Code != fault.WrongParent {
			lacking, lacks[m.Field[0]] = append(lacking, m), true
		}
	}
	for _, m := range missing {
		if m.Code == fault.WrongParent && !lacks[above[m.Field[0]]] {
			wrong = append(wrong, m)
		}
	}
	answer, _ := fault.All(incomplete(lacking))
	return append(fault.List(answer), wrong...).Err()
}

func fieldName(path []string) fault.Text {
	field := strings.Join(path, ".")
	if t, ok := fieldNames[field]; ok {
		return t
	}
	return fault.Text{PT: field, EN: field}
}

// fieldNames are the words of the screen.
var fieldNames = map[string]fault.Text{
	"companyEmail":        {PT: "e-mail da empresa", EN: "company e-mail"},
	"apiUsername":         {PT: "usuário da API", EN: "API user"},
	"apiPassword":         {PT: "senha da API", EN: "API password"},
	"syncIntervalMinutes": {PT: "intervalo de sincronia", EN: "sync interval"},
	"retroactiveMonths":   {PT: "retroativo (em meses)", EN: "retroactive months"},
	"pageId":              {PT: "página", EN: "page"},
	"autoConversion":      {PT: "conversão automática", EN: "auto conversion"},
	"customerTypeId":      {PT: "tipo de cliente", EN: "customer type"},
	"regionId":            {PT: "região", EN: "region"},
	"creatorId":           {PT: "usuário criador", EN: "creator"},
	"sectorId":            {PT: "setor", EN: "sector"},
	"occurrenceTypeId":    {PT: "tipo de ocorrência", EN: "occurrence type"},
	"occurrenceId":        {PT: "ocorrência", EN: "occurrence"},
	"solutionIds":         {PT: "soluções", EN: "solutions"},
	"defaultSolutionId":   {PT: "solução padrão", EN: "default solution"},
}

package reclameaqui

import (
	"fmt"
	"strings"
	"testing"
)

func TestAnAttachmentLinkIsAskedForByDetail(t *testing.T) {
	w := newWorld(t, says(200, `{"attachmentLink":"https://files.example.com/a.png?sig=1","attachmentName":"a.png"}`))
	link := must[AttachmentLink](t)(w.client().AttachmentLink(t.Context(), "700000707"))
	equal(t, "link", link, AttachmentLink{"https://files.example.com/a.png?sig=1", "a.png"})
	r := w.calls()[0]
	equal(t, "method", r.method, "GET")
	equal(t, "path", r.path, "/api/ticket/v1/tickets/attachment/700000707")
	equal(t, "authorization", r.header.Get("Authorization"), "Bearer token-1")
	_, _ = w.client().AttachmentLink(t.Context(), "a/../b?c=%2e")
	equal(t, "an odd id stays one segment", w.calls()[1].path, "/api/ticket/v1/tickets/attachment/a/../b?c=%2e")
	for _, id := range []string{"", " ", ".", ".."} {
		_, err := w.client().AttachmentLink(t.Context(), id)
		equal(t, "sent with id "+id, mustFail(t, err).Sent, false)
	}
}

func TestAttachmentLinkShapes(t *testing.T) {
	const link = "https://files.example.com/a.png"
	for body, want := range map[string]string{
		`{"attachmentLink":"` + link + `","url":"https://x.example","attachmentName":"a.png","name":"b"}`: link + " a.png",
		`{"attachmentLink":"","url":"` + link + `"}`:                                                      link + " ",
		`{"attachmentLink":null,"link":"` + link + `","name":"a.png"}`:                                    link + " a.png",
		`{"data":{"attachmentLink":"` + link + `","attachmentName":"a.png"}}`:                             link + " a.png",
		`{"data":[{"url":"` + link + `"}],"meta":{}}`:                                                     link + " ",
		`{"data":"` + link + `","name":"a.png"}`:                                                          link + " a.png",
		`[{"x":1},{"link":"` + link + `"}]`:                                                               link + " ",
		`["` + link + `"]`:                                                                                link + " ",
		`"` + link + `"`:                                                                                  link + " ",
		"\uFEFF" + link + "\n":                                                                            link + " ",
		`{"attachmentLink":["` + link + `"]}`:                                                             link + " ",
		``:                                                                                                "",
		`null`:                                                                                            "",
		`{}`:                                                                                              "",
		`{"attachmentLink":"a.png"}`:                                                                      "",
		`{"attachmentLink":"/files/a.png"}`:                                                               "",
		`{"attachmentLink":"javascript:alert()"}`:                                                         "",
		`{"attachmentLink":"https://"}`:                                                                   "",
		`[[[[["` + link + `"]]]]]`:                                                                        "",
		`{"message":"ops","code":4040}`:                                                                   "",
		`<html>https://x.example</html>`:                                                                  "",
	} {
		got, ok := readAttachmentLink([]byte(body))
		equal(t, body+" is a link", ok, want != "")
		if ok {
			equal(t, body, got.URL+" "+got.Name, want)
		}
	}
}

func TestAnAttachmentLinkThatIsNone(t *testing.T) {
	w := newWorld(t, says(200, `{"endereco":"https://files.example.com/segredo"}`))
	_, err := w.client().AttachmentLink(t.Context(), "1")
	e := mustFail(t, err)
	equal(t, "kind", e.Kind, KindMalformed)
	equal(t, "message", e.Message, "")
	w = newWorld(t, says(404, `{"code":4040}`))
	_, err = w.client().AttachmentLink(t.Context(), "1")
	equal(t, "unknown", mustFail(t, err).Kind, KindNotFound)
}

func TestReputationPerPeriod(t *testing.T) {
	w := newWorld(t, says(200, `[
		{"responseIndex":98.5,"solutionsPercentage":"87,5%","finalGrade":8,"avgGrade":"7.1","complaintsCount":"120",
			"period":{"periodAlias":"SEISMESES","periodKey":"6M"},"reputation":{"code":"GREAT","name":"Ótimo"},"selo":true},
		{"responseIndex":null,"solutionsPercentage":-1,"finalGrade":"--","complaintsCount":1.5,
			"period":{"periodAlias":"GERAL","ate":"2026"},"reputation":null}]`))
	list := must[[]Reputation](t)(w.client().Reputation(t.Context(), 900001))
	equal(t, "path", w.calls()[0].path, "/api/companies/v1/companies/900001/reputation")
	equal(t, "periods", len(list), 2)
	equal(t, "first", figures(list[0]), "SEISMESES/6M GREAT/Ótimo 98.5 87.5 8 7.1 120 map[selo:true]")
	equal(t, "second", figures(list[1]), `GERAL/ / - - - - - map[complaintsCount:1.5 finalGrade:"--" period.ate:"2026"]`)
	_, err := w.client().Reputation(t.Context(), 0)
	equal(t, "no id", mustFail(t, err).Sent, false)
}

func figures(r Reputation) string {
	texts := []string{r.Period.Alias + "/" + r.Period.Key, r.Code + "/" + r.Name}
	for _, f := range []*float64{r.ResponseIndex, r.SolutionsPercentage, r.FinalGrade, r.AvgGrade} {
		texts = append(texts, textOr(f, "-"))
	}
	return strings.Join(append(texts, textOr(r.ComplaintsCount, "-"), fmt.Sprint(mapText(r.Unknown))), " ")
}

func textOr[T any](v *T, otherwise string) string {
	if v == nil {
		return otherwise
	}
	return fmt.Sprint(*v)
}

func TestReputationShapes(t *testing.T) {
	const one = `{"finalGrade":8,"period":{"periodKey":"GERAL"}}`
	for body, want := range map[string]string{
		`[` + one + `]`:          "GERAL",
		`{"data":[` + one + `]}`: "GERAL",
		`{"data":` + one + `}`:   "GERAL",
		one:                      "GERAL",
		`[3,` + one + `,null]`:   "GERAL",
		`{"SEISMESES":{"finalGrade":7},"DOZEMESES":{"finalGrade":8},"n":2}`:          "SEISMESES DOZEMESES",
		`{"data":{"SEISMESES":{"finalGrade":7},"GERAL":{"finalGrade":8}},"meta":{}}`: "SEISMESES GERAL",
		`{"SEISMESES":{"period":{"periodKey":"6M"}}}`:                                "6M",
		`{"finalGrade":7,"period":"GERAL"}`:                                          "GERAL",
		`[]`:                                                                         "",
		`null`:                                                                       "",
		`{"data":null}`:                                                              "",
		`{}`:                                                                         "",
		``:                                                                           "error",
		`7`:                                                                          "error",
		`[7]`:                                                                        "error",
		`{"message":"ops","code":4030}`:                                              "error",
	} {
		list, err := readReputations([]byte(body))
		var periods []string
		for _, r := range list {
			periods = append(periods, r.Period.Alias+r.Period.Key)
		}
		got := strings.Join(periods, " ")
		if err != nil {
			got = "error"
		}
		equal(t, body, got, want)
	}
}

func TestConsumptionIsKeptInRAsWordsAndOrder(t *testing.T) {
	w := newWorld(t, says(200, `{"zContratado":500,"enviados":"12","avaliados":null,"porMes":{"2026-01": [1, 2]},"ativo":true}`))
	got := must[Consumption](t)(w.client().WhatsAppConsumption(t.Context()))
	equal(t, "path", w.calls()[0].path, "/api/companies/v1/companies/organization/whatsapp/consumption")
	equal(t, "entries", fmt.Sprint(got), `[{zContratado 500} {enviados 12} {avaliados } {porMes {"2026-01":[1,2]}} {ativo true}]`)
}

func TestConsumptionShapes(t *testing.T) {
	for body, want := range map[string]string{
		`{}`:                              "[]",
		`[]`:                              "[]",
		`null`:                            "[]",
		`{"success":true,"data":{"a":1}}`: "[{a 1} {success true}]",
		`{"data":7}`:                      "[{data 7}]",
		`{"data":[{"a":1},{"a":2}]}`:      `[{1 {"a":1}} {2 {"a":2}}]`,
		`[{"a":1}]`:                       "[{a 1}]",
		`[1,[2, 3]]`:                      "[{1 1} {2 [2,3]}]",
		`7`:                               "error",
		``:                                "error",
		`<html>`:                          "error",
		`{"message":"ops","code":4030,"success":false}`: "error",
	} {
		got, err := readConsumption([]byte(body))
		text := fmt.Sprint(got)
		if err != nil {
			text = "error"
		}
		equal(t, body, text, want)
	}
}

func TestCompaniesAreSearchedFor(t *testing.T) {
	w := newWorld(t, says(200, `{"data":[{"companyId":900002,"name":"Outra Empresa & Cia"}],"meta":{"total":31}}`))
	page := must[CompanyPage](t)(w.client().ModerationCompanies(t.Context(), "Outra & Cia", 2, 10))
	equal(t, "companies", fmt.Sprint(page), "{[{900002 Outra Empresa & Cia}] 31}")
	must[CompanyPage](t)(w.client().ModerationCompanies(t.Context(), "", 0, 0))
	for i, want := range []string{"Outra & Cia 2 10", " 1 15"} {
		r := w.calls()[i]
		equal(t, "path", r.path, "/api/ticket/v1/tickets/moderation/companies")
		equal(t, "query", r.query.Get("companyName")+" "+r.query.Get("page")+" "+r.query.Get("limit"), want)
		equal(t, "parameters", len(r.query), 3)
	}
}

func TestCompanyShapes(t *testing.T) {
	for body, want := range map[string]string{
		`[{"companyId":1,"name":"A"},{"id":"2","companyName":"B"},{"name":"C"},7]`: "[{1 A} {2 B}] 0",
		`{"data":{"companies":[{"id":1,"fantasyName":"A"}],"total":"9"}}`:          "[{1 A}] 9",
		`{"content":[{"companyId":1,"name":"A"}],"totalElements":4}`:               "[{1 A}] 4",
		`{"data":{"companyId":1,"name":"A"}}`:                                      "[{1 A}] 0",
		`{"companyId":1,"name":"A"}`:                                               "[{1 A}] 0",
		`{"data":[],"meta":{"total":0}}`:                                           "[] 0",
		`{"data":null}`:                                                            "[] 0",
		`{"data":[{"companyId":1}],"total":-1}`:                                    "[{1 }] 0",
		`[]`:                                                                       "[] 0",
		`[{"name":"A"}]`:                                                           "error",
		`{}`:                                                                       "error",
		`"A"`:                                                                      "error",
		``:                                                                         "error",
	} {
		page, err := readCompanies([]byte(body))
		got := fmt.Sprint(page.Companies, page.Total)
		if err != nil {
			got = "error"
		}
		equal(t, body, got, want)
	}
}

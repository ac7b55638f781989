package graph

import (
	"context"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/outbound"
	"citrus.cx/channel/server/personal"
)

// FetchAttachmentLink is the mutation of the same name.
func (r mutationResolver) FetchAttachmentLink(ctx context.Context, in exec.FetchAttachmentLinkInput) (*exec.FetchAttachmentLinkPayload, error) {
	link, err := r.Inquiry.AttachmentLink(ctx, in.AttachmentID)
	problems, internal := userErrors(ctx, err)
	if internal != nil || err != nil {
		return &exec.FetchAttachmentLinkPayload{Errors: problems}, internal
	}
	return &exec.FetchAttachmentLinkPayload{URL: &link.URL, Name: &link.Name, Errors: problems}, nil
}

// ReclameAquiReputation is the field of the same name.
func (r queryResolver) ReclameAquiReputation(ctx context.Context, integrationID string) ([]*exec.ReclameAquiReputation, error) {
	periods, err := r.Inquiry.Reputation(ctx, integrationID)
	list := make([]*exec.ReclameAquiReputation, len(periods))
	for i, p := range periods {
		list[i] = &exec.ReclameAquiReputation{
			Period: p.Period.Key, PeriodName: orNil(p.Period.Alias), Code: orNil(p.Code), Name: orNil(p.Name),
			ResponseIndex: p.ResponseIndex, SolutionsPercentage: p.SolutionsPercentage, FinalGrade: p.FinalGrade,
			AverageGrade: p.AvgGrade, ComplaintsCount: p.ComplaintsCount,
		}
	}
	return list, err
}

// ReclameAquiWhatsAppConsumption is the field of the same name.
func (r queryResolver) ReclameAquiWhatsAppConsumption(ctx context.Context, integrationID string) ([]*exec.WhatsAppConsumptionEntry, error) {
	entries, err := r.Inquiry.Consumption(ctx, integrationID)
	list := make([]*exec.WhatsAppConsumptionEntry, len(entries))
	for i, e := range entries {
		list[i] = &exec.WhatsAppConsumptionEntry{Name: e.Key, Value: e.Value}
	}
	return list, err
}

// ReclameAquiCompanies is the field of the same name.
func (r queryResolver) ReclameAquiCompanies(
	ctx context.Context, integrationID, search string, page int,
) (*exec.ReclameAquiCompanyPage, error) {
	found, err := r.Inquiry.Companies(ctx, integrationID, search, page)
	if err != nil {
		return nil, err
	}
	out := &exec.ReclameAquiCompanyPage{Companies: make([]*exec.ReclameAquiCompany, len(found.Companies))}
	for i, c := range found.Companies {
		out.Companies[i] = &exec.ReclameAquiCompany{ID: strconv.FormatInt(c.ID, 10), Name: c.Name}
	}
	if found.Total > 0 {
		out.TotalCount = &found.Total
	}
	return out, nil
}

// warnings say what a finding means to who is about to post it.
var warnings = map[personal.Kind]fault.Text{
	personal.CPF:   {PT: "O texto contém um CPF, que todos poderão ler.", EN: "The text holds a CPF, which everybody will be able to read."},
	personal.CNPJ:  {PT: "O texto contém um CNPJ, que todos poderão ler.", EN: "The text holds a CNPJ, which everybody will be able to read."},
	personal.Phone: {PT: "O texto contém um telefone, que todos poderão ler.", EN: "The text holds a telephone number, which everybody will be able to read."},
	personal.Email: {PT: "O texto contém um e-mail, que todos poderão ler.", EN: "The text holds an e-mail address, which everybody will be able to read."},
}

// CheckReply is the field of the same name.
func (r queryResolver) CheckReply(ctx context.Context, text string) (*exec.ReplyCheck, error) {
	if _, err := identity.Require(ctx); err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(text) > outbound.MaxText {
		return nil, fault.New(fault.TooLong, "text").With("max", outbound.MaxText)
	}
	out := &exec.ReplyCheck{Warnings: []*exec.ReplyWarning{}}
	for _, f := range personal.Find(text) {
		start := units(text[:f.Start])
		out.Warnings = append(out.Warnings, &exec.ReplyWarning{
			Kind: exec.PersonalDataKind(f.Kind), Start: start, End: start + units(text[f.Start:f.End]),
			Message: warnings[f.Kind].In(languageOf(ctx)),
		})
	}
	return out, nil
}

// units is a text's length as JavaScript counts it.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

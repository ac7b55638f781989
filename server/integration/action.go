package integration

import (
	"strings"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/server/fault"
)

// Action is something that an administrator may do with an integration.
type Action string

// The actions; the contract's enum IntegrationAction has the same values.
const (
	ActionUpdate     Action = "UPDATE"
	ActionActivate   Action = "ACTIVATE"
	ActionPause      Action = "PAUSE"
	ActionArchive    Action = "ARCHIVE"
	ActionRestore    Action = "RESTORE"
	ActionFetchPages Action = "FETCH_RECLAME_AQUI_PAGES"
	ActionTest       Action = "TEST_CONNECTION"
	ActionPreview    Action = "PREVIEW_SYNC"
	ActionRotate     Action = "ROTATE_CALLBACK_URL"
)

// Available is whether an action is open now. Reason is why not, nil when it is.
type Available struct {
	Action Action
	Reason *fault.Text
}

// Actions says what can be done with an integration as it is (rule A13). The row must have been
// loaded with its choices. It is pure. What it offers the verbs do; what is done already it does
// not offer, though the verbs answer a repeat with yes.
func Actions(row *db.Integration) []Available {
	archived := row.State == integration.StateARCHIVED
	active := row.State == integration.StateACTIVE
	is := stateReason(row.State)
	noCredentials := reasonIf(row.APIUsername == nil || row.APIPassword == nil, fault.Text{
		PT: "Preencha o usuário e a senha da API.", EN: "Enter the API user and password.",
	})
	noPage := reasonIf(row.PageID == nil, fault.Text{PT: "Escolha a página.", EN: "Choose the page."})
	return []Available{
		{ActionUpdate, reasonIf(archived, is)},
		{ActionActivate, first(reasonIf(archived || active, is), lacking(row))},
		{ActionPause, reasonIf(!active, is)},
		{ActionArchive, reasonIf(archived, is)},
		{ActionRestore, reasonIf(!archived, is)},
		{ActionFetchPages, noCredentials},
		{ActionTest, noCredentials},
		{ActionPreview, first(noCredentials, noPage)},
		{ActionRotate, reasonIf(archived, is)},
	}
}

func stateReason(state integration.State) fault.Text {
	t := stateText[state]
	return fault.Text{PT: "A configuração está " + t.PT + ".", EN: "The integration is " + t.EN + "."}
}

func lacking(row *db.Integration) *fault.Text {
	missing := Missing(row)
	if len(missing) == 0 {
		return nil
	}
	var pt, en []string
	for _, m := range missing {
		t := fieldName(m.Field)
		pt, en = append(pt, t.PT), append(en, t.EN)
	}
	return &fault.Text{PT: "Falta preencher: " + strings.Join(pt, ", ") + ".", EN: "Still missing: " + strings.Join(en, ", ") + "."}
}

func reasonIf(so bool, t fault.Text) *fault.Text {
	if !so {
		return nil
	}
	return &t
}

func first(reasons ...*fault.Text) *fault.Text {
	for _, r := range reasons {
		if r != nil {
			return r
		}
	}
	return nil
}

// StateText names a state for a person, in the middle of a sentence.
func StateText(state integration.State) fault.Text { return stateText[state] }

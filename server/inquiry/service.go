package inquiry

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/attachment"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	account "citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/reclameaqui"
)

const (
	// patience is how long a question may take, the wait for a free place included.
	patience = 20 * time.Second

	// How long answers are good.
	linkGood        = time.Minute
	reputationGood  = time.Hour
	consumptionGood = 10 * time.Minute
	companiesGood   = 10 * time.Minute

	// companiesPage is how many companies a page of a search has, as known clients ask for.
	companiesPage = 15
	// Limits of a search, in characters and pages.
	minSearch, maxSearch = 2, 100
	maxPage              = 1000
)

// Service asks.
type Service struct {
	database *database.DB
	accounts *account.Service
	memory   *memory
}

// New makes the service.
func New(d *database.DB, accounts *account.Service, now func() time.Time) *Service {
	return &Service{database: d, accounts: accounts, memory: newMemory(now)}
}

// AttachmentLink asks for a link to a file that the viewer sees. One that Reclame Aqui shows in the open needs no question.
func (s *Service) AttachmentLink(ctx context.Context, attachmentID string) (reclameaqui.AttachmentLink, error) {
	file, err := s.database.Reader.Attachment.Get(ctx, attachmentID)
	if db.IsNotFound(err) {
		return reclameaqui.AttachmentLink{}, fault.New(fault.NotFound, "attachmentId")
	}
	if err != nil {
		return reclameaqui.AttachmentLink{}, err
	}
	if file.URL != nil {
		return reclameaqui.AttachmentLink{URL: *file.URL, Name: file.Name}, nil
	}
	if strings.HasPrefix(file.SourceID, "~") { // Reclame Aqui gave it no number to ask by
		return reclameaqui.AttachmentLink{}, fault.New(fault.InvalidState, "attachmentId").With("state", noNumber)
	}
	link, err := recall(ctx, s.memory, "attachment "+attachmentID, linkGood, func(ctx context.Context) (reclameaqui.AttachmentLink, error) {
		t, err := s.database.Writer.Attachment.Query().Where(attachment.ID(attachmentID)).
			QueryInteraction().Where(interaction.ID(file.InteractionID)).QueryTicket().Only(ctx)
		if err != nil {
			return reclameaqui.AttachmentLink{}, err
		}
		client, err := s.client(ctx, t.IntegrationID)
		if err != nil {
			return reclameaqui.AttachmentLink{}, err
		}
		link, err := client.AttachmentLink(ctx, file.SourceID)
		return link, account.Upstream(err)
	})
	if link.Name == "" {
		link.Name = file.Name
	}
	return link, err
}

// Reputation is how an integration's company stands, period by period.
func (s *Service) Reputation(ctx context.Context, integrationID string) ([]reclameaqui.Reputation, error) {
	row, err := s.integration(ctx, integrationID)
	if err != nil {
		return nil, err
	}
	if row.PageID == nil {
		return nil, fault.New(fault.InvalidState, "integrationId").With("state", noPage)
	}
	question := "reputation " + s.accounts.Credential(row) + strconv.FormatInt(*row.PageID, 10)
	return recall(ctx, s.memory, question, reputationGood, func(ctx context.Context) ([]reclameaqui.Reputation, error) {
		client, err := s.client(ctx, row.ID)
		if err != nil {
			return nil, err
		}
		list, err := client.Reputation(ctx, *row.PageID)
		return list, account.Upstream(err)
	})
}

// Consumption is how much of its WhatsApp evaluations an integration's account has used.
func (s *Service) Consumption(ctx context.Context, integrationID string) (reclameaqui.Consumption, error) {
	viewer, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	if viewer.Role == user.RoleAGENT {
		return nil, fault.New(fault.Forbidden)
	}
	row, err := s.integration(ctx, integrationID)
	if err != nil {
		return nil, err
	}
	return recall(ctx, s.memory, "consumption "+s.accounts.Credential(row), consumptionGood, func(ctx context.Context) (reclameaqui.Consumption, error) {
		client, err := s.client(ctx, row.ID)
		if err != nil {
			return nil, err
		}
		list, err := client.WhatsAppConsumption(ctx)
		return list, account.Upstream(err)
	})
}

// Companies searches the companies that a complaint may be passed to.
func (s *Service) Companies(ctx context.Context, integrationID, search string, page int) (reclameaqui.CompanyPage, error) {
	search = strings.Join(strings.Fields(search), " ")
	var problems fault.List
	if n := utf8.RuneCountInString(search); n < minSearch || n > maxSearch {
		problems.Add(fault.OutOfRange, "search").With("min", minSearch).With("max", maxSearch)
	}
	if page < 1 || page > maxPage {
		problems.Add(fault.OutOfRange, "page").With("min", 1).With("max", maxPage)
	}
	if err := problems.Err(); err != nil {
		return reclameaqui.CompanyPage{}, err
	}
	row, err := s.integration(ctx, integrationID)
	if err != nil {
		return reclameaqui.CompanyPage{}, err
	}
	question := "companies " + s.accounts.Credential(row) + strconv.Itoa(page) + " " + search
	return recall(ctx, s.memory, question, companiesGood, func(ctx context.Context) (reclameaqui.CompanyPage, error) {
		client, err := s.client(ctx, row.ID)
		if err != nil {
			return reclameaqui.CompanyPage{}, err
		}
		found, err := client.ModerationCompanies(ctx, search, page, companiesPage)
		return found, account.Upstream(err)
	})
}

var (
	noPage   = fault.Text{PT: "a integração ainda não tem página", EN: "the integration has no page yet"}
	noNumber = fault.Text{PT: "o Reclame Aqui não dá um número a este anexo", EN: "Reclame Aqui gives this attachment no number"}
	notInUse = fault.Text{PT: "a integração não está em uso", EN: "the integration is not in use"}
)

// integration is one that is in use, to be asked through.
func (s *Service) integration(ctx context.Context, id string) (*db.Integration, error) {
	row, err := s.database.Reader.Integration.Get(ctx, id)
	if db.IsNotFound(err) {
		return nil, fault.New(fault.NotFound, "integrationId")
	}
	if err != nil {
		return nil, err
	}
	if row.State != integration.StateACTIVE && row.State != integration.StatePAUSED {
		return nil, fault.New(fault.InvalidState, "integrationId").With("state", notInUse)
	}
	return row, nil
}

// client speaks through an integration's account, in the agents' lane.
func (s *Service) client(ctx context.Context, integrationID string) (*reclameaqui.Client, error) {
	row, err := s.database.Writer.Integration.Get(ctx, integrationID)
	if err != nil {
		return nil, err
	}
	return s.accounts.Client(row, quota.Agent)
}

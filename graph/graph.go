// Package graph owns the contract at work: it serves schema.graphql. A read resolver is one
// query on the reader client, which shows the viewer's rows alone; a mutation resolver is one
// call of one service method, whose result is read again; the subscription follows the log.
//
// It refuses to decide anything that a service could: no rule, no transaction, no call to
// Reclame Aqui. Generated code is in internal/exec; how GraphQL travels is package transport's.
package graph

import (
	"log/slog"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/catalog"
	"citrus.cx/channel/server/delivery"
	"citrus.cx/channel/server/desk"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/health"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/inquiry"
	"citrus.cx/channel/server/integration"
	"citrus.cx/channel/server/mirror"
	"citrus.cx/channel/server/outbound"
	"citrus.cx/channel/server/presence"
)

// Services is what the resolvers call.
type Services struct {
	// Reader is guarded: it shows each viewer his rows.
	Reader      *db.Client
	Identity    *identity.Service
	Catalog     *catalog.Service
	Integration *integration.Service
	Desk        *desk.Service
	Outbound    *outbound.Service
	Presence    *presence.Service
	Inquiry     *inquiry.Service
	Health      *health.Service
	Mirror      *mirror.Service
	Deliveries  *delivery.Service
	Log         *event.Log
	Logger      *slog.Logger
	Now         func() time.Time
	// Zone is where calendar days are counted.
	Zone *time.Location
}

// resolver is the root of all resolvers.
type resolver struct{ Services }

type (
	queryResolver           struct{ *resolver }
	mutationResolver        struct{ *resolver }
	subscriptionResolver    struct{ *resolver }
	integrationResolver     struct{ *resolver }
	ticketResolver          struct{ *resolver }
	interactionResolver     struct{ *resolver }
	complaintResolver       struct{ *resolver }
	customerResolver        struct{ *resolver }
	ticketEventResolver     struct{ *resolver }
	ticketChangeResolver    struct{ *resolver }
	outboundAttemptResolver struct{ *resolver }
	uploadResolver          struct{ *resolver }
	auditEntryResolver      struct{ *resolver }
	alarmResolver           struct{ *resolver }
	syncRunResolver         struct{ *resolver }
	quarantineResolver      struct{ *resolver }
	syncProgressResolver    struct{ *resolver }
	deliveryResolver        struct{ *resolver }
	callbackHintResolver    struct{ *resolver }

	signInPayloadResolver         struct{ *resolver }
	refreshSessionPayloadResolver struct{ *resolver }
)

func (r *resolver) Query() exec.QueryResolver               { return queryResolver{r} }
func (r *resolver) Mutation() exec.MutationResolver         { return mutationResolver{r} }
func (r *resolver) Subscription() exec.SubscriptionResolver { return subscriptionResolver{r} }
func (r *resolver) Integration() exec.IntegrationResolver   { return integrationResolver{r} }
func (r *resolver) Ticket() exec.TicketResolver             { return ticketResolver{r} }
func (r *resolver) Interaction() exec.InteractionResolver   { return interactionResolver{r} }
func (r *resolver) Customer() exec.CustomerResolver         { return customerResolver{r} }
func (r *resolver) ReclameAquiComplaint() exec.ReclameAquiComplaintResolver {
	return complaintResolver{r}
}
func (r *resolver) TicketEvent() exec.TicketEventResolver   { return ticketEventResolver{r} }
func (r *resolver) TicketChange() exec.TicketChangeResolver { return ticketChangeResolver{r} }
func (r *resolver) OutboundAttempt() exec.OutboundAttemptResolver {
	return outboundAttemptResolver{r}
}
func (r *resolver) Alarm() exec.AlarmResolver               { return alarmResolver{r} }
func (r *resolver) Upload() exec.UploadResolver             { return uploadResolver{r} }
func (r *resolver) AuditEntry() exec.AuditEntryResolver     { return auditEntryResolver{r} }
func (r *resolver) SyncRun() exec.SyncRunResolver           { return syncRunResolver{r} }
func (r *resolver) SyncProgress() exec.SyncProgressResolver { return syncProgressResolver{r} }
func (r *resolver) QuarantinedComplaint() exec.QuarantinedComplaintResolver {
	return quarantineResolver{r}
}
func (r *resolver) CustomerType() exec.CustomerTypeResolver         { return customerTypeResolver{r} }
func (r *resolver) Region() exec.RegionResolver                     { return regionResolver{r} }
func (r *resolver) SyncGroup() exec.SyncGroupResolver               { return syncGroupResolver{r} }
func (r *resolver) Sector() exec.SectorResolver                     { return sectorResolver{r} }
func (r *resolver) OccurrenceType() exec.OccurrenceTypeResolver     { return occurrenceTypeResolver{r} }
func (r *resolver) Occurrence() exec.OccurrenceResolver             { return occurrenceResolver{r} }
func (r *resolver) Solution() exec.SolutionResolver                 { return solutionResolver{r} }
func (r *resolver) User() exec.UserResolver                         { return userResolver{r} }
func (r *resolver) SignInPayload() exec.SignInPayloadResolver       { return signInPayloadResolver{r} }
func (r *resolver) CallbackDelivery() exec.CallbackDeliveryResolver { return deliveryResolver{r} }
func (r *resolver) CallbackHint() exec.CallbackHintResolver         { return callbackHintResolver{r} }
func (r *resolver) RefreshSessionPayload() exec.RefreshSessionPayloadResolver {
	return refreshSessionPayloadResolver{r}
}

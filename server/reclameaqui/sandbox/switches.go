package sandbox

// Switches are the answers to what the public material does not say. The zero value of each is the documented proposal.
// Those that decide how something is shown take effect at once; those that decide how something is coded, for what
// happens from then on.
type Switches struct {
	// Of tokens and limits.

	// TokenCallsFree leaves token calls out of the limit. (They count by default.)
	TokenCallsFree bool `json:"tokenCallsFree"`
	// RefusedCallsCount makes a call answered 429 count against the limit too.
	RefusedCallsCount bool `json:"refusedCallsCount"`
	// RateScope is whose calls are counted together: "" = client, token or address.
	RateScope string `json:"rateScope" of:"token address"`
	// RetryAfter sends Retry-After and X-RateLimit-* headers; there is no evidence of them.
	RetryAfter bool `json:"retryAfter"`
	// NewTokenEndsOld makes a new token the only one of its client.
	NewTokenEndsOld bool `json:"newTokenEndsOld"`
	// TokenSeconds is the lifetime of the next tokens; 0 = Config.TokenLifetime.
	TokenSeconds int `json:"tokenSeconds"`
	// ExpiresInAbsent and RateLimitAbsent leave these fields out of the token's answer.
	ExpiresInAbsent bool `json:"expiresInAbsent"`
	RateLimitAbsent bool `json:"rateLimitAbsent"`
	// TokenTypeLower writes token_type "bearer".
	TokenTypeLower bool `json:"tokenTypeLower"`
	// LicenceDates is their format: "" = an instant, day = 2026-12-31, brazil = 31/12/2026.
	LicenceDates string `json:"licenceDates" of:"day brazil"`
	// LicenceUnauthorized answers 4010 instead of 4030 outside the licence.
	LicenceUnauthorized bool `json:"licenceUnauthorized"`
	// AvailabilityEmpty answers the availabilities with no body.
	AvailabilityEmpty bool `json:"availabilityEmpty"`
	// AvailabilityNeedsToken makes /ticket/availability ask for a token.
	AvailabilityNeedsToken bool `json:"availabilityNeedsToken"`

	// Of lists.

	// PageSizeError answers 4000 to a page size over 50 instead of taking 50.
	PageSizeError bool `json:"pageSizeError"`
	// UnknownFilterIgnored ignores filters, sorts and parameters that the contract does not know instead of answering 4000.
	UnknownFilterIgnored bool `json:"unknownFilterIgnored"`
	// NoModifiedSort does not know sort[last_modification_date], for which there is no evidence.
	NoModifiedSort bool `json:"noModifiedSort"`
	// PlainDatesBrazil reads a date without a time as a day in Brazil.
	PlainDatesBrazil bool `json:"plainDatesBrazil"`
	// MetaSizeReturned tells as the page's size how many rows came instead of how many were asked for.
	MetaSizeReturned bool `json:"metaSizeReturned"`
	// PastEndRefused answers 4040 to a page past the end.
	PastEndRefused bool `json:"pastEndRefused"`
	// CountText writes a count as text.
	CountText bool `json:"countText"`

	// Of writes.

	// EmptySuccess answers an accepted POST with no body; NoContentSuccess with 204.
	EmptySuccess     bool `json:"emptySuccess"`
	NoContentSuccess bool `json:"noContentSuccess"`
	// MessageEncoding is the only one that a public message may come in: "" = any, multipart, urlencoded or json.
	MessageEncoding string `json:"messageEncoding" of:"multipart urlencoded json"`
	// MaxMessage is the greatest length of a message in characters (4220 above); 0 = none.
	MaxMessage int `json:"maxMessage"`
	// DuplicateSeconds is how long an identical text is refused with 40930; 0 = 600. RepeatsTaken takes it at once.
	DuplicateSeconds int  `json:"duplicateSeconds"`
	RepeatsTaken     bool `json:"repeatsTaken"`
	// DuplicateLoose compares without case and spaces.
	DuplicateLoose bool `json:"duplicateLoose"`
	// TooBigCode answers a file over its limit; 0 = 40922.
	TooBigCode int `json:"tooBigCode"`
	// EndedThreadStays keeps an ended private thread ended (40925) instead of opening it again with the next message.
	EndedThreadStays bool `json:"endedThreadStays"`
	// FrozenTakesPrivate takes private messages on a frozen complaint instead of answering 4090.
	FrozenTakesPrivate bool `json:"frozenTakesPrivate"`
	// ModerationsPerDay and ModerationsPerComplaint are limits whose real figures are unknown; 0 = 20 and 3.
	ModerationsPerDay       int `json:"moderationsPerDay"`
	ModerationsPerComplaint int `json:"moderationsPerComplaint"`

	// Of coding.

	// ReplicaAsComplaint codes a replica as interaction type 1 instead of 2 with customer_id.
	ReplicaAsComplaint bool `json:"replicaAsComplaint"`
	// AuthorsAbsent leaves responsible_id and responsible_name empty.
	AuthorsAbsent bool `json:"authorsAbsent"`
	// ReplicaStatus20 gives a complaint with a replica ra_status 20 instead of 7.
	ReplicaStatus20 bool `json:"replicaStatus20"`
	// EvaluatedStatus9 gives an evaluated complaint ra_status 9 instead of 18 or 19.
	EvaluatedStatus9 bool `json:"evaluatedStatus9"`
	// ModerationStatus11 gives a complaint with a moderation pending ra_status 11.
	ModerationStatus11 bool `json:"moderationStatus11"`
	// FrozenKeepsStatus leaves the ra_status of a frozen complaint as it was; frozen alone tells.
	FrozenKeepsStatus bool `json:"frozenKeepsStatus"`
	// TimesInMinutes writes the texts of the *_time fields in minutes instead of hours.
	TimesInMinutes bool `json:"timesInMinutes"`
	// ModerationWords are those of moderation.status: "" = PENDENTE, ACEITA, NEGADA; english = PENDING, ACCEPTED, REFUSED.
	ModerationWords string `json:"moderationWords" of:"english"`
	// ModerationPublic writes the interactions 8 and 9 with privacy false.
	ModerationPublic bool `json:"moderationPublic"`
	// ResponseLatest makes complaint_response_* the company's latest public answer instead of its first.
	ResponseLatest bool `json:"responseLatest"`
	// YesNo is how details 4, 5 and 13 are written: "" = Sim/Não, bool = true/false, number = 1/0.
	YesNo string `json:"yesNo" of:"bool number"`
	// AttachmentValue of a detail: "" = an address in public and a name in the private thread; address or name in both.
	AttachmentValue string `json:"attachmentValue" of:"address name"`

	View
}

// View are the switches of how complaints, companies, links and errors are written.
type View struct {
	// PrivacyText writes privacy as "true" or "false".
	PrivacyText bool `json:"privacyText"`
	// PlaceText writes the customer's city and state as text.
	PlaceText bool `json:"placeText"`
	// ModerationNull writes null for moderation where there was none.
	ModerationNull bool `json:"moderationNull"`
	// ReasonText writes moderation.reason as text.
	ReasonText bool `json:"reasonText"`
	// SystemTextNull writes null for the message of what RA did: types 9, 10 and 151.
	SystemTextNull bool `json:"systemTextNull"`
	// TextsHTML writes texts as HTML.
	TextsHTML bool `json:"textsHtml"`
	// AttachedAbsent and WhatsappAbsent leave these keys out where they are empty.
	AttachedAbsent bool `json:"attachedAbsent"`
	WhatsappAbsent bool `json:"whatsappAbsent"`
	// RatingNull writes null instead of "-1".
	RatingNull bool `json:"ratingNull"`
	// InteractionOrder is "" = oldest first, newest or mixed.
	InteractionOrder string `json:"interactionOrder" of:"newest mixed"`
	// IDText writes all ids as text, and those that are text as numbers.
	IDText bool `json:"idText"`
	// UnknownFields adds fields that no contract knows, at every level.
	UnknownFields bool `json:"unknownFields"`
	// UnknownIDs gives every third complaint statuses, an interaction and a detail of ids that no contract knows.
	UnknownIDs bool `json:"unknownIds"`
	// PlainNames writes the names of statuses in capitals without accents.
	PlainNames bool `json:"plainNames"`
	// RuleAbsent writes rule_id -1.
	RuleAbsent bool `json:"ruleAbsent"`
	// CompaniesWrapped writes E11 as {data: […]}.
	CompaniesWrapped bool `json:"companiesWrapped"`
	// ReputationWrapped writes E12 as {data: […]}; ReputationWords are its codes: "" = GREAT …, portuguese = OTIMO ….
	ReputationWrapped bool   `json:"reputationWrapped"`
	ReputationWords   string `json:"reputationWords" of:"portuguese"`
	// UsageBody is the shape of E13: "" = an object by company id, months = an object by month of all companies together.
	UsageBody string `json:"usageBody" of:"months"`
	// TargetsBody is the shape of E10: "" = {data: [{companyId, name}], meta}, array, or content = {content: [{id, name}]}.
	TargetsBody string `json:"targetsBody" of:"array content"`
	// LinkField is what E4 calls the address: "" = attachmentLink, url or link. LinkSeconds is its lifetime; 0 = 300.
	LinkField   string `json:"linkField" of:"url link"`
	LinkSeconds int    `json:"linkSeconds"`
	// BusinessStatus is the HTTP status of the codes 4090 to 40930; 0 = 409, which no source states.
	BusinessStatus int `json:"businessStatus"`
	// ErrorForm is how errors are written: "" = {message, code, success}, bare without success, oauth, or text.
	ErrorForm string `json:"errorForm" of:"bare oauth text"`
	// HTML5xx answers 5xx with a page of HTML, as a proxy in front does.
	HTML5xx bool `json:"html5xx"`
}

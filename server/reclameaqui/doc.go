// Package reclameaqui is the client of Reclame Aqui's API ("RA"; formerly HugMe): it makes calls, reads complaints in whatever shape
// they come, and says precisely what went wrong.
//
// It owns the wire: addresses, tokens, encodings, RA's four ways to say nothing, RA's error codes. It refuses to know us: it imports
// nothing of ours, keeps nothing but a token, decides nothing about when to call (that is the Gate's business) or whether to try again
// (Outcome and Error.Kind are advice as data), and never makes a write twice. Callers are integration (fetch pages, test, preview),
// syncer (list, count, read) and outbound (reply).
//
// # What RA is known to do
//
// No line here was tried against the live service. The mark is the evidence for an endpoint: a number counts independent code bases
// that use it, R was seen in a real answer, D stands in one client that follows the official documentation.
//
//	endpoint                                                   evidence  here
//	POST /auth/oauth/token                                     4         Token, and before any call that lacks one
//	GET  /auth/availability                                    2         not yet
//	GET  /ticket/availability                                  2         not yet
//	E1   GET  /ticket/v1/tickets                               5, R      List
//	E2   GET  /ticket/v1/tickets?id[eq]=                       4         Read
//	     GET  /ticket/v1/tickets?id[in]=                       inferred  Read; falls back to E2 where RA refuses or ignores it
//	     GET  /ticket/v1/tickets?source_external_id[eq]=       1         ReadBySource
//	E3   GET  /ticket/v1/tickets/count                         2         Count
//	E4   GET  /ticket/v1/tickets/attachment/{detailId}         2         not yet
//	E5   POST /ticket/v1/tickets/message/public                3         ReplyPublicly
//	E6   POST /ticket/v1/tickets/message/private               3         not yet
//	E7   POST /ticket/v1/tickets/message/private/{id}/end      2         not yet
//	E8   POST /ticket/v1/tickets/evaluation                    2         not yet
//	E9   POST /ticket/v1/tickets/moderation                    3         not yet
//	E10  GET  /ticket/v1/tickets/moderation/companies          2         not yet
//	E11  GET  /companies/v1/companies/organization             2, D      Companies
//	E12  GET  /companies/v1/companies/{id}/reputation          2, D      not yet
//	E13  GET  /companies/v1/companies/organization/whatsapp/…  2         not yet
//
// # One call
//
// A call needs a token, then passes the Gate, then is one HTTP request on a connection of its own, bounded by the timeout. A 401 costs one
// new token and one repetition, each through the Gate. Whoever needs a token while another asks for one shares its answer.
//
// # Posts
//
// A post is made at most once, and Error.Sent says whether RA may have it. Outcome turns an error into what is known: Accepted, Rejected
// or Unknown. An Unknown one is settled by reading the complaint again, never by posting again.
package reclameaqui

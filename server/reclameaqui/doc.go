// Package reclameaqui is the client of Reclame Aqui's API ("RA"; formerly HugMe): it makes calls, reads complaints in whatever shape
// they come, and says precisely what went wrong.
//
// It owns the wire: addresses, tokens, encodings, RA's four ways to say nothing, RA's error codes. It refuses to know us: it imports
// nothing of ours, keeps nothing but a token, decides nothing about when to call (that is the Gate's business) or whether to try again
// (Outcome, Error.Kind and Error.Retry are advice as data), and never makes a write twice. Callers are integration (fetch pages, test,
// preview), syncer (list, count, read) and outbound (what agents do).
//
// # What RA is known to do
//
// No line here was tried against the live service. The mark is the evidence for an endpoint: a number counts independent code bases
// that use it, R was seen in a real answer, D stands in one client that follows the official documentation. The simulator's name for
// an endpoint is the one that its faults go by; the test is one that goes over HTTP, and TestEverythingAnAgentCanDo goes through all of
// them against the simulator.
//
//	     endpoint                                                        evidence  method                  sandbox       test
//	     POST /auth/oauth/token                                          4         Token                   token         TestTokenRequest
//	     GET  /auth/availability                                         2         AuthAvailable           availability  TestAvailability
//	     GET  /ticket/availability                                       2         TicketsAvailable        availability  TestAvailability
//	E1   GET  /ticket/v1/tickets                                         5, R      List                    list          TestListSendsItsQuery
//	E2   GET  /ticket/v1/tickets?id[eq]=                                 4         Read                    list          TestReadOfOneUsesEquality
//	     GET  /ticket/v1/tickets?id[in]=                                 inferred  Read                    list          TestReadFallsBackWhereRATakesNoList
//	     GET  /ticket/v1/tickets?source_external_id[eq]=                 1         ReadBySource            list          TestReadBySource
//	E3   GET  /ticket/v1/tickets/count                                   2         Count                   count         TestCount
//	E4   GET  /ticket/v1/tickets/attachment/{detailId}                   2         AttachmentLink          attachment    TestAnAttachmentLinkIsAskedForByDetail
//	E5   POST /ticket/v1/tickets/message/public                          3         ReplyPublicly           reply         TestReplySendsAForm
//	E6   POST /ticket/v1/tickets/message/private                         3         SendPrivateMessage      private       TestAPrivateMessageIsAForm
//	E7   POST /ticket/v1/tickets/message/private/{id}/end                2         EndPrivateConversation  end-thread    TestTheEndOfAPrivateConversationHasNoBody
//	E8   POST /ticket/v1/tickets/evaluation                              2         RequestEvaluation       evaluation    TestAnEvaluationRequestIsJSONWithTheIDAsText
//	E9   POST /ticket/v1/tickets/moderation                              3         RequestModeration       moderation    TestAModerationRequestIsAForm
//	E10  GET  /ticket/v1/tickets/moderation/companies                    2         ModerationCompanies     targets       TestCompaniesAreSearchedFor
//	E11  GET  /companies/v1/companies/organization                       2, D      Companies               companies     TestCompanies
//	E12  GET  /companies/v1/companies/{id}/reputation                    2, D      Reputation              reputation    TestReputationPerPeriod
//	E13  GET  /companies/v1/companies/organization/whatsapp/consumption  2         WhatsAppConsumption     whatsapp      TestConsumptionIsKeptInRAsWordsAndOrder
//
// # What RA is not known to do
//
// Each of these is read or written in one place, so that a first answer of the real RA changes that place alone.
//
//	the encoding of public messages            multipart; WithPublicMessages for another
//	whether id[in] is taken                    Read tries, and remembers per address that it is not
//	the fields of an attachment's link         linkKeys, linkNameKeys
//	how a consumer's replica is coded          Interaction.Author, by whose id is set and then by type
//	the answers of E10 and E13                 companyRows, readConsumption
//	the shape of an accepted post              not read at all: the status decides
//	whether ticket availability needs a token  TicketsAvailable sends one
//	the wording of licence dates               licenceDate; they never stop a call
//	what a key means that nobody has seen      Complaint.Unknown, Complaint.Odd, Reputation.Unknown
//
// # One call
//
// A call needs a token, then passes the Gate, then is one HTTP request on a connection of its own, bounded by the timeout and the time
// that its files need. A 401 costs one new token and one repetition, each through the Gate. Whoever needs a token while another asks
// for one shares its answer. Files are streamed: a call holds none of them in memory.
//
// # Posts
//
// A post is made at most once, and Error.Sent says whether RA may have it. Outcome turns an error into what is known: Accepted, Rejected
// or Unknown. An Unknown one is settled by reading the complaint again, never by posting again.
//
// # Error codes
//
// Errors are classified by HTTP status first. Where that leaves it open, which is among refusals, by RA's code (Codes, the same table
// for programs): who answers it, when asking again makes sense (Error.Retry), and what became of the post (Outcome). Codes that are not
// here are tried again where the status is 409, and not elsewhere.
//
//	code   meaning                                                    answers                                   retry                 outcome
//	4000   bad request                                                any                                       never                 rejected
//	4010   token invalid or expired                                   any                                       after authentication  rejected
//	4030   no permission                                              any                                       never                 rejected
//	4040   not found, such as a source id sent as an id               any                                       never                 rejected
//	4050   method not allowed                                         any                                       never                 rejected
//	4090   complaint inactive                                         any post                                  never                 rejected
//	4091   not a Reclame Aqui complaint                               request evaluation                        never                 rejected
//	4092   moderation pending, which blocks the evaluation            request evaluation                        later                 rejected
//	4093   complaint not answered yet                                 request evaluation                        later                 rejected
//	4094   no public answer of the company                            request evaluation                        later                 rejected
//	4095   already evaluated                                          request evaluation                        never                 rejected
//	4096   not eligible for evaluation                                request evaluation                        never                 rejected
//	4097   failure writing the action's history                       any post                                  soon                  unknown
//	4098   too many attachments, 6 at most                            send private message, request moderation  never                 rejected
//	4099   daily limit of moderations reached                         request moderation                        not today             rejected
//	4220   invalid data                                               any                                       never                 rejected
//	4290   too many calls, wait a minute                              any                                       after the wait        rejected
//	5000   server error                                               any                                       soon                  unknown
//	5030   unavailable                                                any                                       soon                  unknown
//	40910  limit of moderations of this complaint reached             request moderation                        never                 rejected
//	40912  not as a duplicate while the last answer is the company's  request moderation                        after a change        rejected
//	40913  needs a public answer and the consumer's evaluation        request moderation                        after a change        rejected
//	40914  reason not allowed                                         request moderation                        never                 rejected
//	40915  not a Reclame Aqui complaint                               request moderation                        never                 rejected
//	40916  moderation already pending                                 request moderation                        after a change        rejected
//	40917  moderation already requested                               request moderation                        never                 rejected
//	40918  unexpected failure of the moderation                       request moderation                        soon                  unknown
//	40919  source has no private messages                             send private message                      never                 rejected
//	40920  complaint closed and the last answer is the company's      reply publicly                            after a change        rejected
//	40921  failure creating the interaction                           reply publicly, send private message      soon                  rejected
//	40922  attachment of a type that is not supported                 send private message, request moderation  never                 rejected
//	40925  private conversation ended already, or never begun         end private conversation                  never                 accepted
//	40930  same message sent a moment ago                             reply publicly, send private message      never                 accepted
package reclameaqui

// Package sandbox is a Reclame Aqui to work against: an HTTP server of its API with its own state, for the demo, for
// tests and for whoever builds an app on top. Users run it (`server demo`, `server sandbox`); tests take it in process.
//
// It owns its complaints and their files, its limit of calls, its clock, its callbacks, and a small life of its own. It
// refuses to know the client that calls it: the wire contract is written here a second time, on purpose, so that a
// mistake made on one side shows on the other. It imports nothing of the product. Package app calls it, and tests do.
//
// # What is faithful and what is invented
//
// Ids, shapes, empty values, statuses, error codes and the limit follow the public evidence of the contract. What that
// evidence leaves open is a field of [Switches], which can be changed while the sandbox runs. Times are UTC, whole
// seconds; last_modification_date never goes back. A complaint reaches the list some seconds to minutes after its
// creation_date, as in the real one. All people are made up: addresses at example.com, telephone numbers of a range
// that is not given out, CPFs valid in form only.
//
// Invented, because nobody has published it: callbacks as a whole; the names of interaction types 7 to 10 and 151 and of
// the details 9 to 13, 36 and 40; the words of moderation.status; the bodies of E10 and E13, and reputation codes; the
// limits of moderations (20 a day in Brazil, 3 a complaint) and which reasons need what (4: 40912, 17: 40913; 1 and 16
// after fifteen days, by RA's manual: 40914); that a frozen complaint answers 4090 to private messages and moderations;
// sources other than ReclameAQUI; what is answered outside the licence; that an ended private thread opens again with
// the next message; the codes of an attachment that is too big and of a link that expired; the shapes of
// duplicate_ticket, tags and sticky_notes.
//
// # Three sides
//
// The API is under /api/ (the base that a client is told is http://host:port/api), every endpoint E1 to E13 of the
// contract. The admin side is under /__sandbox/ and the page at /. The admin side has no logins: serve the handler on
// loopback only. Browsers of another origin are refused there, and bodies over 256 KiB (64 MiB where files are).
//
//	POST   /__sandbox/complaints                       {title?, text?, companyId?, source?, customer?: {name?, email?, cpf?, phone?}, files?, lateSeconds?} → 201, the complaint
//	GET    /__sandbox/complaints?limit=50&q=&status=   a page of the API's shape, newest first; q looks into titles, texts, names and ids
//	GET    /__sandbox/complaints/{id}                  the complaint as the API's list has it, and beside it sandbox: {posts, files, thread, moderations, edits, hidden, malformed}
//	GET    /__sandbox/complaints/{id}/posts            {data: [post]}: every write of the company that was accepted, shown or not
//	GET    /__sandbox/posts?kind=&by=                  {total, data: [{complaintId, …post}]} of all complaints
//	GET    /__sandbox/attachments/{detailId}           the content of an attachment
//
// As the consumer, or a third party. A file is {name, content?} with its content in base64; without one it is made up:
//
//	POST   …/{id}/replica          {text?, files?}; 409 before the company's first answer and after the end
//	POST   …/{id}/private-message  {text?, files?}
//	POST   …/{id}/evaluation       {rating?, resolved?, backDoingBusiness?, consideration?}
//	POST   …/{id}/consideration    {text}, the final words changed after the evaluation
//	POST   …/{id}/comment          {text?}, by a third party
//	POST   …/{id}/duplicate        the same complaint once more → the new one
//	POST   …/{id}/deactivate
//
// As the company's staff on Reclame Aqui's own site:
//
//	POST   …/{id}/company-reply    {text}
//	POST   …/{id}/company-message  {text, files?}
//	POST   …/{id}/end-thread
//	POST   …/{id}/ask-evaluation
//	POST   …/{id}/ask-moderation   {reason, text?, companyId?}
//	POST   …/{id}/desk             {tag?, note?, category?, assign?, filed?}
//
// As Reclame Aqui:
//
//	POST   …/{id}/moderate         {accept, why?, effect?, text?, title?}; effect redistribute, deactivate, text or none, else that of the reason
//	POST   …/{id}/auto-moderate    {text?}, interaction 151
//	POST   …/{id}/edit             {interactionId?, text?}; an altered text, else a word masked
//	POST   …/{id}/redistribute     {companyId?, reason?}; a company of the licence gets it as a complaint of its own
//	POST   …/{id}/freeze
//	POST   …/{id}/inactivate       {text?}
//	PUT    …/{id}/hidden           {on}: in no list of the API
//	PUT    …/{id}/malformed        {on}: written in a broken shape
//	PUT    …/{id}/slip             {hidden?, malformed?: 1 to 12, 0 heals}: the same without a new last_modification_date and without a callback
//
// All of them answer with the complaint. The sandbox as a whole:
//
//	POST   /__sandbox/happen       one random life event now → {event, complaint}
//	PUT    /__sandbox/life         {on}
//	PUT    /__sandbox/callback     {url, body?}; url "" = none; body rotate, id, ticket_id, data, ticket or empty
//	PUT    /__sandbox/rate         {rate}, calls a minute, up to a million
//	PUT    /__sandbox/clock        {advance: seconds} or {set: instant} → {now}; it goes on running from there
//	PUT    /__sandbox/licence      {start?, end?}; left out: the year before and the year after now
//	DELETE /__sandbox/tokens       ends all access tokens now
//	PUT    /__sandbox/malformed    {percent} of all complaints in a broken shape, the same ones each time; 0 heals
//	GET    /__sandbox/switches     all switches; PUT changes those that it names, DELETE all back
//	POST   /__sandbox/faults       {endpoint, kind, status?, code?, delayMs?, showAfterSeconds?, alter?, text?, times?}; DELETE disarms all
//	PUT    /__sandbox/chaos        {seed, endpoints: {name: {dropBefore?, dropAfter?, delay?, error500?, limit429?, showLate?, alterText?, delayMs?, showAfterSeconds?}}}; DELETE ends it
//	GET    /__sandbox/state        counts, settings, callbacks delivered and failed, calls in the window, the words that all of this takes
//	GET    /__sandbox/calls?limit=10000  the last API calls, oldest first
//
// An id is always the numeric HugMe id. Bad input is 400 {field, message}; what Reclame Aqui would not allow in the
// complaint's state is 409 {code, message}; an unknown id is 404.
//
// # Posts
//
// A post is {kind, by, text, shown, at, showAt, interactionId, email?, files?}: kind public, private, moderation,
// evaluation-request or thread-end; by api or site; text as it was sent, to the byte, shown as the thread has it;
// interactionId "" while it is not shown. A client has done right where each text occurs once.
//
// # Faults and chaos
//
// A fault's endpoint is token, availability, list, count, attachment, reply, private, end-thread, evaluation, moderation,
// targets, companies, reputation, whatsapp, file (where the links of attachments point) or any; its kind is one of
//
//	drop-after-accept   the change happens and is kept, then the connection is cut without an answer
//	drop-before-accept  the connection is cut and nothing happens
//	delay               the call is served delayMs later (delayMs goes with every other kind too)
//	status              the status is answered and nothing happens
//	code                the code is answered, with the status that its first three digits are, and nothing happens
//	broken-json         the change happens, and the answer ends in the middle
//	wrong-total         the total of a list or a count is 7 too high
//	show-late           the message is accepted and shown showAfterSeconds later by the sandbox's clock, then with a new last_modification_date
//	alter-text          the message is accepted and shown as text, or with a word masked
//	disappear           the message is accepted and its complaint is in no list any more
//
// showAfterSeconds and alter go with every other kind too, so that a message can be shown late whose answer was lost.
// A fault is used up by a call that gets past authentication and limit; a call that would have been refused anyway
// leaves the faults that spoil an answer for the next one.
//
// Chaos has calls meet such faults at random: the n-th call of an endpoint meets the same fate for the same seed. It
// also loses the answers of calls that are refused.
//
// # The codes of section 5
//
// By state: 4000 (a bad query or body), 4010, 4040, 4050, 4090 to 4096, 4098, 4099, 4220, 4290, 40910, 40912 to 40917,
// 40919, 40920, 40922, 40925, 40930; 4030 outside the licence. By the fault code: 4097, 40918, 40921, 5000, 5030, and any
// other.
//
// # State file
//
// With Config.StateFile every change is appended to a journal before it is answered, so that a killed process comes back
// with the same complaints, replies and settings, also with messages still to be shown and the clock where it was driven
// to; the last line of an id wins, a cut last line is left out, and each start compacts the file. The contents of
// attachments are in a folder beside it. Tokens, links, the window of the limit, faults, chaos, the log of calls and
// callbacks under way are not kept.
package sandbox

// Package sandbox is a Reclame Aqui to work against: an HTTP server of its API with its own state, for the demo, for
// tests and for whoever builds an app on top. Users run it (`server demo`, `server sandbox`); tests take it in process.
//
// It owns its complaints, its limit of calls, its callbacks, and a small life of its own. It refuses to know the client
// that calls it: the wire contract is written here a second time, on purpose, so that a mistake made on one side shows
// on the other. It imports nothing of the product. Package app calls it, and tests do.
//
// # What is faithful and what is invented
//
// Ids, shapes, empty values, statuses, error codes and the limit follow the public evidence of the contract. What that
// evidence leaves open is a field of [Switches]. Callbacks are invented whole: nobody has seen a native one.
// Times are UTC, whole seconds; last_modification_date never goes back. A complaint reaches the list some seconds to
// minutes after its creation_date, as in the real one. All people are made up: addresses at example.com, telephone
// numbers of a range that is not given out, CPFs valid in form only.
//
// # Three sides
//
// The API is under /api/ (the base that a client is told is http://host:port/api). The admin side is under /__sandbox/
// and the page at /. The admin side has no logins: serve the handler on loopback only. Browsers of another origin are
// refused there, and bodies over 256 KiB.
//
//	POST   /__sandbox/complaints                       {title?, text?, companyId?, customer?: {name?, email?, cpf?, phone?}} → 201, the complaint
//	GET    /__sandbox/complaints?limit=50              a page of the API's shape, newest first
//	GET    /__sandbox/complaints/{id}                  the complaint as the API's list has it
//	POST   /__sandbox/complaints/{id}/replica          {text?}; 409 before the company's first answer and after the end
//	POST   /__sandbox/complaints/{id}/evaluation       {rating?, resolved?, backDoingBusiness?, consideration?}
//	POST   /__sandbox/complaints/{id}/private-message  {text?}, from the consumer
//	POST   /__sandbox/complaints/{id}/deactivate       by the consumer
//	POST   /__sandbox/complaints/{id}/company-reply    {text}, as if written on Reclame Aqui's own site
//	POST   /__sandbox/happen                           one random life event now → {event, complaint}
//	PUT    /__sandbox/life                             {on}
//	PUT    /__sandbox/callback                         {url, body?}; url "" = none; body rotate, id, ticket_id, data, ticket or empty
//	PUT    /__sandbox/rate                             {rate}, calls a minute
//	POST   /__sandbox/faults                           {endpoint, kind, status?, delayMs?, times?}
//	DELETE /__sandbox/faults                           disarms all
//	GET    /__sandbox/state                            counts, settings, callbacks delivered and failed, calls in the window
//	GET    /__sandbox/calls?limit=10000                the last API calls, oldest first
//
// An id is always the numeric HugMe id. Bad input is 400 {field, message}; what Reclame Aqui would not allow in the
// complaint's state is 409 {code, message}; an unknown id is 404.
//
// A fault's endpoint is token, availability, list, count, reply, companies or any; its kind is one of
//
//	drop-after-accept   the change happens and is kept, then the connection is cut without an answer
//	drop-before-accept  the connection is cut and nothing happens
//	delay               the call is served delayMs later (delayMs goes with every other kind too)
//	status              the status is answered and nothing happens
//	broken-json         the change happens, and the answer ends in the middle
//	wrong-total         the total of a list or a count is 7 too high
//
// A fault is used up by a call that gets past authentication and limit; a call that would have been refused anyway
// leaves the faults that spoil an answer for the next one.
//
// # State file
//
// With Config.StateFile every change is appended to a journal before it is answered, so that a killed process comes back
// with the same complaints, replies and settings; the last line of an id wins, a cut last line is left out, and each
// start compacts the file. Tokens, the window of the limit, faults, the log of calls and callbacks under way are not kept.
package sandbox

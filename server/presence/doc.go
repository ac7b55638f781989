// Package presence owns who is answering which ticket: a claim that colleagues see (rule T9). It is a lease of 30
// seconds and never a lock: whoever claims a ticket has it, and the colleague who had it is told by the event. Nothing
// else in the house asks for a claim before it does something.
//
// A claim lives as long as its session listens to a process (a WebSocket, an event stream): that process renews it.
//
//	claimReply ──► living ──► the session listens: renewed every 5 s, no event
//	                 │  ▲            │ it does not any more: 5 s are left, time for a client to come back,
//	                 │  └────────────┘ perhaps to another process
//	                 └──► released by its user, by his answer, or run out: deleted, with an event
//
// A process that dies renews nothing, so its claims run out. A claim that has run out is shown to nobody, deleted yet
// or not. Claims and their ends are events that leave the ticket's version and place in lists alone.
//
// It refuses to know what a session is: package identity says who listens. Package graph calls Claim and Release,
// package outbound calls Answered, app runs Run.
package presence

// Package desk owns what agents do with a ticket here in the house: they take it and give it to
// others, transfer it to another sector, finish and reopen it, mark it read, and write notes for
// each other. What may be done with a ticket as it is (Blocked) and which solutions may end it
// (AllowedSolutions) are decided by functions that the verbs use themselves.
//
// Every verb is one transaction under the ticket's lock: who asks must see the ticket (else
// NotFound at "ticketId"), must have seen its present version where he names one (else Conflict at
// "version"), and what changes is recorded with its event. Where nothing changes there is none.
// A repeat of a client's key answers as the first time, also when the ticket has gone where its
// author does not see it any more.
//
// It refuses to call Reclame Aqui, which is package outbound's, and to act for the product
// itself: what is done here has an author. Package graph calls the verbs.
package desk

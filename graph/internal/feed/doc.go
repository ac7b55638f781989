// Package feed owns the delivery of ticket changes to all who subscribe to them: it follows the
// log once, decides for each kind of subscription whether an event is for it, makes each answer
// once for all who ask the same and see the same, and keeps for each subscriber what he has not
// taken yet, within bounds.
//
//	event.Log ──► Hub ──► group (question, filter, scope) ──► Subscriber ──► his socket asks Next
//	    └───────────────── replay of what a cursor missed ──────────┘
//
// A subscriber begins in replay, with a follower of his own, and joins the hub where both stand at
// the same position: no hole and no repeat. Who is slow is told of each ticket once, at its last
// event, and at last to load again; nobody waits for him. Who sees what is asked of the roll of
// listeners after an event was read, so that rights taken away before it hold for it.
//
// It refuses to know GraphQL documents and sockets: package graph gives it questions, package
// transport asks the subscribers.
package feed

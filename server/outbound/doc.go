// Package outbound owns what agents send to Reclame Aqui: one attempt a message, sent during
// the mutation, with a state that says what is known of its fate.
//
//	          ┌── Reclame Aqui said yes ──────────────────► SENT
//	PENDING ──┼── it said no, or nothing was sent ────────► FAILED
//	          └── its answer was lost ──► UNKNOWN ──read──► SENT or FAILED
//
// An attempt is committed before the call and its outcome after it, so that no transaction is
// open meanwhile; one that a crash left PENDING becomes UNKNOWN at the next start. UNKNOWN is
// settled by reading the complaint (ticket.Merge), never by posting again: no consumer gets a
// message twice. The contract's mutations call it; it refuses to decide who sees which ticket.
package outbound

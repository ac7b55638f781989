// Package syncer owns which call to Reclame Aqui comes next and what becomes of its answer: it
// reads complaints that were hinted at, what changed since the watermark, and the retroactive
// months, newest first; each answer goes into the tickets in one transaction with the progress
// that it means, so that a crash repeats at most one call.
//
//	Run ─► plan (pure) ─► quota ─► Reclame Aqui ─► ticket.Merge + progress
//	 ▲                                                   │
//	 └────────── wake: hint, configuration, time ◄───────┘
//
// At most one call a credential is under way. It refuses to write tickets itself and to decide
// how many calls there are: that is ticket's and quota's. Package app runs it.
package syncer

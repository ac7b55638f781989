// Package syncer owns which call to Reclame Aqui comes next and what becomes of its answer: it
// reads complaints that were hinted at, what changed since the watermark, and the retroactive
// months, newest first; each answer goes into the tickets in one transaction with the progress
// and the report that it means, so that a crash repeats at most one call.
//
//	Run ─► lease ─► look ─► plan (pure) ─► order ─► quota ─► worker ─► Reclame Aqui ─► ticket.Merge + progress + run
//	 ▲                                                                                        │
//	 └──────────── wake: worker's end, hint, configuration, a second's glance ◄───────────────┘
//
// # One integration
//
//	            count                backfill: pages of 50, newest first
//	activated ───────► counted ─► ────────────────────────────────────── ─► done
//	                      │         paused ⇄ · cancelled (resumed, or months raised: from where it stood)
//	                      └─► rounds: every interval, when somebody asks, when a callback names nothing
//	                          hints: at once, then 1.5 s apart, 10 s where calls are short
//
// A round reads windows of time, each in one answer: what does not fit is divided, and a second that holds more than a
// page is walked (window.go). Where many integrations of one credential are due, one count may settle them all.
//
// # Failures
//
//	closed ──failure of the credential──► open (5 s … 5 min; 10 min for credentials and licence)
//	  ▲                                     │ one probe
//	  └──────── any success ◄───────────────┘
//
// The breaker is in the credential's row (package quota), so that all processes share it; agents pass it. What fails for
// one integration alone waits in its own state. A change of the configuration clears both.
//
// # Several processes
//
// One plans, by a lease (PostgreSQL). That is thrift; what keeps the mirror right is the step of the state: a page is
// written only by who read the state that it goes on from.
//
// At most one call a credential is under way, and a few over all of them. It refuses to write tickets itself and to decide
// how many calls there are: that is ticket's and quota's. Package app runs it.
package syncer

// Package upload owns files on their way to Reclame Aqui: which ones are allowed, where their bytes
// are, and who may read them (Arquivo).
//
//	POST /uploads ─► Put ─► not sent yet ──Claim──► sent with an attempt ──90 days──► the bytes are gone
//	                             └──24 hours──► gone               └── it FAILED ──Claim──► sent with another
//
// The bytes are in a Store, the rest is a row of Upload. Bytes are committed before their row and go
// after it, so a row always has its bytes, and what a crash leaves is nobody's and is swept.
//
// It refuses to believe a name: a file is what its content is, and goes out under a name that says so.
// It refuses to know what a file is sent with; package outbound claims files in the transaction of its
// attempt and opens them to send. App mounts the Handler at /uploads and runs the sweeper.
package upload

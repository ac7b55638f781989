package upload

import (
	"context"
	"io"
	"mime"
	"net/http"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/origin"
)

// Path is where the route begins.
const Path = "/uploads"

// Bounds of one request, so that a slow client holds nothing for ever.
const (
	// transfer is how long a file may take: 7 MB at half a megabit a second.
	transfer = 2 * time.Minute
	// drained is how much of a refused body is read and thrown away, in bytes: a client that is still
	// sending would take a closed connection for a failure and never read why.
	drained = 16 << 20
)

// Handler is the route: POST takes a file in, GET with an id gives it back. Who asks stands in the
// Authorization header alone; there is no cookie that another site's form could use.
type Handler struct {
	files    *Service
	users    *identity.Service
	origins  origin.Policy
	transfer time.Duration
}

// NewHandler makes the route's handler, for Path and for Path + "/{id}".
func NewHandler(files *Service, users *identity.Service, origins origin.Policy) *Handler {
	return &Handler{files, users, origins, transfer}
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.origins.Allows(r) {
		h.refuse(w, r, fault.New(fault.Forbidden))
		return
	}
	h.origins.Write(w.Header(), r)
	one := r.PathValue("id") != ""
	switch {
	case origin.IsPreflight(r):
		w.WriteHeader(http.StatusNoContent)
	case !one && r.Method == http.MethodPost:
		h.receive(w, r)
	case one && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		h.send(w, r)
	default:
		h.refuseMethod(w, r, one)
	}
}

// viewer gives the context in which the bearer of the request's token asks.
func (h *Handler) viewer(r *http.Request) (context.Context, error) {
	ctx, err := h.users.Authenticate(r.Context(), r.Header.Get("Authorization"))
	if err != nil {
		return ctx, err
	}
	_, err = identity.Require(ctx)
	return ctx, err
}

// receive answers 201 with the file as it was kept, once it is durable.
func (h *Handler) receive(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	// Not every writer can: then the server's own time-outs have to do.
	_ = control.SetReadDeadline(time.Now().Add(h.transfer))
	row, err := h.take(r)
	if err != nil {
		// Answered at once, then heard to the end. The connection ends with it: what could not be heard
		// would be taken for the next request.
		_ = control.EnableFullDuplex()
		w.Header().Set("Connection", "close")
		h.refuse(w, r, err)
		_ = control.Flush()
		_, _ = io.CopyN(io.Discard, r.Body, drained)
		return
	}
	w.Header().Set("Location", Path+"/"+row.ID)
	write(w, http.StatusCreated, taken{row.ID, row.Name, row.ContentType, row.Size, row.Sha256})
}

// taken is the answer to a file.
type taken struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	ContentType string `json:"contentType"`
	Size        int64  `json:"size"`
	SHA256      string `json:"sha256"`
}

func (h *Handler) take(r *http.Request) (*db.Upload, error) {
	ctx, err := h.viewer(r)
	if err != nil {
		return nil, err
	}
	name, content, err := onlyFile(r)
	if err != nil {
		return nil, err
	}
	return h.files.Put(ctx, name, content)
}

// send gives a file to who may see it. It is never shown in the page's place, whatever it is.
func (h *Handler) send(w http.ResponseWriter, r *http.Request) {
	ctx, err := h.viewer(r)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	row, content, err := h.files.Open(ctx, r.PathValue("id"))
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	defer content.Close()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(h.transfer))
	header := w.Header()
	header.Set("Content-Type", row.ContentType)
	header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": row.Name}))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("Cache-Control", "private, no-cache") // kept by this browser alone, and asked for again each time
	header.Set("ETag", `"`+row.Sha256+`"`)
	http.ServeContent(w, r, "", row.CreatedAt, content)
}

package upload_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/origin"
	"citrus.cx/channel/server/upload"
)

// site is a world with its route, served over HTTP to Carla, an agent of the ticket's sector.
type site struct {
	*world
	handler *upload.Handler
	users   *identity.Service
	url     string
	carla   string
	token   string
	web     *http.Client
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{world: office(t)}
	var err error
	s.users, err = identity.New(s.database, identity.Options{SigningKey: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	s.carla, s.token = s.join("carla@example.com", s.sector)
	s.serve(s.files)
	return s
}

// serve makes the route of a service.
func (s *site) serve(files *upload.Service) {
	s.handler = upload.NewHandler(files, s.users, origin.New([]string{"https://app.example.com"}))
	mux := http.NewServeMux()
	mux.Handle(upload.Path, s.handler)
	mux.Handle(upload.Path+"/{id}", s.handler)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "request-1") // as package app does
		mux.ServeHTTP(w, r)
	}))
	s.t.Cleanup(server.Close)
	s.url, s.web = server.URL, server.Client()
}

// join makes an agent of a sector and signs him in.
func (s *site) join(email, sector string) (id, token string) {
	s.t.Helper()
	const password = "a long pass phrase"
	id, err := s.users.CreateUser(s.ctx, identity.NewUser{
		Email: email, Name: email, Role: user.RoleAGENT, Password: password, SectorIDs: []string{sector},
	}, "key "+email)
	if err != nil {
		s.t.Fatal(err)
	}
	tokens, err := s.users.SignIn(s.t.Context(), email, password)
	if err != nil {
		s.t.Fatal(err)
	}
	return id, tokens.AccessToken
}

// answer is what the route says.
type answer struct {
	status                        int
	header                        http.Header
	body                          []byte
	ID, Name, ContentType, SHA256 string
	Size                          int64
	Errors                        []struct {
		Code, Message, RequestID string
		Field                    []string
		Retryable                bool
		RetryAfterMs             int64
	}
}

// ask sends a request as Carla; a header that is given replaces hers.
func (s *site) ask(method, path string, body io.Reader, header http.Header) (a answer) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Accept-Language", "en")
	for name, values := range header {
		r.Header[name] = values
	}
	response, err := s.web.Do(r)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	a.status, a.header = response.StatusCode, response.Header
	if a.body, err = io.ReadAll(response.Body); err != nil {
		s.t.Fatal(err)
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(a.body, &a); err != nil {
			s.t.Fatalf("%v: %s", err, a.body)
		}
	}
	return a
}

// part is of a form: a file where it has a file's name.
type part struct{ field, file, content string }

// form writes a form as it is sent, so that nobody holds it whole.
func form(parts ...part) (body io.Reader, contentType string) {
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() {
		for _, p := range parts {
			begin := form.CreateFormField
			if p.file != "" {
				begin = func(field string) (io.Writer, error) { return form.CreateFormFile(field, p.file) }
			}
			to, err := begin(p.field)
			if err == nil {
				_, err = io.Copy(to, struct{ io.Reader }{strings.NewReader(p.content)}) // in steps
			}
			if err != nil {
				w.CloseWithError(err) // the server has heard enough
				return
			}
		}
		w.CloseWithError(form.Close())
	}()
	return r, form.FormDataContentType()
}

// post sends a form.
func (s *site) post(parts ...part) answer {
	s.t.Helper()
	body, contentType := form(parts...)
	return s.ask("POST", upload.Path, body, http.Header{"Content-Type": {contentType}})
}

// whole sends a form whose length is said beforehand.
func (s *site) whole(parts ...part) answer {
	s.t.Helper()
	body, contentType := form(parts...)
	content, err := io.ReadAll(body)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.ask("POST", upload.Path, bytes.NewReader(content), http.Header{"Content-Type": {contentType}})
}

// says checks that an answer is an error of a status, a code and a field.
func (a answer) says(t *testing.T, what string, status int, code string, field ...string) {
	t.Helper()
	if a.status != status || len(a.Errors) != 1 || a.Errors[0].Code != code || !slices.Equal(a.Errors[0].Field, field) || a.Errors[0].Message == "" {
		t.Errorf("%s: %d %s, want %d %s at %v", what, a.status, a.body, status, code, field)
	}
}

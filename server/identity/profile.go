package identity

import (
	"net/mail"
	"strings"
	"unicode/utf8"

	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/fold"
)

// Limits of a user's fields, in characters but for the e-mail's, which RFC 5321 counts in bytes.
const (
	maxEmail    = 254
	maxName     = 120
	minPassword = 10
	maxPassword = 200
)

// NewUser is what CreateUser asks for.
type NewUser struct {
	Email     string
	Name      string
	Role      user.Role
	SectorIDs []string
	Password  string
}

// UserChange is what UpdateUser changes; what is nil stays.
type UserChange struct {
	Email     *string
	Name      *string
	Role      *user.Role
	SectorIDs *[]string
	Password  *string
}

// change gives a new user as a change of everything.
func (n NewUser) change() UserChange {
	return UserChange{Email: &n.Email, Name: &n.Name, Role: &n.Role, SectorIDs: &n.SectorIDs, Password: &n.Password}
}

// clean gives the change with its texts trimmed, and all that can be said against it without the database.
func (c UserChange) clean() (UserChange, fault.List) {
	var problems fault.List
	if c.Email != nil {
		email := strings.TrimSpace(*c.Email)
		c.Email = &email
		switch {
		case email == "":
			problems.Add(fault.Required, "email")
		case len(email) > maxEmail:
			problems.Add(fault.TooLong, "email").With("max", maxEmail)
		case !isEmail(email):
			problems.Add(fault.Invalid, "email").With("reason",
				fault.Text{PT: "não é um endereço de e-mail", EN: "not an e-mail address"})
		}
	}
	if c.Name != nil {
		name, clean := fold.Line(*c.Name)
		c.Name = &name
		switch {
		case fold.Text(name) == "":
			problems.Add(fault.Required, "name")
		case utf8.RuneCountInString(name) > maxName:
			problems.Add(fault.TooLong, "name").With("max", maxName)
		case !clean:
			problems.Add(fault.Invalid, "name").With("reason",
				fault.Text{PT: "contém caracteres de controle", EN: "it has control characters"})
		}
	}
	if c.Role != nil && user.RoleValidator(*c.Role) != nil {
		problems.Add(fault.Invalid, "role").With("reason", fault.Text{PT: "perfil desconhecido", EN: "unknown role"})
	}
	if c.Password != nil {
		switch n := utf8.RuneCountInString(*c.Password); {
		case n == 0:
			problems.Add(fault.Required, "password")
		case n < minPassword || n > maxPassword:
			problems.Add(fault.Invalid, "password").With("reason",
				fault.Text{PT: "use de 10 a 200 caracteres", EN: "use 10 to 200 characters"})
		}
	}
	return c, problems
}

// isEmail: a bare address of RFC 5322 without quotes, at a host name with a dot.
func isEmail(s string) bool {
	address, err := mail.ParseAddress(s)
	if err != nil || address.Name != "" || address.Address != s || strings.ContainsAny(s, `"[] `) {
		return false
	}
	host := s[strings.LastIndexByte(s, '@')+1:]
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if label == "" || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
	}
	return len(labels) > 1
}

// foldEmail is the form in which addresses are unique. It keeps accents: they make another mailbox.
func foldEmail(email string) string { return strings.ToLower(email) }

package identity

// ValidEmail says whether a text is one e-mail address, as the rules for users have it.
func ValidEmail(s string) bool { return len(s) <= maxEmail && isEmail(s) }

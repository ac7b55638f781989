package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Who makes the access tokens and whom they are for.
const (
	issuer   = "citrus-channel"
	audience = "citrus-channel-api"
)

var errToken = errors.New("token refused")

// claims of an access token: the subject is the user's id.
type claims struct {
	jwt.RegisteredClaims
	SessionID string `json:"sid"`
}

// access makes and reads access tokens: short-lived, signed with HMAC-SHA-256, good for this API alone.
type access struct {
	key      []byte
	lifetime time.Duration
	now      func() time.Time
}

// issue signs a token for a session. It ends on a whole second, which is all that a JWT can say.
func (a access) issue(userID, sessionID string) (token string, expires time.Time, err error) {
	now := a.now().UTC().Truncate(time.Second)
	expires = now.Add(a.lifetime).Truncate(time.Second)
	token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    issuer,
			Audience:  jwt.ClaimStrings{audience},
			Subject:   userID,
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(expires),
		},
		SessionID: sessionID,
	}).SignedString(a.key)
	return token, expires, err
}

// errLapsed: all is well with a token but that it has ended.
var errLapsed = errors.New("token has ended")

// read checks a token and gives what it says; of one that has ended the session, too, with errLapsed.
func (a access) read(token string) (userID, sessionID string, expires time.Time, err error) {
	userID, sessionID, expires, err = a.parse(token)
	if !errors.Is(err, jwt.ErrTokenExpired) {
		return userID, sessionID, expires, err
	}
	// Only the end may be wrong with it: as of then it must be good.
	if userID, sessionID, expires, err = a.parse(token, jwt.WithLeeway(math.MaxInt64)); err != nil {
		return "", "", time.Time{}, err
	}
	return userID, sessionID, expires, errLapsed
}

func (a access) parse(token string, more ...jwt.ParserOption) (userID, sessionID string, expires time.Time, err error) {
	var c claims
	_, err = jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return a.key, nil }, append(more,
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(issuer),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(a.now),
	)...)
	if err != nil {
		return "", "", time.Time{}, err
	}
	if c.Subject == "" || c.SessionID == "" {
		return "", "", time.Time{}, errToken
	}
	return c.Subject, c.SessionID, c.ExpiresAt.UTC(), nil
}

// newRefresh makes a refresh token of a session, and the hash of it that is kept. The token
// names its session, so that one of the session's past is known for what it is, however
// many rotations ago it was good.
func newRefresh(sessionID string) (token, hash string) {
	secret := make([]byte, 32)
	rand.Read(secret) // never fails: crypto/rand aborts the process instead
	token = sessionID + "." + base64.RawURLEncoding.EncodeToString(secret)
	return token, hashRefresh(token)
}

// sessionOf is the session that a refresh token names, "" when it is no such token.
func sessionOf(token string) string {
	id, secret, ok := strings.Cut(token, ".")
	if _, err := base64.RawURLEncoding.DecodeString(secret); !ok || err != nil {
		return ""
	}
	for _, r := range id {
		if r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') {
			return ""
		}
	}
	return id
}

// hashRefresh is what is kept of a refresh token: 256 random bits need no slow hash.
func hashRefresh(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

package ticket

import (
	"crypto/sha256"
	"encoding/base64"
)

// Text is a piece of free text. Records and states keep only its digest; the
// body travels beside them and is stored apart, so that a person's words can
// be erased without breaking the chain, and cannot be changed without showing.
type Text struct {
	Sum  string `json:"sum"` // unpadded URL base64 of Digest, empty for no text
	Body string `json:"-"`
}

// IsZero reports whether there is no text.
func (t Text) IsZero() bool { return t.Sum == "" }

// Digest is SHA-256 over the ticket's salt and the body. The salt is random
// per ticket and destroyed with the text, so that short texts cannot be
// guessed back from their digests.
func Digest(salt []byte, body string) string {
	h := sha256.New()
	h.Write(salt)
	h.Write([]byte(body))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

func newText(salt []byte, body string) Text {
	if body == "" {
		return Text{}
	}
	return Text{Sum: Digest(salt, body), Body: body}
}

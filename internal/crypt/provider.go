package crypt

import (
	"crypto/aes"
	"crypto/cipher"
)

// KeySize is the length in bytes of master keys, sub-keys and data keys.
const KeySize = 32

// Provider makes the authenticated cipher that everything is sealed with. It is
// the seam for other ciphers (SM4-GCM): a provider for a cipher with shorter
// keys takes the first bytes of the 32 it is given, which are uniform.
type Provider interface {
	// ID names the provider in the header of what it sealed. It must never
	// change its meaning; 1 is AES-256-GCM.
	ID() byte
	// AEAD returns the cipher for a key of KeySize bytes. Its nonce must be at
	// least 12 bytes, since nonces are drawn at random.
	AEAD(key []byte) (cipher.AEAD, error)
}

// AES is the default provider: AES-256-GCM (NIST SP 800-38D).
type AES struct{}

// ID is 1.
func (AES) ID() byte { return 1 }

// AEAD returns AES-256-GCM under the key.
func (AES) AEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

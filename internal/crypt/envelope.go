package crypt

import (
	"crypto/cipher"
	"encoding/binary"
	"log/slog"

	"huiyin/internal/errs"
)

const (
	formatSealed  = 0x51
	formatWrapped = 0x71

	sealedHead  = 2
	wrappedHead = 6
)

// errDamaged is the one answer to anything that does not open: wrong key, wrong
// context, changed or cut bytes. Which of them it was is of use only to an attacker.
func errDamaged() error {
	return errs.New(errs.Internal, "cipher_damaged", "加密数据无法解开，可能已损坏或密钥不符")
}

// DataKey seals the values of one record. Destroying its wrapped form makes
// those values unreadable for good, wherever copies of them lie.
type DataKey struct {
	aead     cipher.AEAD
	provider byte
}

// NewKey makes a random data key and its form for storing, wrapped under the
// newest master key. Wrapping nonces are random, so one master version should
// wrap at most 2^32 keys (NIST SP 800-38D, 8.3).
func (k *Keyring) NewKey() (DataKey, []byte, error) {
	p := k.providers[0]
	// One draw for the key and the nonce: the system call costs more than the bytes.
	wrapper := k.wrappers[wrapperID{k.newest(), p.ID()}]
	random := randomBytes(KeySize + wrapper.NonceSize())
	aead, err := p.AEAD(random[:KeySize])
	if err != nil {
		return DataKey{}, nil, errs.Wrap(err, errs.Internal, "cipher_failed", "加密失败")
	}
	size := wrappedHead + wrapper.NonceSize() + KeySize + wrapper.Overhead()
	out := make([]byte, wrappedHead, size)
	out[0], out[1] = formatWrapped, p.ID()
	binary.BigEndian.PutUint32(out[2:], k.newest())
	out = append(out, random[KeySize:]...)
	out = wrapper.Seal(out, random[KeySize:], random[:KeySize], out[:wrappedHead])
	clear(random)
	return DataKey{aead: aead, provider: p.ID()}, out, nil
}

// Unwrap gives back the data key of a wrapped form, under whichever master
// version and provider it was made.
func (k *Keyring) Unwrap(wrapped []byte) (DataKey, error) {
	if len(wrapped) < wrappedHead || wrapped[0] != formatWrapped {
		return DataKey{}, errDamaged()
	}
	p, ok := k.provider(wrapped[1])
	if !ok {
		return DataKey{}, errDamaged()
	}
	wrapper, ok := k.wrappers[wrapperID{binary.BigEndian.Uint32(wrapped[2:]), p.ID()}]
	if !ok {
		return DataKey{}, errDamaged()
	}
	key, err := open(wrapper, wrapped, wrappedHead, nil)
	if err != nil || len(key) != KeySize {
		return DataKey{}, errDamaged()
	}
	aead, err := p.AEAD(key)
	clear(key)
	if err != nil {
		return DataKey{}, errDamaged()
	}
	return DataKey{aead: aead, provider: p.ID()}, nil
}

// Seal encrypts a value for the given context. Only the same context opens it,
// so that a value cannot be moved to another record or column unnoticed.
func (d DataKey) Seal(plaintext, context []byte) []byte {
	nonce := d.aead.NonceSize()
	out := make([]byte, sealedHead+nonce, sealedHead+nonce+len(plaintext)+d.aead.Overhead())
	out[0], out[1] = formatSealed, d.provider
	copy(out[sealedHead:], randomBytes(nonce))
	return d.aead.Seal(out, out[sealedHead:], plaintext, withHead(out[:sealedHead], context))
}

// Open decrypts what Seal made under the same key and context; anything else
// is cipher_damaged.
func (d DataKey) Open(sealed, context []byte) ([]byte, error) {
	if d.aead == nil || len(sealed) < sealedHead || sealed[0] != formatSealed || sealed[1] != d.provider {
		return nil, errDamaged()
	}
	return open(d.aead, sealed, sealedHead, context)
}

// String hides the key from every printing verb that asks for a string.
func (d DataKey) String() string { return "crypt.DataKey(hidden)" }

// GoString hides the key from %#v.
func (d DataKey) GoString() string { return d.String() }

// LogValue hides the key from structured logs.
func (d DataKey) LogValue() slog.Value { return slog.StringValue(d.String()) }

// open splits head, nonce and ciphertext and authenticates all of them.
func open(aead cipher.AEAD, in []byte, head int, context []byte) ([]byte, error) {
	body := head + aead.NonceSize()
	if len(in) < body+aead.Overhead() {
		return nil, errDamaged()
	}
	out, err := aead.Open(nil, in[head:body], in[body:], withHead(in[:head], context))
	if err != nil {
		return nil, errDamaged()
	}
	return out, nil
}

// withHead is the additional data: the head is of fixed length, so head and
// context cannot be confused.
func withHead(head, context []byte) []byte {
	out := make([]byte, 0, len(head)+len(context))
	return append(append(out, head...), context...)
}

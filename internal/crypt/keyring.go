package crypt

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"huiyin/internal/errs"
)

// masterKey is one version of the master key. Versions start at 1 and only grow.
type masterKey struct {
	Version uint32 `json:"version"`
	Key     []byte `json:"key"` // base64 in the file
}

// Keyring holds the master keys of one installation. The newest version wraps
// new data keys; all versions unwrap. Look-up hashes and codes are always made
// under the first version, because changing them would orphan what is stored.
// It is safe for concurrent use.
type Keyring struct {
	masters   []masterKey // ascending by version, never empty
	providers []Provider  // the first seals, all open
	wrappers  map[wrapperID]cipher.AEAD
	subkeys   sync.Map // purpose → []byte, under the first master
}

type wrapperID struct {
	version  uint32
	provider byte
}

// Ephemeral returns a keyring with one random key that is kept nowhere: for
// tests and for runs whose data is thrown away.
func Ephemeral() *Keyring {
	k, err := newKeyring([]masterKey{{Version: 1, Key: randomBytes(KeySize)}}, nil)
	if err != nil {
		panic(err) // a fresh 32-byte key under AES cannot be refused
	}
	return k
}

// newKeyring checks the keys and prepares one wrapping cipher for each version
// and provider, so that a provider that does not work is found at start.
func newKeyring(masters []masterKey, providers []Provider) (*Keyring, error) {
	if len(providers) == 0 {
		providers = []Provider{AES{}}
	}
	k := &Keyring{
		masters:   slices.Clone(masters),
		providers: slices.Clone(providers),
		wrappers:  make(map[wrapperID]cipher.AEAD, len(masters)*len(providers)),
	}
	slices.SortFunc(k.masters, func(a, b masterKey) int { return int(int64(a.Version) - int64(b.Version)) })
	for i, m := range k.masters {
		if m.Version == 0 || len(m.Key) != KeySize || i > 0 && m.Version == k.masters[i-1].Version {
			return nil, errs.New(errs.Internal, "key_file_damaged", "密钥文件内容不完整，请从备份恢复")
		}
		for _, p := range providers {
			aead, err := p.AEAD(derive(m.Key, "wrap"))
			if err != nil {
				return nil, fmt.Errorf("crypt: provider %d: %w", p.ID(), err)
			}
			if aead.NonceSize() < 12 {
				return nil, fmt.Errorf("crypt: provider %d: a nonce of %d bytes is too short to be random", p.ID(), aead.NonceSize())
			}
			k.wrappers[wrapperID{m.Version, p.ID()}] = aead
		}
	}
	if len(k.masters) == 0 {
		return nil, errs.New(errs.Internal, "key_file_damaged", "密钥文件内容不完整，请从备份恢复")
	}
	return k, nil
}

// newest is the version that wraps new data keys.
func (k *Keyring) newest() uint32 { return k.masters[len(k.masters)-1].Version }

// subkey is the key of a purpose under the first master key, derived once.
func (k *Keyring) subkey(purpose string) []byte {
	if v, ok := k.subkeys.Load(purpose); ok {
		return v.([]byte)
	}
	v, _ := k.subkeys.LoadOrStore(purpose, derive(k.masters[0].Key, purpose))
	return v.([]byte)
}

// provider finds the provider that sealed something.
func (k *Keyring) provider(id byte) (Provider, bool) {
	for _, p := range k.providers {
		if p.ID() == id {
			return p, true
		}
	}
	return nil, false
}

// String hides the keys from every printing verb that asks for a string.
func (k *Keyring) String() string { return "crypt.Keyring(hidden)" }

// GoString hides the keys from %#v.
func (k *Keyring) GoString() string { return k.String() }

// LogValue hides the keys from structured logs.
func (k *Keyring) LogValue() slog.Value { return slog.StringValue(k.String()) }

// derive is HKDF-SHA256 (RFC 5869) with the purpose as info. The prefix keeps
// these keys apart from any other use of the same secret.
func derive(secret []byte, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, secret, nil, "huiyin/crypt/1/"+purpose, KeySize)
	if err != nil {
		panic(err) // only for lengths beyond 255 hashes
	}
	return key
}

// randomBytes cannot fail: crypto/rand ends the process rather than return less.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"

	"golang.org/x/crypto/argon2"

	"huiyin/internal/errs"
)

// Params are the costs of argon2id.
type Params struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// DefaultParams is the second recommended option of RFC 9106, section 4.
func DefaultParams() Params { return Params{Memory: 64 * 1024, Time: 3, Threads: 4} }

const (
	saltSize = 16
	hashSize = 32

	// maxPassword bounds the work that foreign bytes can cause.
	maxPassword = 512

	// No stored hash may ask for more than this, whoever wrote it.
	maxMemory = 1 << 20 // KiB
	maxTime   = 64
)

// Hasher makes and checks password hashes. As each takes Memory, only so many
// run at once; the others wait for as long as their context lets them. It is
// safe for concurrent use.
type Hasher struct {
	params Params
	slots  chan struct{}
	decoy  string // stands in for the hash of accounts that do not exist
}

// NewHasher returns a hasher of which at most parallel hashings run at once.
func NewHasher(params Params, parallel int) *Hasher {
	h := &Hasher{params: params, slots: make(chan struct{}, max(parallel, 1))}
	h.decoy = h.encode(make([]byte, saltSize), make([]byte, hashSize))
	return h
}

// Hash returns the hash in PHC string format, "$argon2id$v=19$m=…,t=…,p=…$salt$hash".
// Errors: Invalid for an empty or over-long password, Unavailable when the
// context ends while waiting.
func (h *Hasher) Hash(ctx context.Context, password Secret) (string, error) {
	if password == "" || len(password) > maxPassword {
		return "", errs.InvalidField("password", "密码不能为空，且不得超过 512 字节")
	}
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	salt := make([]byte, saltSize)
	rand.Read(salt)
	return h.encode(salt, derive(password, salt, h.params)), nil
}

// Verify reports whether the password is the one of the hash. An empty hash
// stands for an account that does not exist: it takes as long as any other and
// is never right.
func (h *Hasher) Verify(ctx context.Context, phc string, password Secret) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	return h.compare(phc, password)
}

// compare is Verify for a caller that holds a slot.
func (h *Hasher) compare(phc string, password Secret) (bool, error) {
	known := phc != ""
	if !known {
		phc = h.decoy
	}
	params, salt, want, err := decode(phc)
	if err != nil {
		return false, err
	}
	got := derive(password[:min(len(password), maxPassword)], salt, params)
	same := subtle.ConstantTimeCompare(got, want) == 1
	return same && known && len(password) <= maxPassword, nil
}

func (h *Hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return errs.Wrap(ctx.Err(), errs.Unavailable, "sign_in_busy", "登录人数过多，请稍后再试")
	}
}

func (h *Hasher) leave() { <-h.slots }

func (h *Hasher) encode(salt, hash []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.params.Memory, h.params.Time, h.params.Threads, b64.EncodeToString(salt), b64.EncodeToString(hash))
}

func derive(password Secret, salt []byte, p Params) []byte {
	return argon2.IDKey([]byte(password), salt, p.Time, p.Memory, p.Threads, hashSize)
}

// decode reads a PHC string strictly: it must be what encode writes.
func decode(phc string) (p Params, salt, hash []byte, err error) {
	damaged := errs.New(errs.Internal, "password_hash_damaged", "密码记录已损坏，请联系管理员重置")
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, damaged
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Time, &p.Threads); err != nil {
		return p, nil, nil, damaged
	}
	if p.Memory < 8 || p.Memory > maxMemory || p.Time < 1 || p.Time > maxTime || p.Threads < 1 {
		return p, nil, nil, damaged
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	hash, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(salt) != saltSize || len(hash) != hashSize {
		return p, nil, nil, damaged
	}
	return p, salt, hash, nil
}

// Signs of a generated password, without those that look alike (0O, 1lI).
const (
	lower  = "abcdefghjkmnpqrstuvwxyz"
	upper  = "ABCDEFGHJKMNPQRSTUVWXYZ"
	digits = "23456789"
)

// RandomPassword returns a password that can be read out and typed: four groups
// of four signs with dashes between, all four classes of sign, 92 bits before
// the classes are asked for.
func RandomPassword() Secret {
	const alphabet = lower + upper + digits
	size := big.NewInt(int64(len(alphabet)))
	for {
		var b strings.Builder
		for i := range 16 {
			if i > 0 && i%4 == 0 {
				b.WriteByte('-')
			}
			// rand.Int fails only if its source does, and rand.Reader never does.
			n, err := rand.Int(rand.Reader, size)
			if err != nil {
				panic(err)
			}
			b.WriteByte(alphabet[n.Int64()])
		}
		p := b.String()
		if strings.ContainsAny(p, lower) && strings.ContainsAny(p, upper) && strings.ContainsAny(p, digits) {
			return Secret(p)
		}
	}
}

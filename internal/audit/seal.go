package audit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"huiyin/internal/db"
)

// sealBatch bounds one seal, so that it does not hold up the desks: its
// transaction stays within some tens of milliseconds.
const sealBatch = 2000

// Seal is one link of the chain of seals.
type Seal struct {
	No    int64
	At    int64 // Unix milliseconds
	Heads int64 // chains it covers
	Acts  int64 // lines of the access log it covers
	Hash  []byte
}

// head is how far one ticket's chain had grown.
type head struct {
	ticket, seq int64
	hash        []byte
}

type sealedAct struct {
	id int64
	Act
}

// SealAll links everything that is not under a seal yet. It returns the last
// seal, the zero Seal if there was nothing to do. Note its number and hash
// down outside the system: then not even the last seals can be cut off.
func SealAll(ctx context.Context, d *db.DB, now int64) (Seal, error) {
	var last Seal
	for {
		s, err := sealOnce(ctx, d, now)
		if err != nil || s.No == 0 {
			return last, err
		}
		last = s
	}
}

func sealOnce(ctx context.Context, d *db.DB, now int64) (s Seal, err error) {
	err = d.Update(ctx, func(tx *db.Tx) error {
		s = Seal{}
		prev, err := lastSeal(ctx, tx)
		if err != nil {
			return err
		}
		heads, err := unsealedHeads(ctx, tx, sealBatch)
		if err != nil {
			return err
		}
		acts, err := unsealedActs(ctx, tx, sealBatch)
		if err != nil || len(heads)+len(acts) == 0 {
			return err
		}
		s = Seal{No: prev.No + 1, At: now, Heads: int64(len(heads)), Acts: int64(len(acts))}
		s.Hash = s.link(prev.Hash, heads, acts)
		return insertSeal(ctx, tx, s, heads, acts)
	})
	return s, err
}

// link computes the hash of a seal over the hash of the one before it, its own
// numbers, the heads by ticket and the acts by id.
func (s Seal) link(prev []byte, heads []head, acts []sealedAct) []byte {
	h := sha256.New()
	h.Write(prev)
	numbers(h, s.No, s.At, s.Heads, s.Acts)
	for _, c := range heads {
		numbers(h, c.ticket, c.seq)
		h.Write(c.hash)
	}
	for _, a := range acts {
		numbers(h, a.id, a.At, a.Account, a.Unit, a.Ticket, int64(len(a.Kind)), int64(len(a.Detail)))
		h.Write([]byte(a.Kind))
		h.Write([]byte(a.Detail))
	}
	return h.Sum(nil)
}

func numbers(h hash.Hash, values ...int64) {
	var b [8]byte
	for _, v := range values {
		binary.BigEndian.PutUint64(b[:], uint64(v))
		h.Write(b[:])
	}
}

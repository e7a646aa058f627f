// Package search is the platform's full-text index: documents, known by an
// int64 and made of a few fields of text, are found by the tokens of package
// text, newest (highest id) first. It is kept in the caller's transaction, so a
// document is found as soon as it is there and never when it was rolled back.
//
// How it works, alike on both engines and in plain SQL. A new document waits
// as one row of search_pending. When enough wait, the Add that notices seals
// them into a batch: an inverted file of sorted tokens with their ids, cut
// into pages of about 2 KB, never changed afterwards. Eight batches are merged
// into one of the next level, twice at most. So a document costs a constant
// number of row writes, whatever the index holds. A query looks at the waiting rows and at
// one page per token and batch, newest batch first, and stops when it has
// enough; a token in every second document and a token in none cost about the
// same. What a page said of a token is remembered, for batches never change.
//
// Ids are meant to rise with time, with few gaps. Otherwise the answers stay
// right and the index only gets slower.
//
// What may not enter: any domain word, permissions (a candidate is not yet an
// answer: callers filter by their own scope in SQL, see Scan), and the text
// itself, which stays with its owner.
package search

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"huiyin/internal/db"
	"huiyin/internal/text"
)

// sealEvery is how many documents one Index adds between two seals: few
// enough that looking through the waiting rows one by one, which every search
// does, costs about as much as looking at the batches.
const sealEvery = 128

// waitFrom is how many documents may be added beside a seal that is under way.
const waitFrom = 64 * sealEvery

// Index writes and reads the full-text index of a store. Several may be at
// work on one store, in one process or many. It is safe for concurrent use.
type Index struct {
	engine db.Engine
	cache  *cache
	added  atomic.Int64 // since the last seal, give or take transactions that were rolled back
}

// New makes an Index for stores of the engine.
func New(engine db.Engine) *Index { return &Index{engine: engine, cache: newCache()} }

// Add indexes a document that the index does not hold; it is an error if it
// does. After sealEvery calls one also seals, in the same transaction. Where
// sealing cannot keep up with many writers, they wait for it.
func (x *Index) Add(ctx context.Context, tx *db.Tx, id int64, fields ...string) error {
	if err := insertPending(ctx, tx, id, words(fields)); err != nil {
		return err
	}
	switch n := x.added.Add(1); {
	case n < sealEvery:
		return nil
	case n < waitFrom:
		return x.Seal(ctx, tx)
	}
	if err := x.lock(ctx, tx); err != nil {
		return err
	}
	if x.added.Load() < sealEvery {
		return nil // the one that was waited for did it
	}
	return x.seal(ctx, tx)
}

// words returns the distinct tokens of the fields, each between two blanks, so
// that SQL can look for " token " or, as a prefix, " token".
func words(fields []string) string {
	var tokens []string
	size := 1
	for _, f := range fields {
		tokens = text.AppendTokens(tokens, f)
	}
	slices.Sort(tokens)
	tokens = slices.Compact(tokens)
	for _, t := range tokens {
		size += len(t) + 1
	}
	var b strings.Builder
	b.Grow(size)
	b.WriteByte(' ')
	for _, t := range tokens {
		b.WriteString(t)
		b.WriteByte(' ')
	}
	return b.String()
}

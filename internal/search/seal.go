package search

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"huiyin/internal/db"
)

const (
	// sealMost bounds the documents of one seal, and so its time and memory.
	sealMost = 32 * sealEvery
	// mergeAt is how many batches of a level become one of the next.
	mergeAt = 8
	// top is the level of batches that stay as they are, for merging them
	// would hold the callers up for too long.
	top = 2
)

// levelOf is the level of a freshly sealed batch: that of the merged batches
// which have about as many documents.
func levelOf(docs int) (level int64) {
	for most := mergeAt / 2 * sealEvery; docs >= most && level < top; most *= mergeAt {
		level++
	}
	return level
}

// batch is a row of search_batch. A merged batch takes the number of its
// latest part, a stamp is never used twice.
type batch struct {
	no, level, stamp, minID, maxID int64
}

// Seal moves waiting documents into a batch, at most a few thousand, and
// merges batches when there are enough. Add calls it; a caller that has
// just added very many documents through several Indexes may too. Where
// another transaction is at it, Seal leaves the work to that one.
func (x *Index) Seal(ctx context.Context, tx *db.Tx) error {
	if free, err := x.tryLock(ctx, tx); err != nil || !free {
		return err
	}
	return x.seal(ctx, tx)
}

// seal is Seal with the lock held.
func (x *Index) seal(ctx context.Context, tx *db.Tx) error {
	low, high, err := selectRangePending(ctx, tx, sealMost)
	if err != nil {
		return err
	}
	docs, err := takePending(ctx, tx, low, high)
	if err != nil {
		return err
	}
	x.added.Store(0)
	if len(docs) >= sealMost {
		x.added.Store(sealEvery) // there may be more: the next Add goes on
	}
	postings := invert(docs)
	if len(postings) == 0 {
		return nil
	}
	no, err := selectLastBatch(ctx, tx)
	if err != nil {
		return err
	}
	b := batch{no: no + 1, level: levelOf(len(docs))}
	if err := write(ctx, tx, b, postings); err != nil {
		return err
	}
	for level := range int64(top) {
		// A damaged page must not stop new documents. Searches meet it and say so.
		if err := merge(ctx, tx, level); err != nil && !errors.Is(err, errPage) {
			return err
		}
	}
	return nil
}

// posting is a token with the ids of its documents.
type posting struct {
	token string
	ids   []int64
}

// invert turns documents' words into postings in order.
func invert(docs []pending) []posting {
	slices.SortFunc(docs, func(a, b pending) int { return cmp.Compare(a.id, b.id) })
	found := make(map[string]*[]int64, 32*len(docs))
	for _, d := range docs {
		for w := range strings.SplitSeq(strings.Trim(d.words, " "), " ") {
			if ids, ok := found[w]; ok {
				*ids = append(*ids, d.id)
			} else if w != "" {
				found[w] = &[]int64{d.id}
			}
		}
	}
	postings := make([]posting, 0, len(found))
	for _, w := range slices.Sorted(maps.Keys(found)) {
		postings = append(postings, posting{w, *found[w]})
	}
	return postings
}

// write stores a batch; its range of ids is taken from the postings.
func write(ctx context.Context, tx *db.Tx, b batch, postings []posting) error {
	for i, p := range postings {
		low, high := p.ids[0], p.ids[len(p.ids)-1]
		if i == 0 {
			b.minID, b.maxID = low, high
		}
		b.minID, b.maxID = min(b.minID, low), max(b.maxID, high)
	}
	b.stamp = rand.Int64()
	packed := pager{base: b.minID}
	for _, p := range postings {
		packed.add(p.token, p.ids)
	}
	packed.flush()
	if err := insertBatch(ctx, tx, b); err != nil {
		return err
	}
	return insertPages(ctx, tx, b.no, packed.pages)
}

// merge makes one batch of those of a level when there are enough. It keeps
// the highest number among them.
func merge(ctx context.Context, tx *db.Tx, level int64) error {
	batches, err := selectLevel(ctx, tx, level)
	if err != nil || len(batches) < mergeAt {
		return err
	}
	parts := make([]*part, len(batches))
	for i, b := range batches {
		data, err := selectWhole(ctx, tx, b.no)
		if err != nil {
			return err
		}
		parts[i] = &part{batch: b, reader: reader{data: data}}
	}
	postings, err := mergeParts(parts)
	if err != nil {
		return err
	}
	for _, b := range batches {
		if err := deleteBatch(ctx, tx, b.no); err != nil {
			return err
		}
	}
	return write(ctx, tx, batch{no: batches[len(batches)-1].no, level: level + 1}, postings)
}

// part is a batch that is being merged.
type part struct {
	batch
	reader
	done bool
}

func (p *part) advance() error {
	ok, err := p.next()
	p.done = !ok
	return err
}

// mergeParts returns the postings of all parts in the order of tokens.
func mergeParts(parts []*part) ([]posting, error) {
	for _, p := range parts {
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	var postings []posting
	for {
		token, ok := lowest(parts)
		if !ok {
			return postings, nil
		}
		ids, err := take(parts, token)
		if err != nil {
			return nil, err
		}
		postings = append(postings, posting{token, ids})
	}
}

func lowest(parts []*part) (string, bool) {
	var least []byte
	for _, p := range parts {
		if !p.done && (least == nil || string(p.token) < string(least)) {
			least = p.token
		}
	}
	return string(least), least != nil
}

// take collects the ids of a token and moves the parts on that have it.
func take(parts []*part, token string) ([]int64, error) {
	var ids []int64
	for _, p := range parts {
		if p.done || string(p.token) != token {
			continue
		}
		var err error
		if ids, err = appendIDs(ids, p.minID, p.postings); err != nil {
			return nil, err
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	if !slices.IsSorted(ids) {
		slices.Sort(ids)
	}
	return ids, nil
}

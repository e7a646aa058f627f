package search

import (
	"cmp"
	"context"
	"math"
	"slices"

	"huiyin/internal/db"
	"huiyin/internal/text"
)

const (
	// A scan looks at a few batches first, then at more and more at a time:
	// a common word is found in the first, a rare one needs them all.
	probesFirst = 16
	probesMost  = 64
	// scanMost bounds the batches one Scan looks at: some four million
	// documents.
	scanMost = 512
)

// Scan is the seam for callers with filters of their own. It returns the next
// batch of candidates below the id before (from the newest if it is not
// positive), newest first, and where to go on: the before of the next call, or
// zero when there is nothing further. A query without a letter, digit or Han
// character has none. Having all tokens of the query is all that a candidate
// has; that the words stand side by side, and that somebody may see the
// document, is for the caller to see.
//
// The caller filters each batch in SQL (WHERE id IN (…) AND its scope) and
// goes on until its page is full or it has looked long enough. Ids may be
// fewer than asked for, even none, while next is not zero: the time of one
// call is bounded. Every document that was there throughout is returned
// exactly once over a whole scan.
func (x *Index) Scan(ctx context.Context, q db.Queryer, query string, before int64, limit int) (ids []int64, next int64, err error) {
	tokens := text.QueryTokens(query)
	if len(tokens) == 0 || limit < 1 {
		return nil, 0, nil
	}
	if before < 1 {
		before = math.MaxInt64
	}
	// Waiting documents come first: one that is sealed meanwhile is then seen
	// twice, not never.
	waiting, err := selectPending(ctx, q, tokens, before, limit)
	if err != nil {
		return nil, 0, err
	}
	s := scan{q: q, cache: x.cache, tokens: tokens, before: before, limit: limit}
	for size := probesFirst; ; size = min(2*size, probesMost) {
		if err := s.step(ctx, size); err != nil {
			return nil, 0, err
		}
		all := s.with(waiting)
		switch {
		case len(all) >= limit:
			return all[:limit], all[limit-1], nil
		case s.done:
			return all, 0, nil
		case s.looked >= scanMost:
			return all, s.before, nil
		}
	}
}

// scan goes down the ids. Each step stands by itself, so it does not matter
// that batches are merged between two.
type scan struct {
	q      db.Queryer
	cache  *cache
	tokens []text.QueryToken
	before int64   // ids from here on are settled
	limit  int     // as many are enough
	found  []int64 // newest first
	looked int
	done   bool
}

// probe is a batch with what is known of each token: its postings, or the page
// that must hold them, nil if none can.
type probe struct {
	batch
	lists [][]byte
	known []bool
	pages [][]byte
}

// next returns the next few batches, and the floor above which they cover all
// ids between them. It sets done when there are no others.
func (s *scan) next(ctx context.Context, size int) ([]probe, int64, error) {
	for {
		batches, err := selectBatches(ctx, s.q, s.before, size+1)
		if err != nil {
			return nil, 0, err
		}
		s.looked += len(batches)
		floor := int64(math.MinInt64)
		if s.done = len(batches) <= size; !s.done {
			// Everything above the highest id of the batch that follows.
			if floor = batches[size].maxID; floor >= s.before-1 {
				size *= 2 // batches overlap so much that these settle nothing
				continue
			}
			batches = batches[:size]
		}
		probes, gone, err := s.probe(ctx, batches)
		if err != nil || !gone {
			return probes, floor, err
		}
	}
}

// step settles the ids that the next few batches cover between them.
func (s *scan) step(ctx context.Context, size int) error {
	probes, floor, err := s.next(ctx, size)
	if err != nil {
		return err
	}
	var hits []int64
	for i := range probes {
		if hits, err = s.match(ctx, &probes[i], floor, hits); err != nil {
			return err
		}
		// Reading the next batch may be for nothing.
		if i+1 < len(probes) && s.enough(hits, probes[i+1].maxID) {
			s.done, floor = false, probes[i+1].maxID
			hits = slices.DeleteFunc(hits, func(id int64) bool { return id <= floor })
			break
		}
	}
	slices.SortFunc(hits, func(a, b int64) int { return cmp.Compare(b, a) })
	s.found = append(s.found, hits...)
	s.before = floor + 1
	return nil
}

// probe asks batches for the tokens; gone says that one of them was merged
// meanwhile.
func (s *scan) probe(ctx context.Context, batches []batch) (probes []probe, gone bool, err error) {
	var unread []batch
	for _, b := range batches {
		p := probe{batch: b, lists: make([][]byte, len(s.tokens)), known: make([]bool, len(s.tokens))}
		all := true
		for i, t := range s.tokens {
			if !t.Prefix {
				p.lists[i], p.known[i] = s.cache.get(word{b.stamp, t.Text})
			}
			all = all && p.known[i]
		}
		if !all {
			unread = append(unread, b)
		}
		probes = append(probes, p)
	}
	if len(unread) == 0 {
		return probes, false, nil
	}
	found, err := selectPages(ctx, s.q, unread, s.tokens)
	for i := range probes {
		probes[i].pages = found[probes[i].stamp]
	}
	return probes, len(found) < len(unread), err
}

// list returns a batch's postings of token i, which is not a prefix.
func (s *scan) list(p *probe, i int) ([]byte, error) {
	if p.known[i] {
		return p.lists[i], nil
	}
	token := s.tokens[i].Text
	list, err := lookUp(p.pages[i], token)
	if err == nil {
		s.cache.put(word{p.stamp, token}, slices.Clone(list)) // not the whole page
	}
	return list, err
}

// enough reports whether all that is wanted was found above the floor.
func (s *scan) enough(hits []int64, floor int64) bool {
	missing := s.limit - len(s.found)
	if len(hits) < missing || floor >= s.before-1 {
		return false
	}
	for _, id := range hits {
		if id > floor {
			missing--
		}
	}
	return missing <= 0
}

// with returns what was found together with the waiting documents in the
// settled range, newest first.
func (s *scan) with(waiting []int64) []int64 {
	if !s.done {
		waiting = waiting[:lower(waiting, s.before)]
	}
	if len(waiting) == 0 {
		return s.found
	}
	all := slices.Concat(s.found, waiting)
	slices.SortFunc(all, func(a, b int64) int { return cmp.Compare(b, a) })
	return slices.Compact(all)
}

// lower returns the index of the first id below bound in descending ids.
func lower(ids []int64, bound int64) int {
	i, _ := slices.BinarySearchFunc(ids, bound, func(id, bound int64) int {
		if id < bound {
			return 1
		}
		return -1
	})
	return i
}

// match adds the documents of one batch above the floor and below the scan's
// bound that have all tokens.
func (s *scan) match(ctx context.Context, p *probe, floor int64, hits []int64) ([]int64, error) {
	ids, err := s.exact(p)
	if err != nil {
		return nil, err
	}
	for i, t := range s.tokens {
		if !t.Prefix || ids != nil && len(ids) == 0 {
			continue
		}
		some, err := s.prefixed(ctx, p, i)
		if err != nil {
			return nil, err
		}
		if ids = both(ids, some); len(ids) == 0 {
			return hits, nil
		}
	}
	for _, id := range ids {
		if id > floor && id < s.before {
			hits = append(hits, id)
		}
	}
	return hits, nil
}

// exact returns the documents with all tokens that are not prefixes, nil if
// there is no such token.
func (s *scan) exact(p *probe) ([]int64, error) {
	var lists [][]byte
	for i, t := range s.tokens {
		if t.Prefix {
			continue
		}
		list, err := s.list(p, i)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return []int64{}, nil
		}
		lists = append(lists, list)
	}
	slices.SortFunc(lists, func(a, b []byte) int { return cmp.Compare(len(a), len(b)) })
	var ids []int64
	for _, list := range lists {
		some, err := appendIDs(nil, p.minID, list)
		if err != nil {
			return nil, err
		}
		ids = both(ids, some)
	}
	return ids, nil
}

// prefixed returns the documents with a token that starts with token i.
func (s *scan) prefixed(ctx context.Context, p *probe, i int) ([]int64, error) {
	prefix := s.tokens[i].Text
	ids, err := collect([]int64{}, p.minID, p.pages[i], prefix)
	if err != nil {
		return nil, err
	}
	// No token has the last code point, so this is above all with the prefix.
	rest, err := selectRange(ctx, s.q, p.no, prefix, prefix+"\U0010FFFF")
	if err != nil {
		return nil, err
	}
	if ids, err = collect(ids, p.minID, rest, prefix); err != nil {
		return nil, err
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// both returns the ids in both ascending lists; nil stands for all ids.
func both(a, b []int64) []int64 {
	if a == nil {
		return b
	}
	out := a[:0]
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			out = append(out, a[0])
			a, b = a[1:], b[1:]
		}
	}
	return out
}

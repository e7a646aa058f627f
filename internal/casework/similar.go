package casework

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strconv"

	"huiyin/internal/db"
	"huiyin/internal/text"
	"huiyin/internal/ticket"
)

// Subject is what a matter is about, as far as it is known.
type Subject struct {
	Title, Body    string // the title alone decides; without one, the beginning of the body
	Category, Area string // may be empty
	Except         string // number of the ticket itself, if it is one already
}

// How far Similar looks. A pair of characters that is rare has all its tickets
// among the newest few; one that is common says little.
const (
	maxSimilar    = 8
	maxPairs      = 16  // of the title
	perPair       = 96  // newest tickets with a pair
	perCode       = 128 // newest tickets of the category and of the area
	maxCandidates = 300 // compared
	bodyForTitle  = 30  // characters
	minLikeness   = 0.3
)

// Similar returns open tickets about what seems to be the same matter, whoever
// asked, as far as the actor may see them: the most alike first, at most 8.
// It is what an agent sees before a second ticket is made, and what a
// dispatcher merges into. A merged ticket is not open: its master is found.
//
// Likeness is how much of the title the other title has: its pairs of
// characters and its words, the rare ones weighing more, between 0 and 1; the same
// category and the same area each add a tenth. Below 0.3 nothing is alike,
// nor by one pair alone.
func (s *Service) Similar(ctx context.Context, actor ticket.Actor, m Subject) ([]Item, error) {
	if !works(actor) && !watches(actor) {
		return nil, nil
	}
	title := m.Title
	if title == "" {
		title = text.Limit(m.Body, bodyForTitle)
	}
	pairs := pairsOf(title)
	if len(pairs) == 0 {
		return nil, nil
	}
	ids, weights, err := s.candidates(ctx, pairs[:min(len(pairs), maxPairs)], m)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	b := s.scoped(actor, Filter{})
	b.driven, b.order = true, newestFirst
	b.and("t.is_open = 1 AND t.number <> %s", m.Except)
	b.where = append(b.where, "t.id IN ("+joinIDs(ids)+")")
	items, err := selectItems(ctx, s.db, b.text(maxCandidates), b.args)
	if err != nil {
		return nil, err
	}
	items = likest(items, weights, m)
	return items, s.claims(ctx, actor, items)
}

// pairsOf returns the pairs of characters and the words of a title.
func pairsOf(title string) []string {
	var pairs []string
	for _, t := range text.QueryTokens(title) {
		if !t.Prefix {
			pairs = append(pairs, t.Text)
		}
	}
	return pairs
}

// candidates returns the tickets worth a comparison: those that have most in
// common with the matter, the newest of as many; and what each pair weighs.
func (s *Service) candidates(ctx context.Context, pairs []string, m Subject) (ids []int64, weights map[string]float64, err error) {
	with := make(map[string][]int64, len(pairs))
	newest := int64(1)
	for _, pair := range pairs {
		if with[pair], _, err = s.index.Scan(ctx, s.db, pair, 0, perPair); err != nil {
			return nil, nil, err
		}
		if found := with[pair]; len(found) > 0 {
			newest = max(newest, found[0])
		}
	}
	votes := votes{}
	weights = make(map[string]float64, len(pairs))
	for pair, found := range with {
		weights[pair] = weight(found, newest)
		votes.add(found, weights[pair])
	}
	for column, code := range map[string]string{"category": m.Category, "area": m.Area} {
		if code == "" {
			continue
		}
		found, err := selectNewest(ctx, s.db, column, code)
		if err != nil {
			return nil, nil, err
		}
		votes.add(found, 1)
	}
	return votes.most(maxCandidates), weights, nil
}

// weight is the natural logarithm of one ticket in how many has the pair,
// guessed from the newest that have it; 1 at least, and where none has it.
func weight(found []int64, newest int64) float64 {
	if len(found) == 0 {
		return 1
	}
	span := newest
	if len(found) == perPair { // there are older ones
		span = newest - found[len(found)-1] + 1
	}
	return max(1, math.Log(float64(span)/float64(len(found))))
}

// votes says how much each ticket has in common with a matter.
type votes map[int64]float64

func (v votes) add(ids []int64, weight float64) {
	for _, id := range ids {
		v[id] += weight
	}
}

func (v votes) most(n int) []int64 {
	ids := slices.Collect(maps.Keys(v))
	slices.SortFunc(ids, func(x, y int64) int { return cmp.Or(cmp.Compare(v[y], v[x]), cmp.Compare(y, x)) })
	return ids[:min(len(ids), n)]
}

// likest keeps the items whose titles are most like the weighted pairs.
func likest(items []Item, weights map[string]float64, m Subject) []Item {
	like := make(map[int64]float64, len(items))
	for i := range items {
		item := &items[i]
		score := likeness(weights, pairsOf(item.Title))
		if score < minLikeness {
			continue
		}
		if m.Category != "" && item.Category == m.Category {
			score += 0.1
		}
		if m.Area != "" && item.Area == m.Area {
			score += 0.1
		}
		like[item.ID] = score
	}
	items = slices.DeleteFunc(items, func(i Item) bool { return like[i.ID] == 0 })
	slices.SortFunc(items, func(x, y Item) int {
		return cmp.Or(cmp.Compare(like[y.ID], like[x.ID]), cmp.Compare(y.ID, x.ID))
	})
	return items[:min(len(items), maxSimilar)]
}

// likeness is the part, by weight, that is among the pairs; zero if it is but
// one of several.
func likeness(weights map[string]float64, pairs []string) float64 {
	var all, shared float64
	n := 0
	for pair, w := range weights {
		all += w
		if slices.Contains(pairs, pair) {
			shared += w
			n++
		}
	}
	if n < min(2, len(weights)) {
		return 0
	}
	return shared / all
}

// selectNewest returns the newest tickets of a category or an area.
func selectNewest(ctx context.Context, q db.Queryer, column, code string) ([]int64, error) {
	rows, err := q.Query(ctx, `SELECT id FROM ticket WHERE `+column+` = $1 ORDER BY id DESC LIMIT `+strconv.Itoa(perCode), code)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

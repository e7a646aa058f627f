package casework

import (
	"context"
	"slices"

	"huiyin/internal/db"
	"huiyin/internal/ticket"
)

// A search looks at the newest matches first and stops when its page is full
// or it has looked at this many matches that were out of the actor's sight or
// of the filter: the cursor goes on from there.
const (
	findBatch = 400
	findBound = 10 * findBatch
	// Who sees nearly all needs no more matches than a page has.
	findFew = 2 * defaultPage
)

// find lists the tickets with the words, newest first.
func (s *Service) find(ctx context.Context, actor ticket.Actor, f Filter) (Page, error) {
	after, _ := f.after()
	before := after[1]
	var items []Item
	batch := findFew
	if f.Limit > defaultPage {
		batch = findBatch
	}
	for looked := 0; looked < findBound && len(items) <= f.Limit; looked, batch = looked+batch, findBatch {
		ids, next, err := s.index.Scan(ctx, s.db, f.Query, before, batch)
		if err != nil {
			return Page{}, err
		}
		if ids, err = s.inSight(ctx, actor, ids); err != nil {
			return Page{}, err
		}
		if len(ids) > 0 {
			seen, err := s.among(ctx, actor, f, ids)
			if err != nil {
				return Page{}, err
			}
			items = append(items, seen...)
		}
		if next == 0 {
			return page(items, f), nil
		}
		before = next
	}
	p := page(items, f)
	if p.Next == "" {
		p.Next = cursor(0, &Item{ID: before})
	}
	return p, nil
}

// inSight returns those of the tickets, newest first, that lie in the sight of
// the actor's unit. It reads what the unit sees between them: a unit sees few
// tickets, and their rows need not be fetched to tell.
func (s *Service) inSight(ctx context.Context, actor ticket.Actor, ids []int64) ([]int64, error) {
	if actor.Unit == s.city.Current().CityCenter() || scattered(ids) {
		return ids, nil
	}
	return both(ctx, s.db, ids, `SELECT ticket FROM sight WHERE unit = $3 AND ticket BETWEEN $1 AND $2`, int64(actor.Unit))
}

// farApart is how far apart tickets lie, on average, that are better looked at
// one by one than by what lies between them.
const farApart = 200

func scattered(ids []int64) bool {
	n := int64(len(ids))
	return n == 0 || ids[0]-ids[n-1] > farApart*n
}

// both returns those of the tickets, newest first, that a statement finds between
// the oldest, $1, and the newest, $2.
func both(ctx context.Context, q db.Queryer, ids []int64, text string, args ...any) ([]int64, error) {
	rows, err := q.Query(ctx, text, append([]any{ids[len(ids)-1], ids[0]}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[int64]bool)
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		found[id] = true
	}
	return slices.DeleteFunc(ids, func(id int64) bool { return !found[id] }), rows.Err()
}

// among returns those of the tickets that the actor may see and the filter
// names, newest first.
func (s *Service) among(ctx context.Context, actor ticket.Actor, f Filter, ids []int64) ([]Item, error) {
	f.Cursor, f.Todo = "", false
	b := s.scoped(actor, f)
	b.order = newestFirst
	// Few lengths, so that few statements are prepared: the last id fills up.
	size := findFew
	if len(ids) > size {
		size = findBatch
	}
	b.where = append(b.where, "t.id IN ("+db.In(size, len(b.args)+1)+")")
	for i := range size {
		b.args = append(b.args, ids[min(i, len(ids)-1)])
	}
	items, err := selectItems(ctx, s.db, b.text(f.Limit+1), b.args)
	slices.SortFunc(items, func(x, y Item) int { return int(y.ID - x.ID) })
	return items, err
}

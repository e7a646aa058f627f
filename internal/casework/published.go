package casework

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// PublishedFilter narrows the list of published tickets. Zero fields do not
// narrow.
type PublishedFilter struct {
	Query    string // words that all stand in what was published
	Kind     ticket.Kind
	Category string // this one and those below it
	Area     string // this one and those below it
	Cursor   string // from the page before
	Limit    int    // at most 200; 20 if zero
}

// PublishedItem is a published ticket: its words are the reviewer's.
type PublishedItem struct {
	ID             int64
	Number         string
	Title, Excerpt string
	Kind           ticket.Kind
	Category, Area string
	Lead           ticket.UnitID
	State          ticket.State
	SubmittedAt    ticket.Instant
}

// PublishedPage is a part of the list. Next is empty on the last one.
type PublishedPage struct {
	Items []PublishedItem
	Next  string
}

// excerpt is how many characters of a text stand in a list.
const excerpt = 90

// PublishedList lists published tickets, the newest first. Words are looked for
// in what was published only: what a requester wrote and a reviewer left out
// finds nothing.
func (s *Service) PublishedList(ctx context.Context, f PublishedFilter) (PublishedPage, error) {
	if f.Limit <= 0 || f.Limit > maxPage {
		f.Limit = defaultPage
	}
	before, err := readBefore(f.Cursor)
	if err != nil {
		return PublishedPage{}, err
	}
	if f.Query != "" {
		return s.findPublished(ctx, f, before)
	}
	items, err := s.publishedAmong(ctx, f, before, nil)
	if err != nil {
		return PublishedPage{}, err
	}
	return publishedPage(items, f.Limit, 0), nil
}

func readBefore(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || id <= 0 {
		return 0, errs.InvalidField("cursor", "翻页标记不正确")
	}
	return id, nil
}

// publishedPage cuts a page; rest is where a search goes on, zero at its end.
func publishedPage(items []PublishedItem, limit int, rest int64) PublishedPage {
	p := PublishedPage{Items: items}
	switch {
	case len(items) > limit:
		p.Items = items[:limit]
		p.Next = strconv.FormatInt(items[limit-1].ID, 10)
	case rest != 0:
		p.Next = strconv.FormatInt(rest, 10)
	}
	return p
}

// findPublished goes through the tickets with the words, newest first, as find
// does.
func (s *Service) findPublished(ctx context.Context, f PublishedFilter, before int64) (PublishedPage, error) {
	var items []PublishedItem
	for looked := 0; looked < findBound && len(items) <= f.Limit; looked += findBatch {
		ids, next, err := s.index.Scan(ctx, s.db, f.Query, before, findBatch)
		if err != nil {
			return PublishedPage{}, err
		}
		if ids, err = onlyPublished(ctx, s.db, ids); err != nil {
			return PublishedPage{}, err
		}
		for chunk := range slices.Chunk(ids, f.Limit+1) {
			seen, err := s.publishedAmong(ctx, f, 0, chunk)
			if err != nil {
				return PublishedPage{}, err
			}
			if items = append(items, seen...); len(items) > f.Limit {
				break
			}
		}
		if before = next; next == 0 {
			break
		}
	}
	return publishedPage(items, f.Limit, before), nil
}

// publishedAmong returns published tickets of the filter, one more than a page
// holds: those below an id, or those among ids.
func (s *Service) publishedAmong(ctx context.Context, f PublishedFilter, before int64, ids []int64) ([]PublishedItem, error) {
	b := &query{}
	b.and("t.published = 1")
	if before > 0 {
		b.and("t.id < %s", before)
	}
	if ids != nil {
		b.where = append(b.where, "t.id IN ("+joinIDs(ids)+")")
	}
	if f.Kind != "" {
		b.and("t.kind = %s", string(f.Kind))
	}
	if f.Category != "" {
		b.code("t.category", f.Category, false)
	}
	if f.Area != "" {
		b.code("t.area", f.Area, false)
	}
	limit := f.Limit + 1
	if ids != nil {
		limit = len(ids)
	}
	items, err := selectPublishedItems(ctx, s.db, b, limit)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	return s.withWords(ctx, items, f.Query)
}

// scattered is how far apart tickets lie, on average, that are better fetched
// one by one.
const scattered = 200

// onlyPublished returns those of the tickets, newest first, that are published. It
// asks the index of published tickets for all between them, which is far less than
// fetching each ticket's row; tickets that lie far apart are returned as they are.
func onlyPublished(ctx context.Context, q db.Queryer, ids []int64) ([]int64, error) {
	if n := int64(len(ids)); n == 0 || ids[0]-ids[n-1] > scattered*n {
		return ids, nil
	}
	rows, err := q.Query(ctx, `SELECT id FROM ticket WHERE published = 1 AND id BETWEEN $1 AND $2 ORDER BY id DESC`, ids[len(ids)-1], ids[0])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var both []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		if slices.Contains(ids, id) {
			both = append(both, id)
		}
	}
	return both, rows.Err()
}

func selectPublishedItems(ctx context.Context, q db.Queryer, b *query, limit int) ([]PublishedItem, error) {
	rows, err := q.Query(ctx, `SELECT t.id, t.number, t.kind, t.category, t.area, t.lead_unit, t.state, t.submitted_at
		FROM ticket t WHERE `+strings.Join(b.where, " AND ")+` ORDER BY t.id DESC LIMIT `+strconv.Itoa(limit), b.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var items []PublishedItem
	for rows.Next() {
		var i PublishedItem
		if err := rows.Scan(&i.ID, &i.Number, &i.Kind, &i.Category, &i.Area, &i.Lead, &i.State, &i.SubmittedAt); err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	return items, rows.Err()
}

// withWords adds the published words, and leaves out what does not have all
// that were looked for.
func (s *Service) withWords(ctx context.Context, items []PublishedItem, query string) ([]PublishedItem, error) {
	of := make(map[int64]*PublicRequest, len(items))
	for _, i := range items {
		of[i.ID] = &PublicRequest{ID: i.ID}
	}
	events, err := selectPublished(ctx, s.db, of)
	if err != nil || len(events) == 0 {
		return nil, err
	}
	if err := fillPublished(ctx, s.db, of, events); err != nil {
		return nil, err
	}
	for i := range items {
		r := of[items[i].ID]
		items[i].Title, items[i].Excerpt = r.Title, shortened(r.Body)
	}
	words := strings.Fields(strings.ToLower(query))
	return slices.DeleteFunc(items, func(i PublishedItem) bool {
		r := of[i.ID]
		all := strings.ToLower(r.Title + " " + r.Body + " " + r.Reply)
		return slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(all, w) })
	}), nil
}

func shortened(text string) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) <= excerpt {
		return string(runes)
	}
	return string(runes[:excerpt]) + "……"
}

// PublishProposal is what a reviewer starts from: the ticket's words with names,
// numbers, plates and addresses taken out. It is no more than a proposal.
func (s *Service) PublishProposal(ctx context.Context, actor ticket.Actor, number string) (title, body, reply string, err error) {
	id, err := s.Lookup(ctx, actor, number)
	if err != nil {
		return "", "", "", err
	}
	v, err := s.view(ctx, actor, id)
	if err != nil {
		return "", "", "", err
	}
	if r := v.Ticket.Reply; r != nil {
		if reply = v.Text(r.Public); reply == "" {
			reply = v.Text(r.Text)
		}
	}
	redact, err := s.people.Redactor(ctx, s.db, v.Ticket.Requester)
	if err != nil {
		return "", "", "", err
	}
	return redact(v.Text(v.Ticket.Title)), redact(v.Text(v.Ticket.Body)), redact(reply), nil
}

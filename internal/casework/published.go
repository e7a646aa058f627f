package casework

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

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

	seq int // the version that the words are of
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

// onlyPublished returns those of the tickets, newest first, that are published. It
// asks the index of published tickets for all between them, which is far less than
// fetching each ticket's row.
func onlyPublished(ctx context.Context, q db.Queryer, ids []int64) ([]int64, error) {
	if scattered(ids) {
		return ids, nil
	}
	return both(ctx, q, ids, `SELECT id FROM ticket WHERE published = 1 AND id BETWEEN $1 AND $2`)
}

func selectPublishedItems(ctx context.Context, q db.Queryer, b *query, limit int) ([]PublishedItem, error) {
	rows, err := q.Query(ctx, `SELECT t.id, t.seq, t.number, t.kind, t.category, t.area, t.lead_unit, t.state, t.submitted_at
		FROM ticket t WHERE `+strings.Join(b.where, " AND ")+` ORDER BY t.id DESC LIMIT `+strconv.Itoa(limit), b.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var items []PublishedItem
	for rows.Next() {
		var i PublishedItem
		if err := rows.Scan(&i.ID, &i.seq, &i.Number, &i.Kind, &i.Category, &i.Area, &i.Lead, &i.State, &i.SubmittedAt); err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	return items, rows.Err()
}

// publishedWords are those of one version of a ticket.
type publishedWords struct {
	seq                int
	title, body, reply string
}

// spoken keeps published words: the same few tickets are looked at all day.
type spoken struct {
	mu    sync.Mutex
	words map[int64]publishedWords
}

// keptWords is of how many tickets; of some kilobytes each.
const keptWords = 2000

// known returns the words of those items that are kept, and names the others.
func (s *spoken) known(items []PublishedItem) (words map[int64]publishedWords, unknown map[int64]*PublicRequest) {
	words, unknown = make(map[int64]publishedWords, len(items)), map[int64]*PublicRequest{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range items {
		if w, ok := s.words[items[i].ID]; ok && w.seq == items[i].seq {
			words[items[i].ID] = w
		} else {
			unknown[items[i].ID] = &PublicRequest{ID: items[i].ID}
		}
	}
	return words, unknown
}

func (s *spoken) keep(words map[int64]publishedWords) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.words)+len(words) > keptWords {
		clear(s.words)
	}
	maps.Copy(s.words, words)
}

// withWords adds the published words, and leaves out what does not have all
// that were looked for.
func (s *Service) withWords(ctx context.Context, items []PublishedItem, query string) ([]PublishedItem, error) {
	words, unknown := s.spoken.known(items)
	if len(unknown) > 0 {
		events, err := selectPublished(ctx, s.db, unknown)
		if err != nil {
			return nil, err
		}
		if len(events) > 0 {
			if err := fillPublished(ctx, s.db, unknown, events); err != nil {
				return nil, err
			}
		}
		for _, i := range items {
			if r := unknown[i.ID]; r != nil {
				words[i.ID] = publishedWords{seq: i.seq, title: r.Title, body: r.Body, reply: r.Reply}
			}
		}
		s.spoken.keep(words)
	}
	for i := range items {
		w := words[items[i].ID]
		items[i].Title, items[i].Excerpt = w.title, shortened(w.body)
	}
	terms := strings.Fields(strings.ToLower(query))
	return slices.DeleteFunc(items, func(i PublishedItem) bool {
		w := words[i.ID]
		all := strings.ToLower(w.title + " " + w.body + " " + w.reply)
		return slices.ContainsFunc(terms, func(term string) bool { return !strings.Contains(all, term) })
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
// numbers, plates and addresses taken out. It is no more than a proposal. The
// reply is the one that was written for the public; where there is none, none is
// proposed: what was written for the requester alone is not for the public.
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
		reply = v.Text(r.Public)
	}
	redact, err := s.people.Redactor(ctx, s.db, v.Ticket.Requester)
	if err != nil {
		return "", "", "", err
	}
	return redact(v.Text(v.Ticket.Title)), redact(v.Text(v.Ticket.Body)), redact(reply), nil
}

package casework

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// PublicFilter narrows what everybody may list. Zero fields do not narrow.
type PublicFilter struct {
	Numbers    []string
	IDs        []int64
	Categories []string       // any of these and those below them
	From, To   ticket.Instant // of submission, inclusive
	Open       bool           // open tickets, and with Closed those that are closed: both is like neither
	Closed     bool
	Offset     int
	Limit      int
}

// PublicRequest is a ticket as everybody may see it: how it goes on, and its
// words only as a reviewer published them.
type PublicRequest struct {
	ID          int64
	Number      string
	State       ticket.State
	Category    string
	Area        string
	Lead        ticket.UnitID
	Reason      string // code of a refusal
	SubmittedAt ticket.Instant
	UpdatedAt   ticket.Instant
	ClosedAt    ticket.Instant
	Due         ticket.Instant // of the whole
	Published   bool
	Title       string // like the others, empty unless published
	Body, Reply string
}

// Public lists tickets that are not confidential, newest first.
func (s *Service) Public(ctx context.Context, f PublicFilter) ([]PublicRequest, error) {
	list, err := selectPublic(ctx, s.db, f)
	if err != nil {
		return nil, err
	}
	published := make(map[int64]*PublicRequest)
	for i := range list {
		if list[i].Published {
			published[list[i].ID] = &list[i]
		}
	}
	if len(published) == 0 {
		return list, nil
	}
	events, err := selectPublished(ctx, s.db, published)
	if err != nil || len(events) == 0 {
		return list, err
	}
	return list, fillPublished(ctx, s.db, published, events)
}

func (f *PublicFilter) query() *query {
	b := &query{}
	b.and("t.confidential = 0")
	if len(f.Numbers) > 0 {
		in(b, "t.number", f.Numbers)
	}
	if len(f.IDs) > 0 {
		b.where = append(b.where, "t.id IN ("+joinIDs(f.IDs)+")")
	}
	if len(f.Categories) > 0 {
		ranges := make([]string, len(f.Categories))
		for i, code := range f.Categories {
			ranges[i] = "t.category >= " + b.arg(code) + " AND t.category < " + b.arg(code+"\x7f")
		}
		b.where = append(b.where, "("+strings.Join(ranges, " OR ")+")")
	}
	if f.From != 0 {
		b.and("t.submitted_at >= %s", int64(f.From))
	}
	if f.To != 0 {
		b.and("t.submitted_at <= %s", int64(f.To))
	}
	if f.Open != f.Closed {
		b.and("t.is_open = %s", flag(f.Open))
	}
	return b
}

func joinIDs(ids []int64) string {
	var text []byte
	for i, id := range ids {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, id, 10)
	}
	return string(text)
}

func selectPublic(ctx context.Context, q db.Queryer, f PublicFilter) ([]PublicRequest, error) {
	b := f.query()
	rows, err := q.Query(ctx, `SELECT t.id, t.number, t.state, t.category, t.area, t.lead_unit,
		CASE WHEN t.state = 'rejected' THEN t.snapshot ELSE '' END,
		t.submitted_at, t.updated_at, COALESCE(t.closed_at, 0), COALESCE(t.overall_due, 0), t.published
		FROM ticket t WHERE `+strings.Join(b.where, " AND ")+`
		ORDER BY t.submitted_at DESC, t.id DESC LIMIT `+strconv.Itoa(f.Limit)+` OFFSET `+strconv.Itoa(f.Offset), b.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []PublicRequest
	for rows.Next() {
		var r PublicRequest
		var snapshot string
		err := rows.Scan(&r.ID, &r.Number, &r.State, &r.Category, &r.Area, &r.Lead, &snapshot,
			&r.SubmittedAt, &r.UpdatedAt, &r.ClosedAt, &r.Due, &r.Published)
		if err != nil {
			return nil, err
		}
		if snapshot != "" {
			var t ticket.Ticket
			if err := json.Unmarshal([]byte(snapshot), &t); err != nil {
				return nil, errs.Wrap(err, errs.Internal, "decode_ticket", "工单数据无法读取")
			}
			r.Reason = t.Reason
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// selectPublished returns what was last published of each ticket. The pattern
// only spares records of other events from being decoded.
func selectPublished(ctx context.Context, q db.Queryer, of map[int64]*PublicRequest) (map[int64]ticket.PublishedEvent, error) {
	rows, err := q.Query(ctx, `SELECT ticket, body FROM record WHERE ticket IN (`+joinIDs(slices.Sorted(maps.Keys(of)))+`)
		AND body LIKE '%"type":"published"%' ORDER BY ticket, seq`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	last := make(map[int64]ticket.PublishedEvent, len(of))
	for rows.Next() {
		var id int64
		var body string
		var r ticket.Record
		if err := rows.Scan(&id, &body); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			return nil, errs.Wrap(err, errs.Internal, "decode_record", "工单记录无法读取")
		}
		if e, ok := r.Event.(ticket.PublishedEvent); ok {
			last[id] = e
		}
	}
	return last, rows.Err()
}

// fillPublished adds the words behind the digests of what was published. What
// has been erased stays empty.
func fillPublished(ctx context.Context, q db.Queryer, of map[int64]*PublicRequest, events map[int64]ticket.PublishedEvent) error {
	args := make([]any, 0, 3*len(events))
	for _, id := range slices.Sorted(maps.Keys(events)) {
		args = append(args, events[id].Title.Sum, events[id].Body.Sum, events[id].Reply.Sum)
	}
	rows, err := q.Query(ctx, `SELECT ticket, sum, body FROM content WHERE ticket IN (`+joinIDs(slices.Sorted(maps.Keys(of)))+`)
		AND sum IN (`+db.In(len(args), 1)+`)`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var sum, body string
		if err := rows.Scan(&id, &sum, &body); err != nil {
			return err
		}
		if sum == events[id].Title.Sum {
			of[id].Title = body
		}
		if sum == events[id].Body.Sum {
			of[id].Body = body
		}
		if sum == events[id].Reply.Sum {
			of[id].Reply = body
		}
	}
	return rows.Err()
}

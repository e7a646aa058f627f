package casework

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"huiyin/internal/audit"
	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// View is everything about one ticket, as an actor may see it.
type View struct {
	Ticket   ticket.Ticket
	Texts    map[string]string // by digest
	Timeline []ticket.Record
	Hops     []Hop
	Person   requester.Masked
	Files    []Attachment
	Allowed  []ticket.Name // commands that the actor's role and place allow now
}

// Text returns the words behind a digest; empty when they were erased.
func (v *View) Text(t ticket.Text) string { return v.Texts[t.Sum] }

// Open returns the ticket page, and has logged that the actor opened it.
func (s *Service) Open(ctx context.Context, actor ticket.Actor, number string) (View, error) {
	v, logged, err := s.OpenAhead(ctx, actor, number)
	return v, errors.Join(err, logged())
}

// OpenAhead returns the ticket page while the log of its opening is written.
// Nobody may see the page before logged has returned, without an error.
func (s *Service) OpenAhead(ctx context.Context, actor ticket.Actor, number string) (v View, logged func() error, err error) {
	h, err := s.seen(ctx, actor, idIn(number))
	if err == nil && h.Number != number {
		err = errNotFound
	}
	if err != nil {
		return View{}, func() error { return nil }, err
	}
	written := make(chan error, 1)
	go func() { written <- s.account(ctx, s.act(actor, audit.ActOpen, h.ID, "")) }()
	v, err = s.viewOf(ctx, actor, h)
	return v, func() error { return <-written }, err
}

// account logs an act on its own.
func (s *Service) account(ctx context.Context, act audit.Act) error {
	line, err := s.log.Number(ctx)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *db.Tx) error { return s.log.Write(ctx, tx, line, act) })
}

func (s *Service) act(actor ticket.Actor, what audit.ActKind, id int64, detail string) audit.Act {
	return audit.Act{
		At: s.clock().UnixMilli(), Account: int64(actor.Account), Unit: int64(actor.Unit), Kind: what, Ticket: id, Detail: detail,
	}
}

// Lookup returns the id of a ticket that the actor may see.
func (s *Service) Lookup(ctx context.Context, actor ticket.Actor, number string) (int64, error) {
	id, err := s.idOf(ctx, s.db, number)
	if err != nil {
		return 0, err
	}
	_, err = s.seen(ctx, actor, id)
	return id, err
}

func (s *Service) view(ctx context.Context, actor ticket.Actor, id int64) (View, error) {
	h, err := s.seen(ctx, actor, id)
	if err != nil {
		return View{}, err
	}
	return s.viewOf(ctx, actor, h)
}

// seen loads a ticket that the actor may see.
func (s *Service) seen(ctx context.Context, actor ticket.Actor, id int64) (*held, error) {
	h, err := s.load(ctx, s.db, id)
	if err == nil && !sees(s.city.Current(), actor, &h.Ticket) {
		return nil, errNotFound
	}
	return h, err
}

// viewOf reads what lies beside the ticket.
func (s *Service) viewOf(ctx context.Context, actor ticket.Actor, h *held) (View, error) {
	dir, id := s.city.Current(), h.ID
	var err error
	v := View{Ticket: h.Ticket, Allowed: ticket.Allowed(&h.Ticket, actor)}
	if v.Texts, err = selectContent(ctx, s.db, id); err != nil {
		return View{}, err
	}
	if v.Timeline, err = selectRecords(ctx, s.db, id); err != nil {
		return View{}, err
	}
	if v.Files, err = selectAttachments(ctx, s.db, id); err != nil {
		return View{}, err
	}
	v.Hops = hops(dir, v.Timeline)
	v.Person, err = s.masked(ctx, h.Requester)
	return v, err
}

func (s *Service) masked(ctx context.Context, id int64) (requester.Masked, error) {
	if id == 0 {
		return requester.Masked{Kind: requester.Anonymous}, nil
	}
	found, err := s.people.Masked(ctx, s.db, id)
	return found[id], err
}

// Reveal shows one field of the requester in clear, for a stated purpose. The
// reveal is logged in the same transaction; without a log there is no reveal.
func (s *Service) Reveal(ctx context.Context, actor ticket.Actor, number string, field requester.Field, purpose string) (string, error) {
	id, err := s.Lookup(ctx, actor, number)
	if err != nil {
		return "", err
	}
	if !works(actor) {
		return "", errs.New(errs.Denied, "role", "您的岗位不能查看诉求人信息")
	}
	h, err := s.load(ctx, s.db, id)
	if err != nil {
		return "", err
	}
	if h.Requester == 0 {
		return "", errs.New(errs.NotFound, "anonymous", "该诉求为匿名提交")
	}
	line, err := s.log.Number(ctx)
	if err != nil {
		return "", err
	}
	return s.people.Reveal(ctx, s.db, revealLog{s.log, line, s.act(actor, audit.ActReveal, id, "")},
		requester.Disclosure{Requester: h.Requester, Field: field, Purpose: purpose})
}

// revealLog writes one reveal to the audit log.
type revealLog struct {
	log  *audit.Log
	line int64
	act  audit.Act
}

// LogReveal implements requester.Logger.
func (l revealLog) LogReveal(ctx context.Context, tx *db.Tx, d requester.Disclosure) error {
	l.act.Detail = string(d.Field) + ": " + d.Purpose
	return l.log.Write(ctx, tx, l.line, l.act)
}

func selectContent(ctx context.Context, q db.Queryer, id int64) (map[string]string, error) {
	rows, err := q.Query(ctx, `SELECT sum, body FROM content WHERE ticket = $1`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	texts := map[string]string{}
	for rows.Next() {
		var sum, body string
		if err := rows.Scan(&sum, &body); err != nil {
			return nil, err
		}
		texts[sum] = body
	}
	return texts, rows.Err()
}

func selectRecords(ctx context.Context, q db.Queryer, id int64) ([]ticket.Record, error) {
	rows, err := q.Query(ctx, `SELECT body FROM record WHERE ticket = $1 ORDER BY seq`, id)
	if err != nil {
		return nil, err
	}
	return scanRecords(rows)
}

// selectFirstRecords reads those up to the last one that is asked for.
func selectFirstRecords(ctx context.Context, q db.Queryer, id int64, last int) ([]ticket.Record, error) {
	rows, err := q.Query(ctx, `SELECT body FROM record WHERE ticket = $1 AND seq <= $2 ORDER BY seq`, id, int64(last))
	if err != nil {
		return nil, err
	}
	return scanRecords(rows)
}

func scanRecords(rows *sql.Rows) ([]ticket.Record, error) {
	defer rows.Close()
	var records []ticket.Record
	for rows.Next() {
		var body string
		var r ticket.Record
		if err := rows.Scan(&body); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			return nil, errs.Wrap(err, errs.Internal, "decode_record", "工单记录无法读取")
		}
		records = append(records, r)
	}
	return records, rows.Err()
}

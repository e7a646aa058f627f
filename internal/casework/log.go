package casework

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"

	"huiyin/internal/audit"
	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// Access is one line of the access log: an act that changed no ticket.
type Access struct {
	ID      int64
	At      ticket.Instant
	Account ticket.AccountID
	Unit    ticket.UnitID // of the account, when it acted
	Kind    audit.ActKind
	Ticket  int64
	Number  string // of the ticket; empty if it was about none
	Detail  string // of a reveal "field: purpose", of a file its digest
}

// How much of the access log is read at once.
const (
	maxAccesses = 200
	lookAtMost  = 5000 // lines of one ticket that are looked through for 200 within the actor's reach
)

// Accesses returns who opened a ticket, revealed what and why, and fetched
// files, the newest first, at most 200. The supervisor and the head of a
// center are told of the acts of its accounts and those of the units below
// it, the audit administrator of the city center of all, and others of their
// own. Asking is no act.
func (s *Service) Accesses(ctx context.Context, actor ticket.Actor, number string) ([]Access, error) {
	id, err := s.idOf(ctx, s.db, number)
	if err != nil {
		return nil, err
	}
	all := s.audits(actor)
	if !all {
		if _, err := s.Lookup(ctx, actor, number); err != nil {
			return nil, err
		}
	}
	lines, err := selectAccesses(ctx, s.db, `a.ticket = $1 ORDER BY a.id DESC LIMIT `+strconv.Itoa(lookAtMost), id)
	if err != nil {
		return nil, err
	}
	lines = slices.DeleteFunc(lines, func(a Access) bool { return !all && !s.mayKnow(actor, a) })
	slices.SortStableFunc(lines, func(x, y Access) int { return int(y.At - x.At) })
	return lines[:min(len(lines), maxAccesses)], nil
}

// audits reports whether the actor may read the whole log.
func (s *Service) audits(actor ticket.Actor) bool {
	return actor.Holds(ticket.AuditAdmin) && actor.Unit == s.city.Current().CityCenter()
}

// mayKnow reports whether the actor may be told of an act on a ticket that
// they see.
func (s *Service) mayKnow(actor ticket.Actor, a Access) bool {
	if a.Account == actor.Account {
		return true
	}
	dir := s.city.Current()
	heads := actor.Holds(ticket.Supervisor) || actor.Holds(ticket.CenterHead)
	return heads && dir.CenterOf(actor.Unit) == actor.Unit && dir.IsUnder(a.Unit, actor.Unit)
}

// AccessFilter narrows the access log. Zero fields do not narrow.
type AccessFilter struct {
	Account  ticket.AccountID
	Kind     audit.ActKind
	From, To string // local days, inclusive
	Cursor   string // from the page before
	Limit    int    // at most 200; 20 if zero
}

// AccessPage is a part of the access log. Next is empty on the last one.
type AccessPage struct {
	Accesses []Access
	Next     string
}

// AccessLog reads the access log, the latest act first: all of it for the
// audit administrator of the city center, their own acts for everybody else,
// who are refused another account's with errs.Denied.
func (s *Service) AccessLog(ctx context.Context, actor ticket.Actor, f AccessFilter) (AccessPage, error) {
	if !s.audits(actor) {
		if f.Account != 0 && f.Account != actor.Account || actor.Account == 0 {
			return AccessPage{}, errs.New(errs.Denied, "role", "只有审计管理员能查看他人的访问记录")
		}
		f.Account = actor.Account
	}
	list := Filter{From: f.From, To: f.To, Limit: f.Limit}
	if err := list.check(); err != nil {
		return AccessPage{}, err
	}
	f.Limit = list.Limit
	b, err := s.accesses(f)
	if err != nil {
		return AccessPage{}, err
	}
	lines, err := selectAccesses(ctx, s.db, b.condition()+` ORDER BY a.at DESC, a.id DESC LIMIT `+strconv.Itoa(f.Limit+1), b.args...)
	if err != nil || len(lines) <= f.Limit {
		return AccessPage{Accesses: lines}, err
	}
	last := lines[f.Limit-1]
	next := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d.0", last.At, last.ID))
	return AccessPage{Accesses: lines[:f.Limit], Next: next}, nil
}

func (s *Service) accesses(f AccessFilter) (*query, error) {
	b, local := &query{}, s.city.Current().Calendar().Location()
	if f.Account != 0 {
		b.and("a.account = %s", int64(f.Account))
	}
	if f.Kind != "" {
		b.and("a.act = %s", string(f.Kind))
	}
	if f.Kind != "" && f.Kind != audit.ActOpen {
		b.and("a.act <> 'open'") // lets the index on the rarer acts serve
	}
	if f.From != "" {
		b.and("a.at >= %s", midnight(f.From, 0, local))
	}
	if f.To != "" {
		b.and("a.at < %s", midnight(f.To, 1, local))
	}
	if f.Cursor == "" {
		return b, nil
	}
	after, err := (&Filter{Cursor: f.Cursor}).after()
	if err != nil {
		return nil, errs.InvalidField("cursor", "翻页标记无效")
	}
	b.and("(a.at, a.id) < (%s, %s)", after[0], after[1])
	return b, nil
}

func selectAccesses(ctx context.Context, q db.Queryer, condition string, args ...any) ([]Access, error) {
	rows, err := q.Query(ctx, `SELECT a.id, a.at, a.account, a.unit, a.act, a.ticket, COALESCE(t.number, ''), a.detail
		FROM access a LEFT JOIN ticket t ON t.id = a.ticket WHERE `+condition, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var lines []Access
	for rows.Next() {
		var a Access
		if err := rows.Scan(&a.ID, &a.At, &a.Account, &a.Unit, &a.Kind, &a.Ticket, &a.Number, &a.Detail); err != nil {
			return nil, err
		}
		lines = append(lines, a)
	}
	return lines, rows.Err()
}

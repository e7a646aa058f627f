package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"huiyin/internal/audit"
	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// held is a ticket as it was loaded, with what is needed to go on with it.
type held struct {
	ticket.Ticket
	title string
	head  []byte // hash of its last record
	salt  []byte
}

// change is what a decision did to one ticket.
type change struct {
	before, after ticket.Ticket
	records       []ticket.Record
	head          []byte // of before; nil for a new ticket
	salt          []byte
	title         string // of a new ticket, in clear
	body          string // of a new ticket, for the index
}

// write stores a change: records, snapshot, rows and texts, all or nothing.
// It fails with errStale when the ticket is no longer the one decided on.
func (s *Service) write(ctx context.Context, tx *db.Tx, dir *org.Directory, c change) error {
	lines, err := c.link()
	if err != nil {
		return err
	}
	row, err := s.project(&c.after, lines.head)
	if err != nil {
		return err
	}
	// The ticket first: its version decides whether the rest may be written.
	if c.before.Seq == 0 {
		err = s.open(ctx, tx, c, row)
	} else {
		err = updateTicket(ctx, tx, row, c.before.Seq)
	}
	if err != nil {
		return err
	}
	if err := insertRecords(ctx, tx, lines.rows, len(c.records)); err != nil {
		return err
	}
	if err := insertContent(ctx, tx, c.after.ID, lines.texts); err != nil {
		return err
	}
	if err := s.writeParts(ctx, tx, dir, c); err != nil {
		return err
	}
	if err := s.promise(ctx, tx, c); err != nil {
		return err
	}
	return s.announce(ctx, tx, c)
}

// open stores a new ticket and makes it findable.
func (s *Service) open(ctx context.Context, tx *db.Tx, c change, row ticketRow) error {
	if err := insertTicket(ctx, tx, row, c.salt, c.title); err != nil {
		return err
	}
	return s.index.Add(ctx, tx, c.after.ID, c.title, c.body)
}

// lines are records as they are stored.
type lines struct {
	rows  []any // ticket, seq, body, hash of each
	texts []ticket.Text
	head  []byte // hash of the last
}

// link adds the change's records to the chain.
func (c *change) link() (lines, error) {
	l := lines{head: c.head, rows: make([]any, 0, 4*len(c.records))}
	for i := range c.records {
		r := &c.records[i]
		body, err := json.Marshal(r)
		if err != nil {
			return l, errs.Wrap(err, errs.Internal, "encode_record", "保存工单记录失败")
		}
		l.head = audit.Link(l.head, body)
		l.rows = append(l.rows, c.after.ID, int64(r.Seq), string(body), l.head)
		l.texts = append(l.texts, ticket.Texts(r.Event)...)
	}
	return l, nil
}

// writeParts stores the assignments and clocks that the change touched, and
// who may see the ticket by them.
func (s *Service) writeParts(ctx context.Context, tx *db.Tx, dir *org.Directory, c change) error {
	if rows := changed(assignmentRows(&c.before), assignmentRows(&c.after)); len(rows) > 0 {
		if err := upsertAssignments(ctx, tx, c.after.ID, rows); err != nil {
			return err
		}
	}
	next := nextBy(dir)
	if rows := changed(clockRows(&c.before, next), clockRows(&c.after, next)); len(rows) > 0 {
		if err := upsertClocks(ctx, tx, c.after.ID, rows); err != nil {
			return err
		}
	}
	return s.writeSight(ctx, tx, dir, c)
}

// changed returns the rows of after that before has not or has otherwise.
// Rows are only ever added at the end or changed in place.
func changed[R comparable](before, after []R) []R {
	var rows []R
	for i, r := range after {
		if i >= len(before) || before[i] != r {
			rows = append(rows, r)
		}
	}
	return rows
}

// writeSight keeps the rows by which units find the ticket.
func (s *Service) writeSight(ctx context.Context, tx *db.Tx, dir *org.Directory, c change) error {
	_, wasOwed := c.before.Duty()
	_, isOwed := c.after.Duty()
	if c.before.Seq > 0 && wasOwed != isOwed {
		for unit := range viewers(dir, &c.before) {
			if err := moveSight(ctx, tx, c.after.ID, unit, isOwed); err != nil {
				return err
			}
		}
	}
	before, changed := viewers(dir, &c.before), viewers(dir, &c.after)
	maps.DeleteFunc(changed, func(unit ticket.UnitID, direct bool) bool {
		was, there := before[unit]
		return there && was == direct
	})
	return upsertSight(ctx, tx, c.after.ID, isOwed, changed)
}

// viewers returns the units that see a ticket: the one that took it down, those
// with an assignment and those above them; true for those that work on it
// themselves. The city center is not among them: it sees every ticket without
// a row.
func viewers(dir *org.Directory, t *ticket.Ticket) map[ticket.UnitID]bool {
	units := make(map[ticket.UnitID]bool, 2*len(t.Assignments))
	if t.Recorded != 0 {
		units[t.Recorded] = false
	}
	for i := range t.Assignments {
		a := &t.Assignments[i]
		units[a.Unit] = units[a.Unit] || worksOn(a)
		for u, ok := dir.Unit(a.Unit); ok && u.Parent != dir.CityCenter(); u, ok = dir.Unit(u.Parent) {
			if u.Parent == 0 {
				break
			}
			units[u.Parent] = units[u.Parent] || false // a row, if it has none
		}
	}
	return units
}

// announce tells the desks of all processes, once the change is on disk. Old
// matters come by the thousand: of them is only told that they came. Each says so
// by a row of its own, for the desks may have been told of the others already
// when this one is committed.
func (s *Service) announce(ctx context.Context, tx *db.Tx, c change) error {
	if s.past {
		return insertGap(ctx, tx, 0, c.after.ID)
	}
	tx.AfterCommit(s.feed.wake)
	return insertChange(ctx, tx, c.after.ID, c.after.Seq, c.after.State())
}

// fingerprint identifies a request, so that a reused key is noticed. The
// request's type is part of it. Its hash is keyed: a submission holds phone
// numbers, of which there are few enough to try them all.
func (s *Service) fingerprint(request any) ([]byte, error) {
	b, err := json.Marshal(request)
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, "encode_request", "请求无法识别")
	}
	return s.keys.Hash("request", fmt.Sprintf("%T\x00%s", request, b)), nil
}

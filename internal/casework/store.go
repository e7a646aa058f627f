package casework

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"

	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

var errNotFound = errs.New(errs.NotFound, "ticket_not_found", "没有找到该工单")

// load reads a ticket by its id.
func (s *Service) load(ctx context.Context, q db.Queryer, id int64) (*held, error) {
	var snapshot string
	h := &held{}
	err := q.QueryRow(ctx, `SELECT snapshot, head, salt, title FROM ticket WHERE id = $1`, id).
		Scan(&snapshot, &h.head, &h.salt, &h.title)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNotFound
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(snapshot), &h.Ticket); err != nil {
		return nil, errs.Wrap(err, errs.Internal, "decode_ticket", "工单数据无法读取")
	}
	return h, nil
}

// idOf returns the id behind a number.
func (s *Service) idOf(ctx context.Context, q db.Queryer, number string) (id int64, err error) {
	err = q.QueryRow(ctx, `SELECT id FROM ticket WHERE id = $1 AND number = $2`, idIn(number), number).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, errNotFound
	}
	return id, err
}

func insertTicket(ctx context.Context, tx *db.Tx, r ticketRow, salt []byte, title string) error {
	return tx.Send(ctx, `INSERT INTO ticket (id, number, seq, head, salt, snapshot, title, state, kind, channel, urgency,
		category, area, center, lead_unit, requester, confidential, published, submitted_at, updated_at,
		replied_at, closed_at, is_open, owes_unit, due, overall_due)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)`,
		r.ID, r.Number, r.Seq, r.Head, salt, r.Snapshot, title, r.State, r.Kind, r.Channel, r.Urgency,
		r.Category, r.Area, r.Center, r.LeadUnit, r.Requester, r.Confidential, r.Published, r.SubmittedAt, r.UpdatedAt,
		r.RepliedAt, r.ClosedAt, r.Open, r.OwesUnit, r.Due, r.OverallDue)
}

// updateTicket replaces the row of a ticket, if it still is at the version
// the change was decided on.
func updateTicket(ctx context.Context, tx *db.Tx, r ticketRow, from int) error {
	n, err := tx.Exec(ctx, `UPDATE ticket SET seq = $1, head = $2, snapshot = $3, state = $4, kind = $5, urgency = $6,
		category = $7, area = $8, lead_unit = $9, confidential = $10, published = $11, updated_at = $12, replied_at = $13,
		closed_at = $14, is_open = $15, owes_unit = $16, due = $17, overall_due = $18
		WHERE id = $19 AND seq = $20`,
		r.Seq, r.Head, r.Snapshot, r.State, r.Kind, r.Urgency, r.Category, r.Area, r.LeadUnit, r.Confidential, r.Published,
		r.UpdatedAt, r.RepliedAt, r.ClosedAt, r.Open, r.OwesUnit, r.Due, r.OverallDue, r.ID, int64(from))
	if err == nil && n == 0 {
		return errStale
	}
	return err
}

var (
	recordColumns     = []string{"ticket", "seq", "body", "hash"}
	contentColumns    = []string{"ticket", "sum", "body"}
	sightColumns      = []string{"unit", "is_owed", "ticket", "direct"}
	assignmentColumns = []string{
		"ticket", "no", "parent", "unit", "is_lead", "state", "is_live", "dispatched_at", "signed_at", "replied_at", "due",
		"pending", "endorsed",
	}
	clockColumns = []string{
		"ticket", "no", "step", "assignment", "unit", "started_at", "due", "paused_at", "stopped_at", "provisional",
		"breached", "is_todo", "next_at",
	}
)

func insertRecords(ctx context.Context, tx *db.Tx, values []any, rows int) error {
	return tx.Send(ctx, db.Insert("record", recordColumns, rows), values...)
}

func insertContent(ctx context.Context, tx *db.Tx, id int64, texts []ticket.Text) error {
	if len(texts) == 0 {
		return nil
	}
	values := make([]any, 0, 3*len(texts))
	for _, t := range texts {
		values = append(values, id, t.Sum, t.Body)
	}
	return tx.Send(ctx, db.Insert("content", contentColumns, len(texts))+` ON CONFLICT (ticket, sum) DO NOTHING`, values...)
}

func upsertAssignments(ctx context.Context, tx *db.Tx, id int64, rows []assignmentRow) error {
	values := make([]any, 0, len(assignmentColumns)*len(rows))
	for _, r := range rows {
		values = append(values, id, r.No, r.Parent, r.Unit, r.Lead, r.State, r.Live, r.At, r.SignedAt, r.RepliedAt, r.Due, r.Pending, r.Endorsed)
	}
	return tx.Send(ctx, db.Insert("assignment", assignmentColumns, len(rows))+` ON CONFLICT (ticket, no) DO UPDATE SET
		state = excluded.state, is_live = excluded.is_live, signed_at = excluded.signed_at, replied_at = excluded.replied_at,
		due = excluded.due, pending = excluded.pending, endorsed = excluded.endorsed`, values...)
}

func upsertClocks(ctx context.Context, tx *db.Tx, id int64, rows []clockRow) error {
	values := make([]any, 0, len(clockColumns)*len(rows))
	for _, r := range rows {
		values = append(values, id, r.No, r.Step, r.Assignment, r.Unit, r.Started, r.Due, r.Paused, r.Stopped,
			r.Provisional, r.Breached, r.Todo, r.Next)
	}
	return tx.Send(ctx, db.Insert("clock", clockColumns, len(rows))+` ON CONFLICT (ticket, no) DO UPDATE SET
		due = excluded.due, paused_at = excluded.paused_at, stopped_at = excluded.stopped_at,
		provisional = excluded.provisional, breached = excluded.breached, is_todo = excluded.is_todo, next_at = excluded.next_at`, values...)
}

func upsertSight(ctx context.Context, tx *db.Tx, id int64, owed bool, units map[ticket.UnitID]bool) error {
	if len(units) == 0 {
		return nil
	}
	values := make([]any, 0, 4*len(units))
	for unit, direct := range units {
		values = append(values, int64(unit), flag(owed), id, flag(direct))
	}
	return tx.Send(ctx, db.Insert("sight", sightColumns, len(units))+` ON CONFLICT (unit, ticket) DO UPDATE SET
		is_owed = excluded.is_owed, direct = excluded.direct`, values...)
}

func moveSight(ctx context.Context, tx *db.Tx, id int64, unit ticket.UnitID, owed bool) error {
	return tx.Send(ctx, `UPDATE sight SET is_owed = $1 WHERE unit = $2 AND ticket = $3`, flag(owed), int64(unit), id)
}

// flag is how truth is stored: SQLite has no booleans, and one text serves
// both engines.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func selectKey(ctx context.Context, q db.Queryer, key string) (id int64, request []byte, err error) {
	err = q.QueryRow(ctx, `SELECT ticket, request FROM idempotency WHERE key = $1`, key).Scan(&id, &request)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, nil
	}
	return id, request, err
}

func insertKey(ctx context.Context, tx *db.Tx, key string, request []byte, id, now int64) (int64, error) {
	return tx.Exec(ctx, `INSERT INTO idempotency (key, request, ticket, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (key) DO NOTHING`, key, request, id, now)
}

// deleteKeys forgets the oldest keys from before the instant, no more than the
// limit, and returns how many.
func deleteKeys(ctx context.Context, tx *db.Tx, before int64, limit int) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM idempotency WHERE key IN
		(SELECT key FROM idempotency WHERE created_at < $1 ORDER BY created_at LIMIT `+strconv.Itoa(limit)+`)`, before)
}

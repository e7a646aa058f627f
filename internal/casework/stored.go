package casework

import (
	"context"
	"database/sql"
	"errors"

	"huiyin/internal/db"
	"huiyin/internal/ticket"
)

// stored is what lies beside the records of some tickets, by ticket.
type stored struct {
	rows        map[int64]listed
	assignments map[int64][]assignmentRow
	clocks      map[int64][]clockRow // Next is 1 if it runs and the platform will never look at it
	sight       map[int64]map[ticket.UnitID]seen
	files       map[int64]map[string]ticket.File // by digest
}

// listed is a ticket's row as lists read it.
type listed struct {
	ticketRow
	title string
}

// seen is how a unit sees a ticket.
type seen struct{ direct, owed int64 }

// stray returns a ticket that something is stored of, but that is not there;
// zero if there is none.
func (s *stored) stray(tickets map[int64]*ticket.Ticket) int64 {
	return max(strayOf(s.assignments, tickets), strayOf(s.clocks, tickets), strayOf(s.sight, tickets), strayOf(s.files, tickets))
}

func strayOf[V any](rows map[int64]V, tickets map[int64]*ticket.Ticket) int64 {
	for id := range rows {
		if tickets[id] == nil {
			return id
		}
	}
	return 0
}

func readStored(ctx context.Context, q db.Queryer, from, to int64) (*stored, error) {
	s := &stored{
		rows: map[int64]listed{}, assignments: map[int64][]assignmentRow{}, clocks: map[int64][]clockRow{},
		sight: map[int64]map[ticket.UnitID]seen{}, files: map[int64]map[string]ticket.File{},
	}
	return s, errors.Join(
		s.readRows(ctx, q, from, to), s.readAssignments(ctx, q, from, to), s.readClocks(ctx, q, from, to),
		s.readSight(ctx, q, from, to), s.readFiles(ctx, q, from, to),
	)
}

func (s *stored) readRows(ctx context.Context, q db.Queryer, from, to int64) error {
	return each(ctx, q, `SELECT id, number, seq, title, state, kind, channel, urgency, category, area, center, lead_unit, requester,
		confidential, published, submitted_at, replied_at, closed_at, is_open, owes_unit, due, overall_due
		FROM ticket WHERE id >= $1 AND id < $2`, from, to, func(rows *sql.Rows) error {
		var r listed
		err := rows.Scan(&r.ID, &r.Number, &r.Seq, &r.title, &r.State, &r.Kind, &r.Channel, &r.Urgency, &r.Category, &r.Area, &r.Center,
			&r.LeadUnit, &r.Requester, &r.Confidential, &r.Published, &r.SubmittedAt, &r.RepliedAt, &r.ClosedAt, &r.Open, &r.OwesUnit,
			&r.Due, &r.OverallDue)
		s.rows[r.ID] = r
		return err
	})
}

func (s *stored) readAssignments(ctx context.Context, q db.Queryer, from, to int64) error {
	return each(ctx, q, `SELECT ticket, no, parent, unit, is_lead, state, is_live, dispatched_at, COALESCE(signed_at, 0),
		COALESCE(replied_at, 0), due, pending, endorsed FROM assignment WHERE ticket >= $1 AND ticket < $2 ORDER BY ticket, no`, from, to, func(rows *sql.Rows) error {
		var id int64
		var r assignmentRow
		err := rows.Scan(&id, &r.No, &r.Parent, &r.Unit, &r.Lead, &r.State, &r.Live, &r.At, &r.SignedAt, &r.RepliedAt, &r.Due,
			&r.Pending, &r.Endorsed)
		s.assignments[id] = append(s.assignments[id], r)
		return err
	})
}

func (s *stored) readClocks(ctx context.Context, q db.Queryer, from, to int64) error {
	return each(ctx, q, `SELECT ticket, no, step, assignment, unit, started_at, due, COALESCE(paused_at, 0), COALESCE(stopped_at, 0),
		provisional, breached, is_todo,
		CASE WHEN next_at IS NULL AND paused_at IS NULL AND stopped_at IS NULL AND breached = 0 THEN 1 ELSE 0 END
		FROM clock WHERE ticket >= $1 AND ticket < $2 ORDER BY ticket, no`, from, to, func(rows *sql.Rows) error {
		var id int64
		var r clockRow
		err := rows.Scan(&id, &r.No, &r.Step, &r.Assignment, &r.Unit, &r.Started, &r.Due, &r.Paused, &r.Stopped, &r.Provisional,
			&r.Breached, &r.Todo, &r.Next)
		s.clocks[id] = append(s.clocks[id], r)
		return err
	})
}

func (s *stored) readSight(ctx context.Context, q db.Queryer, from, to int64) error {
	return each(ctx, q, `SELECT ticket, unit, direct, is_owed FROM sight WHERE ticket >= $1 AND ticket < $2`, from, to, func(rows *sql.Rows) error {
		var id int64
		var unit ticket.UnitID
		var how seen
		err := rows.Scan(&id, &unit, &how.direct, &how.owed)
		if s.sight[id] == nil {
			s.sight[id] = map[ticket.UnitID]seen{}
		}
		s.sight[id][unit] = how
		return err
	})
}

func (s *stored) readFiles(ctx context.Context, q db.Queryer, from, to int64) error {
	return each(ctx, q, `SELECT ticket, sha256, size, type FROM attachment WHERE ticket >= $1 AND ticket < $2`, from, to, func(rows *sql.Rows) error {
		var id int64
		var f ticket.File
		err := rows.Scan(&id, &f.SHA256, &f.Size, &f.Type)
		if s.files[id] == nil {
			s.files[id] = map[string]ticket.File{}
		}
		s.files[id][f.SHA256] = f
		return err
	})
}

func each(ctx context.Context, q db.Queryer, query string, from, to int64, row func(*sql.Rows) error) error {
	rows, err := q.Query(ctx, query, from, to)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

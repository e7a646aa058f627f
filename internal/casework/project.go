package casework

import (
	"database/sql/driver"
	"encoding/json"

	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// ticketRow holds the columns that a ticket's state gives.
type ticketRow struct {
	ID                                      int64
	Number                                  string
	Seq                                     int64
	Head                                    []byte
	Snapshot                                string
	State, Kind, Channel, Urgency           string
	Category, Area                          string
	Center, LeadUnit, Requester             int64
	Confidential, Published, Open, OwesUnit int64
	SubmittedAt                             int64
	UpdatedAt                               int64
	RepliedAt, ClosedAt, Due, OverallDue    *int64
}

func (s *Service) project(t *ticket.Ticket, head []byte) (ticketRow, error) {
	snapshot, err := json.Marshal(t)
	if err != nil {
		return ticketRow{}, errs.Wrap(err, errs.Internal, "encode_ticket", "保存工单失败")
	}
	row := columns(t)
	row.Head, row.Snapshot = head, string(snapshot)
	row.UpdatedAt = s.clock().UnixMilli()
	return row, nil
}

// columns returns the part of a row that the ticket's state alone gives.
func columns(t *ticket.Ticket) ticketRow {
	row := ticketRow{
		ID: t.ID, Number: t.Number, Seq: int64(t.Seq),
		State: string(t.State()), Kind: string(t.Kind), Channel: string(t.Channel), Urgency: string(t.Urgency),
		Category: t.Category, Area: t.Area, Center: int64(t.Center), Requester: t.Requester,
		Confidential: flag(t.Confidential), Published: flag(t.Published), Open: flag(t.State().Open()),
		SubmittedAt: int64(t.SubmittedAt), RepliedAt: instant(t.RepliedAt), ClosedAt: instant(t.ClosedAt),
	}
	if lead := t.Lead(); lead != nil {
		row.LeadUnit = int64(lead.Unit)
	}
	if duty, ok := t.Duty(); ok {
		row.OwesUnit, row.Due = int64(duty.Unit), instant(duty.Clock.Due)
	}
	for i := range t.Clocks {
		if c := &t.Clocks[i]; c.Step == ticket.StepOverall {
			row.OverallDue = instant(c.Due)
		}
	}
	return row
}

// instant is how a moment is stored; never is null.
func instant(i ticket.Instant) *int64 {
	if i == 0 {
		return nil
	}
	ms := int64(i)
	return &ms
}

type assignmentRow struct {
	No, Parent, Unit, Lead, Live int64
	State                        string
	At, SignedAt, RepliedAt      nullable
	Due                          int64
	Pending                      string
	Endorsed                     int64
}

// nullable is an instant in a comparable row: zero is stored as null.
type nullable int64

// Value implements driver.Valuer.
func (n nullable) Value() (driver.Value, error) {
	if n == 0 {
		return nil, nil
	}
	return int64(n), nil
}

func assignmentRows(t *ticket.Ticket) []assignmentRow {
	rows := make([]assignmentRow, len(t.Assignments))
	for i := range t.Assignments {
		a := &t.Assignments[i]
		rows[i] = assignmentRow{
			No: int64(a.No), Parent: int64(a.Parent), Unit: int64(a.Unit), Lead: flag(a.Lead), Live: flag(a.State.Live()),
			State: string(a.State), At: nullable(a.At), SignedAt: nullable(a.SignedAt), RepliedAt: nullable(a.RepliedAt),
			Due: int64(t.WorkDue(a.No)),
		}
		if a.Request != nil {
			rows[i].Pending, rows[i].Endorsed = string(a.Request.For), flag(a.Request.Endorsed)
		}
	}
	return rows
}

type clockRow struct {
	No, Assignment, Unit, Started, Due int64
	Step                               string
	Paused, Stopped, Next              nullable
	Provisional, Breached, Todo        int64
}

// clockRows returns the rows of a ticket's clocks; next says when the platform
// must look at one again.
func clockRows(t *ticket.Ticket, next func(*ticket.Clock) ticket.Instant) []clockRow {
	rows := make([]clockRow, len(t.Clocks))
	for i := range t.Clocks {
		c := &t.Clocks[i]
		rows[i] = clockRow{
			No: int64(c.No), Assignment: int64(c.Assignment), Unit: int64(c.Unit), Started: int64(c.Started), Due: int64(c.Due),
			Step: string(c.Step), Paused: nullable(c.Paused), Stopped: nullable(c.Stopped), Next: nullable(next(c)),
			Provisional: flag(c.Provisional), Breached: flag(c.Breached),
		}
	}
	for _, task := range t.Tasks() {
		rows[task.No-1].Todo = 1
	}
	return rows
}

// nextBy is when the city's calendar and policy want a clock looked at.
func nextBy(dir *org.Directory) func(*ticket.Clock) ticket.Instant {
	policy := dir.Policy()
	cal := calendar{dir.Calendar(), policy.Counting()}
	return func(c *ticket.Clock) ticket.Instant { return c.Next(cal, policy.WarnDays) }
}

package casework

import (
	"context"
	"strconv"
	"strings"

	"huiyin/internal/ticket"
)

// TodoBound is as far as things to do are counted: a menu that shows more of
// them than that says "999+".
const TodoBound = 1000

// Todo counts what the actor's unit has to do, by step, as a list with
// Filter.Todo has it; and how much of it is late, and how much is due within
// one working day. No count goes beyond TodoBound. Steps without anything to
// do are not in the map.
func (s *Service) Todo(ctx context.Context, actor ticket.Actor) (steps map[ticket.Step]int64, late, soon int64, err error) {
	steps = map[ticket.Step]int64{}
	if !works(actor) && !watches(actor) {
		return steps, 0, 0, nil
	}
	b := &query{from: "clock c"}
	b.and("c.is_todo = 1 AND c.unit = %s", int64(actor.Unit))
	if !works(actor) {
		b.from = "clock c JOIN ticket t ON t.id = c.ticket"
		b.and("t.confidential = 0")
	}
	now := s.clock().UnixMilli()
	before, after, end := "c.due < "+b.arg(now), "c.due >= "+b.arg(now), " AND c.due < "+b.arg(s.soon())
	parts := []string{b.counted("late", before), b.counted("soon", after+end)}
	for _, step := range ticket.Steps {
		parts = append(parts, b.counted(string(step), "c.step = '"+string(step)+"'"))
	}
	rows, err := s.db.Query(ctx, strings.Join(parts, " UNION ALL "), b.args...)
	if err != nil {
		return nil, 0, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var what string
		var n int64
		if err := rows.Scan(&what, &n); err != nil {
			return nil, 0, 0, err
		}
		switch {
		case what == "late":
			late = n
		case what == "soon":
			soon = n
		case n > 0:
			steps[ticket.Step(what)] = n
		}
	}
	return steps, late, soon, rows.Err()
}

// counted counts, as far as TodoBound, what meets one condition more.
func (b *query) counted(what, condition string) string {
	return `SELECT '` + what + `' AS what, COUNT(*) FROM (SELECT 1 FROM ` + b.from + ` WHERE ` + b.condition() + ` AND ` + condition +
		` LIMIT ` + strconv.Itoa(TodoBound) + `) AS part_` + what
}

// soon is the instant until which things are due within one working day.
func (s *Service) soon() int64 {
	at, _ := s.city.Current().Calendar().AddWorkingDays(s.clock(), 1)
	return at.UnixMilli()
}

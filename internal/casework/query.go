package casework

import (
	"fmt"
	"strconv"
	"strings"

	"huiyin/internal/ticket"
)

const newestFirst = "t.id DESC"

// query builds one SELECT with its arguments.
type query struct {
	from, order string
	due         string // of the clock that the line is about
	task        string // its number and step; state and request of its assignment
	driven      bool   // an index is chosen that narrows, and mostly orders
	where       []string
	args        []any
}

// arg adds an argument and returns its place holder.
func (b *query) arg(v any) string {
	b.args = append(b.args, v)
	return "$" + strconv.Itoa(len(b.args))
}

func (b *query) and(format string, values ...any) {
	places := make([]any, len(values))
	for i, v := range values {
		places[i] = b.arg(v)
	}
	b.where = append(b.where, fmt.Sprintf(format, places...))
}

// newest writes the order of a list from the newest in another way.
func (b *query) newest(order string) {
	if b.order == newestFirst {
		b.order = order
	}
}

// within narrows a column to a code and those below it, by its index. The order
// is hidden from the engines: PostgreSQL would rather walk down all tickets.
func (b *query) within(column, code string) {
	b.driven = true
	b.newest("t.id + 0 DESC")
	b.and(column+" >= %s AND "+column+" < %s", code, code+"\x7f")
}

// in narrows a column to a list of words.
func in[T ~string](b *query, column string, words []T) {
	places := make([]string, len(words))
	for i, w := range words {
		places[i] = b.arg(string(w))
	}
	b.where = append(b.where, column+" IN ("+strings.Join(places, ", ")+")")
}

// code narrows a column to a code of a tree and those below it. A leaf is
// looked up in the column's index, which also gives the order. A code with
// others below it is common enough to be met soon on the way down from the
// newest, so it is checked there; the column is wrapped to keep both engines
// from collecting and sorting the whole range instead. Codes begin with the
// code above them.
func (b *query) code(column, code string, leaf bool) {
	if leaf && !b.driven {
		b.driven = true
		b.and(column+" = %s", code)
		return
	}
	column = "COALESCE(" + column + ", '')"
	b.and(column+" >= %s AND "+column+" < %s", code, code+"\x7f")
}

// states narrows to states: by the index on it, unless another drives the query.
func (b *query) states(states []ticket.State) {
	if b.driven || len(states) > 1 {
		in(b, "COALESCE(t.state, '')", states)
		return
	}
	// Written as a range that its index orders, so that PostgreSQL does not
	// look for a state in which no ticket is by walking down all of them.
	b.newest("t.state DESC, t.id DESC")
	b.and("t.state >= %s AND t.state <= %s", string(states[0]), string(states[0]))
}

func (b *query) condition() string {
	if len(b.where) == 0 {
		return "1 = 1"
	}
	return strings.Join(b.where, " AND ")
}

func (b *query) text(limit int) string {
	return `SELECT t.id, t.number, t.seq, t.title, t.state, t.kind, t.channel, t.urgency, t.category, t.area, t.lead_unit,
		t.owes_unit, t.confidential, t.submitted_at, ` + b.due + `, ` + b.task + ` FROM ` + b.from + ` WHERE ` + b.condition() +
		` ORDER BY ` + b.order + ` LIMIT ` + strconv.Itoa(limit)
}

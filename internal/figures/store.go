package figures

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiyin/internal/db"
	"huiyin/internal/ticket"
)

// columns of the counts, in the order of Tally.parts.
var columns = []string{
	"received", "accepted", "direct", "closed", "due", "replied", "timely", "rated",
	"result_good", "result_fair", "process_good", "process_fair", "called", "solved",
}

// rowsAtOnce is how many rows one statement writes.
const rowsAtOnce = 50

// onConflict adds to a row that is there.
var onConflict = func() string {
	sums := make([]string, len(columns))
	for i, c := range columns {
		sums[i] = c + " = figure." + c + " + excluded." + c
	}
	return " ON CONFLICT (day, dim, item) DO UPDATE SET " + strings.Join(sums, ", ")
}()

// Write stores the change. Whoever writes has seen to it that nobody else does.
func (c *Change) Write(ctx context.Context, tx *db.Tx) error {
	maps.DeleteFunc(c.cells, func(_ cell, t *Tally) bool { return *t == Tally{} })
	keys := slices.SortedFunc(maps.Keys(c.cells), func(a, b cell) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Dim, b.Dim), cmp.Compare(a.Item, b.Item))
	})
	for chunk := range slices.Chunk(keys, rowsAtOnce) {
		var values []any
		for _, k := range chunk {
			values = append(values, k.Day, string(k.Dim), k.Item)
			for _, n := range c.cells[k].parts() {
				values = append(values, *n)
			}
		}
		text := db.Insert("figure", append([]string{"day", "dim", "item"}, columns...), len(chunk)) + onConflict
		if err := tx.Send(ctx, text, values...); err != nil {
			return err
		}
	}
	return nil
}

// sums selects the counts of several rows.
var sums = "SUM(" + strings.Join(columns, "), SUM(") + ")"

// Cuts are the figures of a period, cut in every way.
type Cuts map[Dim]map[string]Tally

// Of returns the tally of an item of a cut.
func (c Cuts) Of(dim Dim, item string) Tally { return c[dim][item] }

// OfUnit returns the tally of a unit.
func (c Cuts) OfUnit(unit ticket.UnitID) Tally { return c[Unit][item(unit)] }

// Between adds up the days from the first of a month to the last, 2006-01-02:
// whole months by their sums, what is left of the last one by its days.
func Between(ctx context.Context, q db.Queryer, first, last string) (Cuts, error) {
	months, rest, err := wholeMonths(first, last)
	if err != nil {
		return nil, err
	}
	args := []any{rest, last}
	for _, m := range months {
		args = append(args, m)
	}
	rows, err := q.Query(ctx, `SELECT dim, item, `+sums+` FROM figure WHERE day BETWEEN $1 AND $2 OR day IN (`+db.In(len(months), 3)+`)
		GROUP BY dim, item`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	cuts := Cuts{}
	for rows.Next() {
		var dim Dim
		var item string
		var t Tally
		if err := rows.Scan(into(&t, &dim, &item)...); err != nil {
			return nil, err
		}
		if cuts[dim] == nil {
			cuts[dim] = map[string]Tally{}
		}
		cuts[dim][item] = t
	}
	return cuts, rows.Err()
}

// CityBetween adds up the city alone.
func CityBetween(ctx context.Context, q db.Queryer, first, last string) (t Tally, err error) {
	months, err := Months(ctx, q, first, last)
	for _, m := range months {
		t.add(m, 1)
	}
	return t, err
}

// wholeMonths lists the rows of the months that end by the last day, and the day
// after them.
func wholeMonths(first, last string) (months []string, rest string, err error) {
	month, err := time.Parse(time.DateOnly, first)
	if err != nil {
		return nil, "", err
	}
	end, err := time.Parse(time.DateOnly, last)
	if err != nil {
		return nil, "", err
	}
	for next := month.AddDate(0, 1, 0); !next.After(end.AddDate(0, 0, 1)); next = month.AddDate(0, 1, 0) {
		months = append(months, monthOf(month.Format(time.DateOnly)))
		month = next
	}
	return append(months, ""), month.Format(time.DateOnly), nil // never an empty list
}

// Months adds up the city by month, 2006-01, from the first day to the last.
func Months(ctx context.Context, q db.Queryer, first, last string) (map[string]Tally, error) {
	rows, err := q.Query(ctx, `SELECT substr(day, 1, 7), `+sums+` FROM figure
		WHERE dim = 'city' AND day BETWEEN $1 AND $2 GROUP BY substr(day, 1, 7)`, first, last)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	months := map[string]Tally{}
	for rows.Next() {
		var month string
		var t Tally
		if err := rows.Scan(into(&t, &month)...); err != nil {
			return nil, err
		}
		months[month] = t
	}
	return months, rows.Err()
}

// into lists what a row is scanned into: names, then counts.
func into(t *Tally, names ...any) []any {
	for _, n := range t.parts() {
		names = append(names, n)
	}
	return names
}

// item is how a unit is called in its cut.
func item(unit ticket.UnitID) string { return strconv.FormatInt(int64(unit), 10) }

package org

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"huiyin/internal/db"
	"huiyin/internal/errs"
)

// Sheet is a table of the city as people edit it outside: rows of text. A row
// whose key is there already replaces that one; a row with an empty key is new;
// what is not in the sheet stays. Units go by their codes.
type Sheet struct {
	Name    string
	Title   string   // for people
	Hint    string   // what to know when filling it in; empty for nothing
	Columns []string // for programs
	Titles  []string // the same for people

	columns []column
	keys    int // how many of the columns, from the left, name a row
	parent  int // column with the key of a row that comes first; zero: none
	whole   bool
	rows    func(*Directory) [][]string
	set     func(context.Context, *db.Tx, *Directory, []string) error
	write   func(*Directory) writer // instead of set, for tables with thousands of rows
}

// writer takes the rows of a sheet one by one, and writes them at the end all
// at once.
type writer interface {
	// put takes one row. The error is Invalid if the row is wrong.
	put(ctx context.Context, tx *db.Tx, cells []string) error
	done(ctx context.Context, tx *db.Tx) error
}

// Row is one row of a sheet, in the order of its columns.
type Row struct {
	Line  int // in the file, for complaints
	Cells []string
}

// Edit is what one row of a sheet changes.
type Edit struct {
	Before []string // nil if it is new
	After  []string
}

// Sheets lists the tables that can be edited as sheets.
func Sheets() []Sheet {
	all := []Sheet{
		policySheet(), windowSheet(), limitSheet(), replySheet(), codeSheet(), catalogueSheet(),
		unitSheet(), accountSheet(), categorySheet(), areaSheet(),
	}
	for i := range all {
		for _, c := range all[i].columns {
			all[i].Columns, all[i].Titles = append(all[i].Columns, c.name), append(all[i].Titles, c.title)
		}
	}
	return all
}

// SheetByName returns one of Sheets.
func SheetByName(name string) (Sheet, bool) {
	all := Sheets()
	i := slices.IndexFunc(all, func(s Sheet) bool { return s.Name == name })
	if i < 0 {
		return Sheet{}, false
	}
	return all[i], true
}

// Keys is how many of the columns, from the left, name a row.
func (s Sheet) Keys() int { return s.keys }

// Rows writes the table as it is.
func (s Sheet) Rows(d *Directory) [][]string { return s.rows(d) }

// Whole reports whether the table only makes sense as a whole: Put replaces all
// of it, and its only Edit holds all of its rows, one after the other.
func (s Sheet) Whole() bool { return s.whole }

// Labels writes a row, or all of them one after the other, in the words of
// people; Put reads both.
func (s Sheet) Labels(cells []string) []string {
	out := make([]string, len(cells))
	for i, cell := range cells {
		out[i] = s.columns[i%len(s.columns)].label(cell)
	}
	return out
}

// tidy returns the row as the table writes it.
func (s Sheet) tidy(r Row) Row {
	cells := make([]string, len(r.Cells))
	for i, cell := range r.Cells {
		cells[i] = s.columns[i].tidy(cell)
	}
	return Row{Line: r.Line, Cells: cells}
}

// Put carries out what rows change of the snapshot d, in the transaction that
// it is given, and returns it. A row may come before the one that it belongs
// below. The error is Invalid, with a field for each row that is wrong; then
// the transaction must not be committed.
func (s Sheet) Put(ctx context.Context, tx *db.Tx, d *Directory, rows []Row) ([]Edit, error) {
	tidied := make([]Row, len(rows))
	for i, r := range rows {
		tidied[i] = s.tidy(r)
	}
	if s.whole {
		return s.replace(ctx, tx, d, tidied)
	}
	to := writer(each{s.set, d})
	if s.write != nil {
		to = s.write(d)
	}
	edits, wrong, err := s.putAll(ctx, tx, d, s.inOrder(tidied), to)
	if err != nil {
		return nil, err
	}
	if err := wrongRows(wrong); err != nil {
		return edits, err
	}
	return edits, to.done(ctx, tx)
}

func (s Sheet) putAll(ctx context.Context, tx *db.Tx, d *Directory, rows []Row, to writer) (edits []Edit, wrong []complaint, err error) {
	before, seen := s.byKey(d), map[string]bool{}
	for _, r := range rows {
		key := s.key(r.Cells)
		if key == "" && s.Columns[0] == "id" { // a new row, unless the table has the same already
			key = s.sameAs(d, r.Cells)
		}
		if key == "" {
			key = "\x00" + strings.Join(r.Cells, "\x00")
		}
		if seen[key] {
			wrong = append(wrong, complaint{r.Line, errs.Field{Message: "与前面的行重复"}})
			continue
		}
		seen[key] = true
		old, ok := before[key]
		if ok && slices.Equal(old[s.keys:], r.Cells[s.keys:]) {
			continue
		}
		fields, err := complaints(to.put(ctx, tx, r.Cells))
		if err != nil {
			return nil, nil, err
		}
		for _, f := range fields {
			wrong = append(wrong, complaint{r.Line, f})
		}
		edits = append(edits, Edit{Before: old, After: r.Cells})
	}
	return edits, wrong, nil
}

// each is the writer of tables with few rows.
type each struct {
	set func(context.Context, *db.Tx, *Directory, []string) error
	d   *Directory
}

func (e each) put(ctx context.Context, tx *db.Tx, cells []string) error {
	return e.set(ctx, tx, e.d, cells)
}

func (each) done(context.Context, *db.Tx) error { return nil }

// inOrder puts rows behind those that they belong below. Rows that belong
// below each other come last, and are refused there.
func (s Sheet) inOrder(rows []Row) []Row {
	if s.parent == 0 {
		return rows
	}
	at := make(map[string]int, len(rows))
	for i, r := range rows {
		at[s.key(r.Cells)] = i
	}
	depth := make([]int, len(rows))
	order := make([]int, len(rows))
	for i := range rows {
		order[i] = i
		above, ok := at[rows[i].Cells[s.parent]]
		for ; ok && depth[i] < maxDepth; depth[i]++ {
			above, ok = at[rows[above].Cells[s.parent]]
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(depth[a], depth[b]) })
	out := make([]Row, len(rows))
	for i, from := range order {
		out[i] = rows[from]
	}
	return out
}

// maxDepth is more levels than any tree has.
const maxDepth = 50

// replace is Put for a table that only makes sense as a whole.
func (s Sheet) replace(ctx context.Context, tx *db.Tx, d *Directory, rows []Row) ([]Edit, error) {
	var after [][]string
	for _, r := range rows {
		after = append(after, r.Cells)
	}
	before := s.rows(d)
	if slices.EqualFunc(before, after, slices.Equal) {
		return nil, nil
	}
	fields, err := complaints(s.set(ctx, tx, d, slices.Concat(after...)))
	if err == nil && len(fields) > 0 {
		err = wrongSheet(fields)
	}
	return []Edit{{Before: slices.Concat(before...), After: slices.Concat(after...)}}, err
}

// byKey finds the rows of the snapshot by their keys.
func (s Sheet) byKey(d *Directory) map[string][]string {
	rows := map[string][]string{}
	for _, r := range s.rows(d) {
		rows[s.key(r)] = r
	}
	return rows
}

// sameAs returns the key of a row that is the same but for its key.
func (s Sheet) sameAs(d *Directory, cells []string) string {
	for _, r := range s.rows(d) {
		if slices.Equal(r[s.keys:], cells[s.keys:]) {
			return s.key(r)
		}
	}
	return ""
}

func (s Sheet) key(cells []string) string {
	return strings.Trim(strings.Join(cells[:s.keys], "\x00"), "\x00")
}

// complaints takes the fields out of an error that is the writer's fault.
func complaints(err error) ([]errs.Field, error) {
	e, ok := errors.AsType[*errs.Error](err)
	switch {
	case err == nil:
		return nil, nil
	case !ok || e.Kind != errs.Invalid:
		return nil, err
	case len(e.Fields) == 0:
		return []errs.Field{{Name: "表格", Message: e.Message}}, nil
	}
	return e.Fields, nil
}

// complaint is what is wrong with a row.
type complaint struct {
	line  int
	field errs.Field
}

func wrongRows(wrong []complaint) error {
	if len(wrong) == 0 {
		return nil
	}
	slices.SortStableFunc(wrong, func(a, b complaint) int { return cmp.Compare(a.line, b.line) })
	fields := make([]errs.Field, len(wrong))
	for i, w := range wrong {
		name := strings.TrimSpace(fmt.Sprintf("第 %d 行 %s", w.line, w.field.Name))
		fields[i] = errs.Field{Name: name, Message: w.field.Message}
	}
	return wrongSheet(fields)
}

func wrongSheet(fields []errs.Field) error {
	return &errs.Error{Kind: errs.Invalid, Code: "invalid_sheet", Message: "表格有误，没有写入", Fields: fields}
}

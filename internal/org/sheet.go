package org

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"huiyin/internal/db"
	"huiyin/internal/errs"
)

// Sheet is a table of the city's rules as people edit it outside: rows of
// text. A row whose key is there already replaces that one; a row with an
// empty key is new; what is not in the sheet stays. Units go by their codes.
type Sheet struct {
	Name    string
	Title   string // for people
	Columns []string

	keys  int // how many of the columns, from the left, name a row
	whole bool
	rows  func(*Directory) [][]string
	set   func(context.Context, *db.Tx, *Directory, []string) error
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
	return []Sheet{policySheet(), windowSheet(), limitSheet(), replySheet(), codeSheet(), catalogueSheet()}
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

// Rows writes the table as it is.
func (s Sheet) Rows(d *Directory) [][]string { return s.rows(d) }

// Put carries out what rows change of the snapshot d, in the transaction that
// it is given, and returns it. The error is Invalid, with a field for each row
// that is wrong; then the transaction must not be committed.
func (s Sheet) Put(ctx context.Context, tx *db.Tx, d *Directory, rows []Row) ([]Edit, error) {
	if s.whole {
		return s.replace(ctx, tx, d, rows)
	}
	var edits []Edit
	var wrong []errs.Field
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
			wrong = append(wrong, errs.Field{Name: fmt.Sprintf("第 %d 行", r.Line), Message: "与前面的行重复"})
			continue
		}
		seen[key] = true
		if old, ok := before[key]; ok && slices.Equal(old[s.keys:], r.Cells[s.keys:]) {
			continue
		}
		fields, err := complaints(s.set(ctx, tx, d, r.Cells))
		if err != nil {
			return nil, err
		}
		for _, f := range fields {
			wrong = append(wrong, errs.Field{Name: fmt.Sprintf("第 %d 行 %s", r.Line, f.Name), Message: f.Message})
		}
		edits = append(edits, Edit{Before: before[key], After: r.Cells})
	}
	return edits, wrongRows(wrong)
}

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
	if err == nil {
		err = wrongRows(fields)
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

func wrongRows(wrong []errs.Field) error {
	if len(wrong) == 0 {
		return nil
	}
	return &errs.Error{Kind: errs.Invalid, Code: "invalid_sheet", Message: "表格有误，没有写入", Fields: wrong}
}

package admin

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// A table that only makes sense as a whole is one form with all of its rows and
// an empty one; of others a form holds one row.

// chosenRows are the rows that the address asks to edit; nil for none.
func chosenRows(c *web.Call, s org.Sheet) [][]string {
	all := s.Rows(c.City)
	key := c.Query("row")
	if s.Whole() && key != "" {
		return all
	}
	i := slices.IndexFunc(all, func(cells []string) bool { return key != "" && s.RowKey(cells) == key })
	if i < 0 {
		return nil
	}
	return all[i : i+1]
}

func blank(s org.Sheet) [][]string { return [][]string{make([]string, len(s.Columns))} }

// rowForm is one row, or a whole table, as a form. Seen is what it was made
// from; empty for a new row.
func rowForm(s org.Sheet, rows [][]string, seen string) ui.Form {
	f := ui.Form{ID: "row", Action: "/admin/sheets/" + s.Name + "/row", Submit: "保存", Hidden: map[string]string{"seen": seen}}
	if s.Whole() {
		rows = slices.Concat(rows, blank(s))
	}
	for no, cells := range rows {
		for i, label := range s.Labels(cells) {
			f.Fields = append(f.Fields, &ui.Field{Name: fieldOf(s, i, no), Label: s.Titles[i], Kind: ui.Line, Value: label, Max: 500})
		}
	}
	if s.Whole() {
		for i, field := range f.Fields {
			field.Label += " " + strconv.Itoa(i/len(s.Columns)+1)
		}
	}
	return f
}

// fieldOf names a cell in the form.
func fieldOf(s org.Sheet, column, row int) string {
	if row == 0 {
		return s.Columns[column]
	}
	return s.Columns[column] + "." + strconv.Itoa(row)
}

// typedRows are the rows of a form; of a whole table, without those that were
// left empty.
func typedRows(s org.Sheet, typed url.Values) []org.Row {
	var rows []org.Row
	for no := 0; typed.Has(fieldOf(s, 0, no)); no++ {
		cells := make([]string, len(s.Columns))
		for i := range cells {
			cells[i] = strings.TrimSpace(typed.Get(fieldOf(s, i, no)))
		}
		if !s.Whole() || strings.Join(cells, "") != "" {
			rows = append(rows, org.Row{Line: no + 1, Cells: cells})
		}
	}
	return rows
}

// remember writes down what a form was made from, so that it is noticed when
// somebody else changes that meanwhile.
func remember(cells []string) string {
	body, _ := json.Marshal(cells) // text can always be written
	return string(body)
}

// since says what is another one than when a form was made; nothing if all is as
// it was. The titles name the cells, over and over.
func since(titles []string, seen string, now []string) []string {
	var was, list []string
	_ = json.Unmarshal([]byte(seen), &was) // the form of a new row saw nothing
	for i := range max(len(was), len(now)) {
		if before, after := at(was, i), at(now, i); before != after {
			list = append(list, titles[i%len(titles)]+"："+named(before)+" → "+named(after))
		}
	}
	return list
}

func at(cells []string, i int) string {
	if i < len(cells) {
		return cells[i]
	}
	return ""
}

func named(cell string) string {
	if cell == "" {
		return "（空）"
	}
	return cell
}

func (a *admin) saveRow(c *web.Call) error {
	s, err := sheetOf(c)
	if err != nil {
		return err
	}
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	rows, seen := typedRows(s, typed), typed.Get("seen")
	edits, err := a.Rules.ForeseeSheet(c.Context(), s, rows)
	if err == nil && len(edits) > 0 {
		now := s.Labels(edits[0].Before)
		if changed := since(s.Titles, seen, now); len(changed) > 0 {
			return a.rowAgain(c, s, typed, http.StatusConflict, remember(now), func(f *ui.Form) {
				f.Changed = changed
				if seen == "" {
					f.Problem, f.Changed = "表中已有这一行；再次保存，将以您填写的内容替换它", nil
				}
			})
		}
	}
	if err == nil {
		_, err = a.Rules.PutSheet(c.Context(), c.Actor, s, rows)
	}
	if wrong, ok := errs.As(err); ok && (wrong.Kind == errs.Invalid || wrong.Kind == errs.Conflict) {
		return a.rowAgain(c, s, typed, http.StatusUnprocessableEntity, seen, func(f *ui.Form) { f.Refuse(ofRow(wrong)) })
	}
	if err != nil {
		return err
	}
	c.Tell(saved)
	return c.Go("/admin/sheets/" + s.Name)
}

// rowAgain offers what was typed again.
func (a *admin) rowAgain(c *web.Call, s org.Sheet, typed url.Values, status int, seen string, say func(*ui.Form)) error {
	v := a.sheetView(c, s)
	rows := blank(s)
	if s.Whole() {
		rows = s.Rows(c.City)
	}
	form := rowForm(s, rows, seen)
	form.Fill(typed)
	say(&form)
	v.Edit = &form
	return a.show(c, status, "sheet", s.Title, v)
}

// ofRow takes the number of the only row out of the names of fields.
func ofRow(e *errs.Error) *errs.Error {
	own := *e
	own.Fields = nil
	for _, f := range e.Fields {
		f.Name = strings.TrimPrefix(f.Name, "第 1 行 ")
		own.Fields = append(own.Fields, f)
	}
	return &own
}

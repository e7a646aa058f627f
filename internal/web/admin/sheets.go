package admin

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// shown is how many rows of a table stand on one page.
const shown = 100

// sheetsView lists the tables.
type sheetsView struct{ Sheets []org.Sheet }

func (a *admin) sheets(c *web.Call) error {
	return a.ok(c, "sheets", "规则和代码", sheetsView{org.Sheets()})
}

// sheetView is one table with what can be done to it.
type sheetView struct {
	Sheet  org.Sheet
	Query  string
	Rows   []row
	More   int // rows that are not shown
	Upload ui.Form
	Edit   *ui.Form
	Whole  bool
}

type row struct {
	Key   string
	Cells []string
}

func sheetOf(c *web.Call) (org.Sheet, error) {
	s, ok := org.SheetByName(c.Path("sheet"))
	if !ok {
		return s, errs.New(errs.NotFound, "no_sheet", "没有这张表")
	}
	return s, nil
}

func (a *admin) sheet(c *web.Call) error {
	s, err := sheetOf(c)
	if err != nil {
		return err
	}
	v := a.sheetView(c, s)
	switch key := c.Query("row"); {
	case c.Query("new") != "":
		form := rowForm(s, make([]string, len(s.Columns)))
		v.Edit = &form
	case key != "":
		for _, cells := range s.Rows(c.City) {
			if s.RowKey(cells) == key {
				form := rowForm(s, cells)
				v.Edit = &form
			}
		}
	}
	return a.ok(c, "sheet", s.Title, v)
}

func (a *admin) sheetView(c *web.Call, s org.Sheet) sheetView {
	v := sheetView{Sheet: s, Query: c.Query("q"), Upload: uploadForm(s)}
	for _, cells := range s.Rows(c.City) {
		if v.Query != "" && !slices.ContainsFunc(slices.Concat(cells, s.Labels(cells)), func(cell string) bool { return strings.Contains(cell, v.Query) }) {
			continue
		}
		if len(v.Rows) == shown {
			v.More++
			continue
		}
		v.Rows = append(v.Rows, row{Key: s.RowKey(cells), Cells: s.Labels(cells)})
	}
	return v
}

func uploadForm(s org.Sheet) ui.Form {
	return ui.Form{Action: "/admin/sheets/" + s.Name + "/check", Submit: "检查", Files: true, Fields: []*ui.Field{
		{Name: "files", Label: "xlsx 或 CSV 文件", Kind: ui.File, Required: true, Accept: ".xlsx,.csv", Hint: "先检查，列出将要改变的内容，确认后才写入；文件中没有的行保持不变"},
	}}
}

// rowForm is one row as a form.
func rowForm(s org.Sheet, cells []string) ui.Form {
	f := ui.Form{ID: "row", Action: "/admin/sheets/" + s.Name + "/row", Submit: "保存"}
	for i, label := range s.Labels(cells) {
		f.Fields = append(f.Fields, &ui.Field{Name: s.Columns[i], Label: s.Titles[i], Kind: ui.Line, Value: label, Max: 500})
	}
	return f
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
	cells := make([]string, len(s.Columns))
	for i, column := range s.Columns {
		cells[i] = strings.TrimSpace(typed.Get(column))
	}
	_, err = a.Rules.PutSheet(c.Context(), c.Actor, s, []org.Row{{Line: 1, Cells: cells}})
	if wrong, ok := errs.As(err); ok && (wrong.Kind == errs.Invalid || wrong.Kind == errs.Conflict) {
		v := a.sheetView(c, s)
		form := rowForm(s, cells)
		form.Refuse(ofRow(wrong))
		v.Edit = &form
		return a.show(c, http.StatusUnprocessableEntity, "sheet", s.Title, v)
	}
	if err != nil {
		return err
	}
	return c.Go("/admin/sheets/" + s.Name + "?done=saved&q=" + url.QueryEscape(c.Query("q")))
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

// importView says what an import would change, or what is wrong with it.
type importView struct {
	Sheet org.Sheet
	File  string
	Edits []edit
	More  int
	Wrong []errs.Field
	Same  int // rows that change nothing
	Rows  string
}

// edit is a row before and after.
type edit struct {
	New   bool
	Cells []cell
}

type cell struct{ Was, Is string }

// Changed reports whether the cell is another one than before.
func (c cell) Changed() bool { return c.Was != c.Is }

func (a *admin) check(c *web.Call) error {
	s, err := sheetOf(c)
	if err != nil {
		return err
	}
	if _, err := c.Typed(); err != nil {
		return err
	}
	uploads := c.Uploads()
	if len(uploads) != 1 {
		return errs.InvalidField("files", "请选择一个文件")
	}
	file, err := uploads[0].Open()
	if err != nil {
		return err
	}
	defer file.Close()
	rows, err := a.Files.Rows(file, uploads[0].Filename, s.Columns, s.Titles)
	if err != nil {
		return err
	}
	v := importView{Sheet: s, File: uploads[0].Filename}
	edits, err := a.Rules.ForeseeSheet(c.Context(), s, rows)
	if wrong, ok := errs.As(err); ok && wrong.Kind == errs.Invalid {
		v.Wrong = wrong.Fields
		return a.show(c, http.StatusUnprocessableEntity, "import", "检查导入", v)
	}
	if err != nil {
		return err
	}
	v.Same = len(rows) - len(edits)
	for _, e := range edits {
		if len(v.Edits) == shown {
			v.More++
			continue
		}
		v.Edits = append(v.Edits, newEdit(s, e))
	}
	body, err := json.Marshal(rows)
	v.Rows = string(body)
	if err != nil {
		return err
	}
	return a.ok(c, "import", "检查导入", v)
}

// labelled writes a table in the words of people.
func labelled(s org.Sheet, city *org.Directory) [][]string {
	rows := s.Rows(city)
	out := make([][]string, len(rows))
	for i, cells := range rows {
		out[i] = s.Labels(cells)
	}
	return out
}

func newEdit(s org.Sheet, e org.Edit) edit {
	out := edit{New: e.Before == nil}
	var before []string
	if !out.New {
		before = s.Labels(e.Before)
	}
	for i, is := range s.Labels(e.After) {
		own := cell{Is: is}
		if i < len(before) {
			own.Was = before[i]
		}
		out.Cells = append(out.Cells, own)
	}
	return out
}

// confirm carries out what was checked.
func (a *admin) confirm(c *web.Call) error {
	s, err := sheetOf(c)
	if err != nil {
		return err
	}
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	var rows []org.Row
	if err := json.Unmarshal([]byte(typed.Get("rows")), &rows); err != nil {
		return errs.Wrap(err, errs.Invalid, "form", "提交的内容无法读取，请重新上传")
	}
	for _, r := range rows {
		if len(r.Cells) != len(s.Columns) {
			return errs.New(errs.Invalid, "form", "提交的内容与表格不符，请重新上传")
		}
	}
	if _, err := a.Rules.PutSheet(c.Context(), c.Actor, s, rows); err != nil {
		return err
	}
	return c.Go("/admin/sheets/" + s.Name + "?done=saved")
}

// download gives the table as a spreadsheet that check takes back.
func (a *admin) download(c *web.Call) error {
	s, err := sheetOf(c)
	if err != nil {
		return err
	}
	h := c.Writer.Header()
	h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	h.Set("Content-Disposition", `attachment; filename="`+s.Name+`.xlsx"`)
	return a.Files.WriteSheet(c.Writer, s.Titles, labelled(s, c.City))
}

// unitsView is the tree of units, or those that were looked for.
type unitsView struct {
	Query string
	Found []unit
	Roots []unit
	Total int
}

type unit struct {
	org.Unit
	Path  string // names of those above
	Below []unit
	Count int
}

func (a *admin) units(c *web.Call) error {
	v := unitsView{Query: c.Query("q"), Total: len(c.City.Units())}
	if v.Query != "" {
		for _, u := range c.City.FindUnits(v.Query, c.City.CityCenter(), shown) {
			v.Found = append(v.Found, unit{Unit: u, Path: c.Unit(u.Parent)})
		}
		return a.ok(c, "units", "单位", v)
	}
	v.Roots = tree(c, c.City.CityCenter())
	return a.ok(c, "units", "单位", v)
}

// tree lists what is under a unit.
func tree(c *web.Call, above ticket.UnitID) []unit {
	var list []unit
	for _, u := range c.City.Children(above) {
		own := unit{Unit: u, Below: tree(c, u.ID)}
		own.Count = len(own.Below)
		list = append(list, own)
	}
	return list
}

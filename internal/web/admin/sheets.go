package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
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
	if rows := chosenRows(c, s); rows != nil {
		form := rowForm(s, rows, remember(s.Labels(slices.Concat(rows...))))
		v.Edit = &form
	} else if c.Query("new") != "" {
		form := rowForm(s, blank(s), "")
		v.Edit = &form
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

// importView says what an import would change, or what is wrong with it.
type importView struct {
	Sheet org.Sheet
	File  string
	Edits []edit
	More  int
	Wrong []errs.Field
	Same  int // rows that change nothing
	Rows  string

	Seen    string // digest of the edits
	Changed bool   // they are others than those that were checked
}

// edit is a row before and after.
type edit struct {
	New, Gone bool
	Cells     []cell
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
	rows, name, err := a.uploaded(c, s)
	if wrong, ok := errs.As(err); ok && wrong.Kind == errs.Invalid {
		v := a.sheetView(c, s)
		v.Upload.Field("files").Error = wrong.Message
		return a.show(c, http.StatusUnprocessableEntity, "sheet", s.Title, v)
	}
	if err != nil {
		return err
	}
	return a.foresee(c, s, rows, importView{Sheet: s, File: name})
}

// uploaded reads the rows of the file that was sent.
func (a *admin) uploaded(c *web.Call, s org.Sheet) (rows []org.Row, name string, err error) {
	uploads := c.Uploads()
	if len(uploads) != 1 {
		return nil, "", errs.New(errs.Invalid, "one_file", "请选择一个文件")
	}
	file, err := uploads[0].Open()
	if err != nil {
		return nil, "", err
	}
	defer file.Close()
	rows, err = a.Files.Rows(file, uploads[0].Filename, s.Columns, s.Titles)
	return rows, uploads[0].Filename, err
}

// foresee shows what rows would change.
func (a *admin) foresee(c *web.Call, s org.Sheet, rows []org.Row, v importView) error {
	edits, err := a.Rules.ForeseeSheet(c.Context(), s, rows)
	if wrong, ok := errs.As(err); ok && wrong.Kind == errs.Invalid {
		v.Wrong = titled(s, wrong.Fields)
		return a.show(c, http.StatusUnprocessableEntity, "import", "检查导入", v)
	}
	if err != nil {
		return err
	}
	v.Same, v.Seen = len(rows)-len(edits), digest(edits)
	if s.Whole() && len(edits) > 0 {
		v.Same = 0
	}
	for _, e := range edits {
		v.Edits = append(v.Edits, newEdits(s, e)...)
	}
	if len(v.Edits) > shown {
		v.More, v.Edits = len(v.Edits)-shown, v.Edits[:shown]
	}
	body, err := json.Marshal(rows)
	v.Rows = string(body)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if v.Changed {
		status = http.StatusConflict
	}
	return a.show(c, status, "import", "检查导入", v)
}

// titled names columns as the page does.
func titled(s org.Sheet, fields []errs.Field) []errs.Field {
	named := slices.Clone(fields)
	for i, f := range named {
		at := strings.LastIndexByte(f.Name, ' ') + 1 // behind the number of the row
		if column := slices.Index(s.Columns, f.Name[at:]); column >= 0 {
			named[i].Name = f.Name[:at] + s.Titles[column]
		}
	}
	return named
}

// digest tells apart what would be changed.
func digest(edits []org.Edit) string {
	h := sha256.New()
	for _, e := range edits {
		fmt.Fprintf(h, "%q %q\n", e.Before, e.After)
	}
	return hex.EncodeToString(h.Sum(nil))
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

// newEdits shows what one edit does, row by row: that of a table that only makes
// sense as a whole has all of its rows.
func newEdits(s org.Sheet, e org.Edit) []edit {
	var list []edit
	before, after, wide := s.Labels(e.Before), s.Labels(e.After), len(s.Columns)
	for from := 0; from < max(len(before), len(after)); from += wide {
		own := edit{New: from >= len(before), Gone: from >= len(after), Cells: make([]cell, wide)}
		for i := range wide {
			if !own.New {
				own.Cells[i].Was = before[from+i]
			}
			if !own.Gone {
				own.Cells[i].Is = after[from+i]
			}
		}
		list = append(list, own)
	}
	return list
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
	edits, err := a.Rules.ForeseeSheet(c.Context(), s, rows)
	if err != nil {
		return err
	}
	if digest(edits) != typed.Get("seen") {
		return a.foresee(c, s, rows, importView{Sheet: s, File: typed.Get("file"), Changed: true})
	}
	if _, err := a.Rules.PutSheet(c.Context(), c.Actor, s, rows); err != nil {
		return err
	}
	c.Tell(saved)
	return c.Go("/admin/sheets/" + s.Name)
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

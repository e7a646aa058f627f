package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"huiyin/internal/errs"
	"huiyin/internal/org"
)

// Bounds of an uploaded sheet, which is held in memory: a city has some
// thousands of units and accounts.
const (
	maxSheet     = 16 << 20 // bytes
	maxSheetRows = 50_000
)

// Rows reads a sheet of settings from an uploaded file, of the kinds that Open
// takes. A column goes by its name or its title, in any order; others are left
// out. Errors of kind Invalid and Limit say what is wrong with the file, whose
// name is for these.
func Rows(r io.Reader, name string, columns, titles []string) ([]org.Row, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSheet+1))
	if err != nil {
		return nil, fmt.Errorf("intake: read: %w", err)
	}
	if len(data) > maxSheet {
		return nil, errs.Newf(errs.Limit, "file_too_large", "文件 %s 超过 %d MB，请拆分后再导入", name, maxSheet>>20)
	}
	t, err := newTable(bytes.NewReader(data), int64(len(data)), func(head []Row) int { return headerWith(head, columns, titles) })
	if err != nil {
		return nil, err
	}
	rows, err := t.rowsOf(name, columns, titles)
	return rows, errors.Join(err, t.Close())
}

func (t *Table) rowsOf(name string, columns, titles []string) ([]org.Row, error) {
	at, missing := placesOf(t.Header, columns, titles)
	if missing != nil {
		return nil, errs.Newf(errs.Invalid, "column", "文件 %s 缺少 %s 列；表头应有 %s", name, strings.Join(missing, "、"), strings.Join(bothNames(columns, titles), "、"))
	}
	var rows []org.Row
	for {
		r, err := t.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		if len(rows) == maxSheetRows {
			return nil, errs.Newf(errs.Limit, "too_many_rows", "文件 %s 超过 %d 行，请拆分后再导入", name, maxSheetRows)
		}
		row := org.Row{Line: r.No, Cells: make([]string, len(columns))}
		for i, from := range at {
			if from < len(r.Cells) {
				row.Cells[i] = undefused(strings.TrimSpace(r.Cells[from]))
			}
		}
		rows = append(rows, row)
	}
}

// placesOf finds the columns in a header, or says which are missing.
func placesOf(header, columns, titles []string) (at []int, missing []string) {
	at = make([]int, len(columns))
	for i, both := range bothNames(columns, titles) {
		title := columns[i]
		if i < len(titles) {
			title = titles[i]
		}
		at[i] = slices.IndexFunc(header, func(h string) bool {
			h = normalHeading(h)
			return h == normalHeading(columns[i]) || h == normalHeading(title)
		})
		if at[i] < 0 {
			missing = append(missing, both)
		}
	}
	return at, missing
}

// bothNames names columns for complaints.
func bothNames(columns, titles []string) []string {
	names := slices.Clone(columns)
	for i, title := range titles {
		names[i] = title + "（" + columns[i] + "）"
	}
	return names
}

// headerWith takes for the header the row that names most of the columns.
func headerWith(head []Row, columns, titles []string) int {
	best, named := -1, 0
	for i, row := range head {
		if _, missing := placesOf(row.Cells, columns, titles); len(columns)-len(missing) > named {
			best, named = i, len(columns)-len(missing)
		}
	}
	return best
}

// WriteSheet writes a workbook of one sheet with the titles as its header. All
// cells are text, so that codes keep their zeros; one that a spreadsheet could
// take for a formula when it is saved as CSV and opened again is written behind
// an apostrophe.
func WriteSheet(w io.Writer, titles []string, rows [][]string) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	out, err := book.NewStreamWriter(book.GetSheetName(0))
	if err != nil {
		return fmt.Errorf("intake: write sheet: %w", err)
	}
	for i, row := range slices.Concat([][]string{titles}, rows) {
		cells := make([]any, len(row))
		for j, cell := range row {
			cells[j] = defused(cell)
		}
		if err := out.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
			return fmt.Errorf("intake: write sheet: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("intake: write sheet: %w", err)
	}
	return book.Write(w)
}

// formulas are the signs that a formula begins with.
const formulas = "=+-@\t\r"

// risky reports whether a cell could be taken for a formula, or has been
// defused already.
func risky(cell string) bool {
	bare := strings.TrimLeft(cell, "'")
	return bare != "" && strings.ContainsRune(formulas, rune(bare[0]))
}

func defused(cell string) string {
	if risky(cell) {
		return "'" + cell
	}
	return cell
}

// undefused takes back what defused did, when the sheet comes in again.
func undefused(cell string) string {
	if risky(cell) {
		return strings.TrimPrefix(cell, "'")
	}
	return cell
}

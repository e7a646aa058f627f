package intake

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"huiyin/internal/errs"
)

// sheetRows reads one sheet of a workbook row by row. Numbers and dates come
// as they are stored, so that no display format stands between the file and
// us; see parseTime for the serial days.
type sheetRows struct {
	book *excelize.File
	rows *excelize.Rows
	no   int
}

func newSheet(f content, size int64) (rows, error) {
	if err := checkZip(f, size); err != nil {
		return nil, err
	}
	book, err := excelize.OpenReader(f, excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnzip, UnzipXMLSizeLimit: 16 << 20})
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "bad_workbook", "不是可以读取的 xlsx 工作簿（可能已损坏、加密，或是旧的 xls 格式）")
	}
	s := &sheetRows{book: book}
	if err := s.firstFilled(); err != nil {
		return nil, errors.Join(err, book.Close())
	}
	return s, nil
}

// checkZip refuses what would unpack to far more than any list of messages.
func checkZip(f io.ReaderAt, size int64) error {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "bad_workbook", "不是可以读取的 xlsx 工作簿")
	}
	var total uint64
	for _, part := range z.File {
		if total += part.UncompressedSize64; part.UncompressedSize64 > maxUnzip || total > maxUnzip {
			return errs.Newf(errs.Limit, "workbook_too_large", "工作簿解压后超过 %d MB，不予读取", maxUnzip>>20)
		}
	}
	return nil
}

func (s *sheetRows) firstFilled() error {
	for _, name := range s.book.GetSheetList() {
		rows, err := s.book.Rows(name)
		if err != nil {
			return errs.Wrap(err, errs.Invalid, "bad_workbook", "工作簿中的工作表无法读取")
		}
		for rows.Next() {
			cells, err := rows.Columns()
			if err == nil && filled(cells) > 0 {
				return s.restart(name, rows)
			}
		}
		if err := rows.Close(); err != nil {
			return fmt.Errorf("intake: close sheet: %w", err)
		}
	}
	return errEmpty()
}

func (s *sheetRows) restart(name string, used *excelize.Rows) (err error) {
	if err := used.Close(); err != nil {
		return fmt.Errorf("intake: close sheet: %w", err)
	}
	s.rows, err = s.book.Rows(name)
	return err
}

func (s *sheetRows) next() (Row, error) {
	if !s.rows.Next() {
		if err := s.rows.Error(); err != nil {
			return Row{}, errs.Wrap(err, errs.Invalid, "bad_workbook", "工作表从第 "+strconv.Itoa(s.no+1)+" 行起无法读取")
		}
		return Row{}, io.EOF
	}
	s.no++
	cells, err := s.rows.Columns()
	if err != nil {
		return Row{}, errs.Wrap(err, errs.Invalid, "bad_workbook", "工作表第 "+strconv.Itoa(s.no)+" 行无法读取")
	}
	for i, c := range cells {
		if strings.Contains(c, "_x") {
			cells[i] = unescape(c)
		}
	}
	return Row{No: s.no, Cells: cells}, nil
}

// unescape undoes what spreadsheets write for a carriage return in a cell.
func unescape(s string) string { return strings.ReplaceAll(s, "_x000D_", "") }

func (s *sheetRows) close() error {
	return errors.Join(s.rows.Close(), s.book.Close())
}

package intake

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"huiyin/internal/errs"
	"huiyin/internal/org"
)

var (
	sheetColumns = []string{"code", "name", "valid_from"}
	sheetTitles  = []string{"单位代码", "单位名称", "生效日期"}
)

func TestRows(t *testing.T) {
	t.Parallel()
	want := []org.Row{{Line: 2, Cells: []string{"0101", "甲", "2026/1/1"}}, {Line: 4, Cells: []string{"0102", "乙", ""}}}
	for name, text := range map[string]string{
		"names":             "code,name,valid_from\n0101,甲,2026/1/1\n\n0102,乙\n",
		"titles":            "\ufeff单位代码,单位名称,生效日期\n0101, 甲 ,2026/1/1\n,,\n0102,乙,\n",
		"mixed, with marks": "生效日期（可空）;其他;*单位名称;Code\n2026/1/1;x;甲;0101\n\n;;乙;0102\n",
	} {
		got, err := Rows(strings.NewReader(text), "单位.csv", sheetColumns, sheetTitles)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	got, err := Rows(strings.NewReader("某市单位一览表,,\n\n单位代码,单位名称,生效日期\n0101,甲,\n"), "", sheetColumns, sheetTitles)
	if err != nil || len(got) != 1 || got[0].Line != 4 {
		t.Errorf("below a title: %v %v", got, err)
	}
	if got, err := Rows(strings.NewReader("date,kind\n2026-01-01,holiday\n"), "", []string{"kind", "date"}, nil); err != nil || len(got) != 1 || got[0].Cells[0] != "holiday" {
		t.Errorf("without titles: %v %v", got, err)
	}
}

func TestRowsRefuses(t *testing.T) {
	t.Parallel()
	for says, text := range map[string]string{
		"缺少 单位名称（name）、生效日期（valid_from） 列": "code,address\n1,x\n",
		"没有找到表头":     "a,b\n1,2\n",
		"文件是空的":      "",
		"超过 50000 行": "code,name,valid_from\n" + strings.Repeat("1,2,3\n", 50_001),
		"超过 16 MB":   strings.Repeat(" ", 16<<20+1),
		"工作簿":        "PK\x03\x04 and nothing behind it",
	} {
		_, err := Rows(strings.NewReader(text), "单位.csv", sheetColumns, sheetTitles)
		if e, ok := errs.As(err); !ok || e.Kind != errs.Invalid && e.Kind != errs.Limit || !strings.Contains(e.Message, says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// What is written comes back as it was, cell by cell, and no cell of it is a
// formula.
func TestWriteSheet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.OneOf(
			rapid.SampledFrom([]string{"0101", "=1+1", "+86", "-", "@x", "'=1", "'", "", "true", "1e5", "甲;乙", "=HYPERLINK(\"http://x\")", "<b>", "2026-01-01"}),
			rapid.StringOfN(rapid.RuneFrom([]rune("=+-@'0a甲\"<&;")), 0, 8, -1),
		)
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, 3, 3), 0, 5).Draw(t, "rows")
		var file bytes.Buffer
		if err := WriteSheet(&file, sheetTitles, rows); err != nil {
			t.Fatal(err)
		}
		book, err := excelize.OpenReader(bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close()
		var want [][]string
		for i, row := range rows {
			for j := range row {
				at, _ := excelize.CoordinatesToCellName(j+1, i+2)
				if formula, err := book.GetCellFormula("Sheet1", at); err != nil || formula != "" {
					t.Errorf("%s holds %q, %v", at, formula, err)
				}
				if text, _ := book.GetCellValue("Sheet1", at); text != "" && strings.ContainsAny(text[:1], formulas) {
					t.Errorf("%s begins as a formula: %q", at, text)
				}
			}
			if strings.Join(row, "") != "" {
				want = append(want, row)
			}
		}
		var got [][]string
		back, err := Rows(&file, "", sheetColumns, sheetTitles)
		for _, r := range back {
			got = append(got, r.Cells)
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}

// FuzzRows: whatever is uploaded, it is rows of the right width or the
// uploader's fault.
func FuzzRows(f *testing.F) {
	f.Add([]byte("code,name,valid_from\n1,2,3\n"))
	f.Add([]byte("\xff\xfe单位"))
	f.Add([]byte("PK\x03\x04"))
	var book bytes.Buffer
	if err := WriteSheet(&book, sheetTitles, [][]string{{"1", "2", "3"}}); err != nil {
		f.Fatal(err)
	}
	f.Add(book.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := Rows(bytes.NewReader(data), "x", sheetColumns, sheetTitles)
		if err != nil {
			if e, ok := errs.As(err); !ok || e.Kind == errs.Internal {
				t.Fatal(err)
			}
			return
		}
		for _, r := range rows {
			if len(r.Cells) != len(sheetColumns) {
				t.Fatalf("%+v", r)
			}
		}
	})
}

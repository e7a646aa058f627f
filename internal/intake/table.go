package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"huiyin/internal/errs"
	"huiyin/internal/text"
)

// Bounds of a file: far above what offices exchange, and low enough that a
// hostile file costs little.
const (
	maxFile    = 200 << 20 // bytes
	maxUnzip   = 512 << 20 // bytes of a spreadsheet once unpacked
	maxRows    = 2_000_000
	maxColumns = 200
	maxName    = 64 // characters of a column's name
	headRows   = 20 // rows among which the header is looked for
)

// Table is a file of rows under a header, read from front to back.
type Table struct {
	Name   string   // of the file
	Sum    string   // SHA-256 of its bytes, in hex: the identity of its content
	Header []string // names of the columns, cleaned, each of them once

	file   io.Closer
	source rows
	ahead  []Row // read while looking for the header
	count  int
}

// Row is one row below the header.
type Row struct {
	No    int      // of the row in a spreadsheet, of the first line in a CSV file; from 1
	Cells []string // as they stand in the file, decoded
}

// rows is a file being read; next ends with io.EOF. Closing it leaves the
// file itself open.
type rows interface {
	next() (Row, error)
	close() error
}

// Open opens a CSV file (UTF-8, UTF-16 with a mark, or GB 18030; comma,
// semicolon or tab) or the first filled sheet of an xlsx workbook, by content
// and not by name. Errors of kind Invalid and Limit say what is wrong with the
// file, NotFound that there is none.
func Open(path string) (*Table, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errs.Newf(errs.NotFound, "no_file", "没有文件 %s", path)
	}
	if err != nil {
		return nil, fmt.Errorf("intake: %w", err)
	}
	t, err := open(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	t.Name = filepath.Base(path)
	return t, nil
}

func open(f *os.File) (*Table, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("intake: %w", err)
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, errs.New(errs.Invalid, "not_a_file", "只能读取普通文件")
	case info.Size() > maxFile:
		return nil, errs.Newf(errs.Limit, "file_too_large", "文件超过 %d MB，请拆分后再导入", maxFile>>20)
	}
	t, err := newTable(f, info.Size(), headerAmong)
	if err == nil {
		t.file = f
	}
	return t, err
}

// content is a file as it is read, from the front and anywhere.
type content interface {
	io.ReadSeeker
	io.ReaderAt
}

// newTable begins to read; header says which of the first rows is the header,
// if any.
func newTable(f content, size int64, header func([]Row) int) (*Table, error) {
	if size == 0 {
		return nil, errEmpty()
	}
	probe, err := look(f)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("intake: %w", err)
	}
	t := &Table{Sum: probe.sum, file: io.NopCloser(f)}
	if probe.zip() {
		t.source, err = newSheet(f, size)
	} else {
		t.source, err = newCSV(f, probe)
	}
	if err != nil {
		return nil, err
	}
	if err := t.findHeader(header); err != nil {
		return nil, errors.Join(err, t.source.close())
	}
	return t, nil
}

func errEmpty() error { return errs.New(errs.Invalid, "empty_file", "文件是空的") }

// probe is what one pass over the bytes tells of a file.
type probe struct {
	sum    string
	sample []byte // from the front, up to the end of a line
	utf8   bool   // all of it
}

func (p *probe) zip() bool { return strings.HasPrefix(string(p.sample), "PK\x03\x04") }

// sampleSize is how much of a file decides its encoding.
const sampleSize = 1 << 20

func look(r io.Reader) (*probe, error) {
	p := &probe{}
	digest := sha256.New()
	var check utf8Check
	buf := make([]byte, 256<<10)
	for {
		n, err := r.Read(buf)
		digest.Write(buf[:n])
		check.write(buf[:n])
		if room := sampleSize - len(p.sample); room > 0 {
			p.sample = append(p.sample, buf[:min(n, room)]...)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("intake: read: %w", err)
		}
	}
	p.sum, p.utf8 = hex.EncodeToString(digest.Sum(nil)), check.valid()
	return p, nil
}

// Next returns the next row that has anything in it, io.EOF after the last.
func (t *Table) Next() (Row, error) {
	for {
		row, err := t.read()
		if err != nil {
			return Row{}, err
		}
		if filled(row.Cells) == 0 {
			continue
		}
		if t.count++; t.count > maxRows {
			return Row{}, errs.Newf(errs.Limit, "too_many_rows", "文件超过 %d 行，请拆分后再导入", maxRows)
		}
		return row, nil
	}
}

func (t *Table) read() (Row, error) {
	if len(t.ahead) > 0 {
		row := t.ahead[0]
		t.ahead = t.ahead[1:]
		return row, nil
	}
	return t.source.next()
}

// Close closes the file.
func (t *Table) Close() error { return errors.Join(t.source.close(), t.file.Close()) }

// findHeader takes the header off the front: above it stand, in files from
// offices, empty rows and a merged title.
func (t *Table) findHeader(header func([]Row) int) error {
	var head []Row
	for len(head) < headRows {
		row, err := t.source.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		head = append(head, row)
	}
	at := header(head)
	if at < 0 {
		return errs.New(errs.Invalid, "no_header", "没有找到表头：前 20 行中没有一行写有列名")
	}
	names, err := columnNames(head[at].Cells)
	if err != nil {
		return err
	}
	t.Header, t.ahead = names, head[at+1:]
	return nil
}

// headerAmong takes for the header of messages the first row in which a title
// or a body is named beside something else, or else the first row with two
// filled cells.
func headerAmong(head []Row) int {
	first := -1
	for i, row := range head {
		n := filled(row.Cells)
		if n == 0 {
			continue
		}
		m := Guess(row.Cells)
		if known := m.known(); known >= 2 && (m.Title != "" || m.Body != "") {
			return i
		}
		if first < 0 && n >= 2 {
			first = i
		}
	}
	return first
}

func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}

// columnNames cleans the names, numbers those without one, and tells equal
// ones apart.
func columnNames(cells []string) ([]string, error) {
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) > maxColumns {
		return nil, errs.Newf(errs.Limit, "too_many_columns", "文件超过 %d 列", maxColumns)
	}
	names := make([]string, len(cells))
	taken := make(map[string]bool, len(cells))
	for i, c := range cells {
		name := text.Limit(text.Line(c), maxName)
		if name == "" {
			name = fmt.Sprintf("第%d列", i+1)
		}
		unique := name
		for n := 2; taken[unique]; n++ {
			unique = fmt.Sprintf("%s#%d", name, n)
		}
		taken[unique] = true
		names[i] = unique
	}
	return names, nil
}

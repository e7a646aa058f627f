package intake

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"huiyin/internal/errs"
	"huiyin/internal/text"
)

// csvRows reads a CSV file as leniently as can be: rows of any length, quotes
// inside cells, line breaks inside quotes.
type csvRows struct{ r *csv.Reader }

func newCSV(f io.Reader, p *probe) (rows, error) {
	decoded, err := decoder(f, p)
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(decoded, 256<<10)
	r := csv.NewReader(buffered)
	r.Comma = separator(buffered)
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	return &csvRows{r}, nil
}

// decoder decides the encoding by the front of the file, and by all of it
// where the front is plain ASCII. Damaged places further on become U+FFFD,
// which the check of the row refuses.
func decoder(r io.Reader, p *probe) (io.Reader, error) {
	sample := p.sample
	if len(sample) == sampleSize {
		if end := bytes.LastIndexByte(sample, '\n'); end >= 0 {
			sample = sample[:end+1]
		}
	}
	if _, err := text.Decode(sample); err != nil {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(sample, []byte{0xFF, 0xFE}), bytes.HasPrefix(sample, []byte{0xFE, 0xFF}):
		return transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()), nil
	case utf8.Valid(sample) && (p.utf8 || !ascii(sample)):
		return transform.NewReader(r, unicode.UTF8BOM.NewDecoder()), nil
	}
	return transform.NewReader(r, simplifiedchinese.GB18030.NewDecoder()), nil
}

func ascii(b []byte) bool {
	return bytes.IndexFunc(b, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// separator is the sign that parts the first line most often.
func separator(r *bufio.Reader) rune {
	head, _ := r.Peek(4096) // a short file has less; an error comes again when it is read
	line, _, _ := strings.Cut(strings.TrimLeft(string(head), "\r\n"), "\n")
	best, most := ',', 0
	for _, sign := range ",\t;" {
		if n := strings.Count(line, string(sign)); n > most {
			best, most = sign, n
		}
	}
	return best
}

func (c *csvRows) next() (Row, error) {
	cells, err := c.r.Read()
	if errors.Is(err, io.EOF) {
		return Row{}, io.EOF
	}
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return Row{}, errs.Newf(errs.Invalid, "bad_csv", "第 %d 行起不是正确的 CSV：引号没有成对", parse.StartLine)
	}
	if err != nil {
		return Row{}, fmt.Errorf("intake: read CSV: %w", err)
	}
	line, _ := c.r.FieldPos(0)
	return Row{No: line, Cells: cells}, nil
}

func (*csvRows) close() error { return nil }

// utf8Check validates bytes that come in pieces.
type utf8Check struct {
	rest []byte // the beginning of a character at the end of the last piece
	bad  bool
}

func (u *utf8Check) write(b []byte) {
	if u.bad || len(b) == 0 {
		return
	}
	if len(u.rest) > 0 {
		b = append(u.rest, b...)
	}
	end := len(b)
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				end = len(b) - i
			}
			break
		}
	}
	u.bad = !utf8.Valid(b[:end])
	u.rest = append([]byte(nil), b[end:]...)
}

func (u *utf8Check) valid() bool { return !u.bad && len(u.rest) == 0 }

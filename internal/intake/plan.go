package intake

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"huiyin/internal/requester"
	"huiyin/internal/text"
	"huiyin/internal/ticket"
)

// Plan is what an import would do.
type Plan struct {
	File      string
	Mapping   Mapping
	Rows      int // with anything in them
	Good      int
	Refused   int
	Anonymous int // good, but with nobody to reach
	Kinds     map[ticket.Kind]int
	From, To  time.Time // of the good rows
	Reasons   map[string]int
	Problems  []Problem // the first of them, by row
	Samples   []Message // the first good ones
}

// How much of a file a plan shows.
const (
	planProblems = 100
	planSamples  = 5
)

// MakePlan reads the whole table and says what would become of it.
func MakePlan(ctx context.Context, t *Table, o Options) (Plan, error) {
	p := Plan{File: t.Name, Mapping: o.Mapping, Kinds: make(map[ticket.Kind]int), Reasons: make(map[string]int)}
	r, err := NewReader(t, o)
	if err != nil {
		return p, err
	}
	err = each(ctx, t, func(row Row) error {
		m, problems := r.Read(row)
		p.add(m, problems)
		return nil
	})
	return p, err
}

// each gives every row to fn.
func each(ctx context.Context, t *Table, fn func(Row) error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		row, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = fn(row)
		}
		if err != nil {
			return err
		}
	}
}

func (p *Plan) add(m Message, problems []Problem) {
	p.Rows++
	if len(problems) > 0 {
		p.Refused++
		for _, problem := range problems {
			p.Reasons[problem.heading()]++
		}
		p.Problems = append(p.Problems, problems[:min(len(problems), planProblems-len(p.Problems))]...)
		return
	}
	p.Good++
	p.Kinds[m.Matter.Kind]++
	if m.Matter.Person.Kind == requester.Anonymous {
		p.Anonymous++
	}
	if p.From.IsZero() || m.At.Before(p.From) {
		p.From = m.At
	}
	if m.At.After(p.To) {
		p.To = m.At
	}
	if len(p.Samples) < planSamples {
		p.Samples = append(p.Samples, m)
	}
}

var anotherRow = regexp.MustCompile(`第 [0-9]+ 行`)

// heading is a problem without what is particular to its row.
func (p Problem) heading() string {
	reason, _, _ := strings.Cut(p.Reason, "：")
	reason = anotherRow.ReplaceAllString(reason, "另一行")
	if strings.HasPrefix(reason, "没有“") {
		reason = "代码或名称不存在"
	}
	if p.Column == "" {
		return text.Line(reason)
	}
	return p.Column + "：" + text.Line(reason)
}

// String is the problem as one sentence.
func (p Problem) String() string {
	if p.Column == "" {
		return fmt.Sprintf("第 %d 行：%s", p.Row, p.Reason)
	}
	return fmt.Sprintf("第 %d 行“%s”：%s", p.Row, p.Column, p.Reason)
}

// refusals writes the rows that were refused, to be mended and brought again.
type refusals struct {
	w     *csv.Writer
	width int
}

// newRefusals writes the heading; a nil w writes nothing. The mark at the
// front makes spreadsheets read the file as UTF-8.
func newRefusals(w io.Writer, header []string) (*refusals, error) {
	if w == nil {
		return &refusals{}, nil
	}
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return nil, fmt.Errorf("intake: write refusals: %w", err)
	}
	r := &refusals{w: csv.NewWriter(w), width: len(header)}
	err := r.write(append([]string{"行号", "不予导入的原因"}, header...))
	return r, err
}

func (r *refusals) add(row Row, problems []Problem) error {
	if r.w == nil {
		return nil
	}
	reasons := make([]string, len(problems))
	for i, p := range problems {
		reasons[i] = p.Reason
		if p.Column != "" {
			reasons[i] = p.Column + "：" + p.Reason
		}
	}
	return r.write(append([]string{strconv.Itoa(row.No), strings.Join(reasons, "；")}, row.Cells...))
}

func (r *refusals) write(cells []string) error {
	safe := make([]string, len(cells))
	for i, c := range cells {
		safe[i] = inert(c)
	}
	if err := r.w.Write(safe); err != nil {
		return fmt.Errorf("intake: write refusals: %w", err)
	}
	return nil
}

func (r *refusals) flush() error {
	if r.w == nil {
		return nil
	}
	if r.w.Flush(); r.w.Error() != nil {
		return fmt.Errorf("intake: write refusals: %w", r.w.Error())
	}
	return nil
}

// inert keeps a spreadsheet from taking a cell for a formula. It looks past
// blanks, which spreadsheets drop.
func inert(cell string) string {
	if rest := strings.TrimLeft(cell, " \t\r\n\u3000\u00a0"); rest != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(rest)[0]) {
		return "'" + cell
	}
	return cell
}

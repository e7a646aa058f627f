package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"huiyin/internal/app"
	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/intake"
	"huiyin/internal/org"
	"huiyin/internal/text"
	"huiyin/internal/worktime"
)

type calendarCmd struct {
	List   calendarListCmd   `cmd:"" help:"列出已有放假安排的年度 · list the years that are known"`
	Show   calendarShowCmd   `cmd:"" help:"输出某一年度，格式与导入相同 · print a year as import takes it"`
	Import calendarImportCmd `cmd:"" help:"导入某一年度的放假安排，并重算暂定时限 · import a year and settle provisional deadlines"`
	Notice calendarNoticeCmd `cmd:"" help:"识别放假通知的全文，再导入 · read the text of a notice and import it"`
}

type calendarListCmd struct{}

func (calendarListCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, g.there(), func(a *app.App) error {
		builtin, err := worktime.Builtin()
		if err != nil {
			return err
		}
		rows := [][]string{{"年度", "放假天数", "调休上班天数", "来源"}}
		calendar := a.City.Current().Calendar()
		for _, year := range calendar.Years() {
			facts, source := calendar.Facts(year), "导入"
			if slices.Equal(facts, builtin.Facts(year)) {
				source = "随程序提供"
			}
			off, worked := days(facts)
			rows = append(rows, []string{strconv.Itoa(year), strconv.Itoa(off), strconv.Itoa(worked), source})
		}
		fmt.Print(table(rows))
		return nil
	})
}

// days counts the days off, weekends within them included, and the make-up days.
func days(facts []worktime.Fact) (off, worked int) {
	for _, f := range facts {
		if f.Kind == "workday" {
			worked++
		}
	}
	return len(facts) - worked, worked
}

// factColumns are those of the file, factTitles the same for people.
func factColumns() []string { return []string{"date", "kind", "name"} }
func factTitles() []string  { return []string{"日期", "类别", "节日"} }

type calendarShowCmd struct {
	Year int `arg:"" help:"年度 · year"`
}

func (c calendarShowCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, g.there(), func(a *app.App) error {
		facts := a.City.Current().Calendar().Facts(c.Year)
		if facts == nil {
			return errs.Newf(errs.NotFound, "year_not_found", "没有 %d 年的放假安排；公布后用 calendar import 导入", c.Year)
		}
		rows := make([][]string, len(facts))
		for i, f := range facts {
			rows[i] = []string{f.Date, f.Kind, f.Name}
		}
		return printCSV(factColumns(), rows)
	})
}

// printCSV begins with the mark of UTF-8: without it Excel reads Chinese wrongly,
// and what it saves then is damaged for good.
func printCSV(columns []string, rows [][]string) error {
	fmt.Print("\ufeff")
	out := csv.NewWriter(os.Stdout)
	return errors.Join(out.Write(columns), out.WriteAll(rows))
}

type calendarImportCmd struct {
	File   string `arg:"" help:"CSV 或 xlsx 文件，列为 date,kind,name；kind 为 holiday 或“放假”、workday 或“上班” · file" type:"existingfile"`
	DryRun bool   `help:"只检查，并说明将改变什么 · check only"`
}

func (c calendarImportCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, g.there(), func(a *app.App) error {
		rows, err := sheet(c.File, factColumns(), factTitles())
		if err != nil {
			return err
		}
		facts := make([]worktime.Fact, len(rows))
		for i, r := range rows {
			facts[i] = worktime.Fact{Line: r.Line, Date: r.Cells[0], Kind: r.Cells[1], Name: r.Cells[2]}
		}
		year, notice, err := worktime.Notice(facts)
		if err != nil {
			return err
		}
		printNotice(a.City.Current().Calendar(), year, notice)
		return putYear(ctx, a, year, notice, c.DryRun)
	})
}

type calendarNoticeCmd struct {
	File   string `arg:"" help:"放假通知全文的文本文件 · text file" type:"existingfile"`
	DryRun bool   `help:"只识别，并说明将改变什么 · check only"`
}

func (c calendarNoticeCmd) Run(ctx context.Context, g globals) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return errs.Wrap(err, errs.NotFound, "no_file", "不能读取文件 "+c.File)
	}
	written, err := text.Decode(data)
	if err != nil {
		return err
	}
	return g.with(ctx, g.there(), func(a *app.App) error {
		year, notice, lines, err := worktime.ReadNotice(written)
		for _, l := range lines {
			mark := "  "
			if !l.Understood {
				mark = "? "
			}
			fmt.Printf("%s%s\n    %s\n", mark, l.Text, l.Says)
		}
		if err != nil {
			return err
		}
		printNotice(a.City.Current().Calendar(), year, notice)
		return putYear(ctx, a, year, notice, c.DryRun)
	})
}

func putYear(ctx context.Context, a *app.App, year int, notice worktime.Year, dry bool) error {
	if dry {
		n, err := a.ForeseeYear(ctx, year, notice)
		if err == nil {
			fmt.Println("仅检查，没有写入；导入后将是：" + settling(n))
		}
		return err
	}
	n, err := a.PutYear(ctx, operator(), year, notice)
	if err == nil {
		fmt.Println("已写入：" + settling(n))
	}
	return err
}

func settling(n casework.Settling) string {
	return fmt.Sprintf("进行中的暂定时限 %d 个，确定 %d 个，其中 %d 个的到期时间改变", n.Provisional, n.Settled, n.Moved)
}

// printNotice says what a notice changes of the calendar.
func printNotice(calendar *worktime.Calendar, year int, notice worktime.Year) {
	before, after := calendar.Facts(year), calendar.WithYear(year, notice).Facts(year)
	off, worked := days(after)
	fmt.Printf("%d 年：放假 %d 天，调休上班 %d 天\n", year, off, worked)
	switch {
	case before == nil:
		fmt.Println("该年度此前没有放假安排")
	case slices.Equal(before, after):
		fmt.Println("与现有安排相同")
	default:
		fmt.Println("与现有安排不同之处：")
		printDifference("-", before, after)
		printDifference("+", after, before)
	}
}

func printDifference(mark string, these, others []worktime.Fact) {
	for _, f := range these {
		same := func(o worktime.Fact) bool { return o.Date == f.Date && o.Kind == f.Kind && o.Name == f.Name }
		if !slices.ContainsFunc(others, same) {
			fmt.Printf("  %s %s,%s,%s\n", mark, f.Date, f.Kind, f.Name)
		}
	}
}

// sheet reads a file that has these columns, by their names or their titles.
func sheet(file string, columns, titles []string) ([]org.Row, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, errs.Wrap(err, errs.NotFound, "no_file", "不能打开文件 "+file)
	}
	defer f.Close()
	return intake.Rows(f, filepath.Base(file), columns, titles)
}

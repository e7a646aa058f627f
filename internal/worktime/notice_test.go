package worktime_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/errs"
	"huiyin/internal/worktime"
)

// facts reads date,kind,name lines below a header.
func facts(text string) (list []worktime.Fact) {
	for i, line := range strings.Split(text, "\n") {
		cells := strings.SplitN(line, ",", 3)
		list = append(list, worktime.Fact{Line: i + 2, Date: cells[0], Kind: cells[1], Name: cells[2]})
	}
	return list
}

// What the built-in calendar holds of a year is a notice of that year.
func TestNoticeOfEveryYear(t *testing.T) {
	t.Parallel()
	c := builtin(t)
	for _, year := range c.Years() {
		got, y, err := worktime.Notice(c.Facts(year))
		if err != nil || got != year {
			t.Errorf("%d: %d, %v", year, got, err)
			continue
		}
		if c.WithYear(year, y).Version() != c.Version() {
			t.Errorf("%d is another one", year)
		}
	}
	next := slices.Max(c.Years()) + 1
	if got := c.Facts(next); got != nil {
		t.Errorf("%d: %v", next, got)
	}
}

const year2027 = `2026-12-27,workday,元旦
2027-01-01,holiday,元旦
2027-02-05,holiday,春节
2027-04-05,holiday,清明节
2027-06-09,holiday,端午节
2027-09-15,holiday,中秋节
2027/5/1,holiday,劳动节
2027/5/2,holiday,劳动节
2027-05-08,workday,劳动节
2027-10-01,holiday,国庆节
2027-10-02,holiday,国庆节
2027-10-3,holiday,国庆节`

func TestNotice(t *testing.T) {
	t.Parallel()
	year, y, err := worktime.Notice(facts(year2027))
	want := worktime.Year{
		Holidays: map[string]string{
			"2027-01-01": "元旦", "2027-02-05": "春节", "2027-04-05": "清明节", "2027-06-09": "端午节", "2027-09-15": "中秋节",
			"2027-05-01": "劳动节", "2027-05-02": "劳动节",
			"2027-10-01": "国庆节", "2027-10-02": "国庆节", "2027-10-03": "国庆节",
		},
		Workdays: map[string]string{"2026-12-27": "元旦", "2027-05-08": "劳动节"},
	}
	if diff := cmp.Diff(want, y); err != nil || year != 2027 || diff != "" {
		t.Errorf("%d, %v\n%s", year, err, diff)
	}
	for line, says := range map[string]string{
		"2027-02-30,holiday,春节":                         "第 14 行 日期须写作",
		"春节,holiday,春节":                                 "第 14 行 日期须写作",
		"2027-02-06,holidays,春节":                        "第 14 行 类别须为",
		"2027-02-06,holiday,":                           "第 14 行 须写明节日名称",
		"2027-02-06,holiday," + strings.Repeat("节", 31): "第 14 行 须写明节日名称",
		"2027-02-04,workday,春节":                         "第 14 行 2027-02-04 不是周末",
		"2027-01-01,holiday,元旦":                         "第 14 行 2027-01-01 重复",
		"2027-10-03,workday,元旦":                         "第 14 行 2027-10-03 重复",
		"2026-11-28,workday,元旦":                         "第 14 行 不是 2027 年",
		"2028-01-01,holiday,元旦":                         "第 3 行 不是 2028 年", // the latest date says which year it is
	} {
		_, _, err := worktime.Notice(facts(year2027 + "\n" + line))
		if !slices.ContainsFunc(complaints(err), func(c string) bool { return strings.HasPrefix(c, says) }) {
			t.Errorf("%s: %q", line, complaints(err))
		}
	}
	for missing, list := range map[string][]worktime.Fact{
		"2027-10-03": facts(year2027)[:11],
		"2027-01-01": facts(year2027)[2:],
		"2027 缺少春节":  slices.Delete(facts(year2027), 2, 3),
		"2027 缺少中秋":  slices.Delete(facts(year2027), 5, 6),
		"year":       nil,
	} {
		_, _, err := worktime.Notice(list)
		if !errs.Is(err, errs.Invalid) || !slices.ContainsFunc(complaints(err), func(c string) bool { return strings.HasPrefix(c, missing) }) {
			t.Errorf("without %s: %v %q", missing, err, complaints(err))
		}
	}
}

func complaints(err error) (list []string) {
	e, ok := errors.AsType[*errs.Error](err)
	if !ok {
		return nil
	}
	for _, f := range e.Fields {
		list = append(list, f.Name+" "+f.Message)
	}
	return list
}

func FuzzNotice(f *testing.F) {
	f.Add(year2027)
	f.Add("2027-01-01,holiday,元旦")
	f.Fuzz(func(t *testing.T, text string) {
		var list []worktime.Fact
		for line := range strings.Lines(text) {
			cells := append(strings.SplitN(strings.TrimSuffix(line, "\n"), ",", 3), "", "")
			list = append(list, worktime.Fact{Date: cells[0], Kind: cells[1], Name: cells[2]})
		}
		year, y, err := worktime.Notice(list)
		if err != nil {
			return
		}
		again, same, err := worktime.Notice(builtin(t).WithYear(year, y).Facts(year))
		if err != nil || again != year || !cmp.Equal(y, same) {
			t.Errorf("%d, then %d: %v", year, again, err)
		}
	})
}

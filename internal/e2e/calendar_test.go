package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"huiyin/internal/db"
)

// TestCalendar: a limit that runs into a year without a notice is provisional,
// and final when the notice is imported. The program's clock is the machine's,
// so it is this year and the next that are unknown at first.
func TestCalendar(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h home) {
		now := time.Now().In(time.FixedZone("", 8*3600))
		h.forget(t, now.Year())
		s := h.serve(t)
		l := h.crew(t, s)
		open := func(title string) string {
			number := s.must(t, http.MethodPost, api+"/tickets", l.agent, "", matter(title)).read(t).Number
			s.must(t, http.MethodPost, api+"/tickets/"+number+"/accept", l.dispatcher, "", map[string]any{})
			s.must(t, http.MethodPost, api+"/tickets/"+number+"/dispatch", l.dispatcher, "", map[string]any{"lead": l.unit})
			return number
		}
		number := open("路灯不亮")
		guessed, provisional := s.due(t, l.dispatcher, number)
		if !provisional {
			t.Fatalf("due %v is not provisional", guessed)
		}

		// Nobody works for three weeks from tomorrow, says the notice.
		files := h.notices(t, now.Year(), now.AddDate(0, 0, 1), now.AddDate(0, 0, 21))
		out := h.must(t, "calendar", "import", files[1], "--dry-run")
		if !strings.Contains(out, "没有写入") || !strings.Contains(out, "此前没有放假安排") {
			t.Error(out)
		}
		h.must(t, "calendar", "import", files[1])
		if out := h.must(t, "calendar", "import", files[0], "--dry-run"); strings.Contains(out, " 0 个的到期时间改变") {
			t.Errorf("the dry run foresees nothing: %s", out)
		}
		if due, provisional := s.due(t, l.dispatcher, number); !provisional || !due.Equal(guessed) {
			t.Errorf("the dry run moved it to %v, %v", due, provisional)
		}
		if out := h.must(t, "calendar", "import", files[0]); !strings.Contains(out, "已写入") || strings.Contains(out, " 0 个的到期时间改变") {
			t.Error(out)
		}
		due, provisional := s.due(t, l.dispatcher, number)
		if provisional || due.Before(now.AddDate(0, 0, 21)) {
			t.Errorf("due %v, provisional %v; guessed %v", due, provisional, guessed)
		}
		if out := h.must(t, "calendar", "import", files[0]); !strings.Contains(out, "与现有安排相同") || !strings.Contains(out, "0 个的到期时间改变") {
			t.Errorf("the second time: %s", out)
		}

		// The server that runs counts by it too.
		later, provisional := s.due(t, l.dispatcher, open("井盖丢失"))
		for end := time.Now().Add(patience); provisional && time.Now().Before(end); {
			later, provisional = s.due(t, l.dispatcher, open("井盖丢失"))
		}
		if provisional || !later.Equal(due) {
			t.Errorf("a new ticket is due %v, provisional %v; want %v", later, provisional, due)
		}
		if out := h.must(t, "calendar", "list"); !strings.Contains(out, fmt.Sprint(now.Year())) || !strings.Contains(out, "导入") {
			t.Error(out)
		}
		h.must(t, "audit", "verify")
	})
}

// forget takes the notices from a year on out of the store.
func (h home) forget(t *testing.T, year int) {
	t.Helper()
	d := h.store(t)
	defer d.Close()
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		for _, text := range []string{`DELETE FROM calendar_day WHERE year >= $1`, `DELETE FROM calendar_year WHERE year >= $1`} {
			if _, err := tx.Exec(t.Context(), text, year); err != nil {
				return err
			}
		}
		_, err := tx.Exec(t.Context(), `UPDATE directory SET revision = revision + 1`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// notices writes the notices of a year and of the next, with
// everything between two days off: one as Windows writes files, in GBK, and one
// in UTF-8 with a mark.
func (h home) notices(t *testing.T, first int, from, to time.Time) (files [2]string) {
	t.Helper()
	for i := range files {
		year := first + i
		var text strings.Builder
		text.WriteString("date,kind,name\r\n")
		for day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == year; day = day.AddDate(0, 0, 1) {
			date := day.Format(time.DateOnly)
			fixed := strings.Contains("01-01 05-01 05-02 10-01 10-02 10-03", date[len("2006-"):])
			if fixed || date >= from.Format(time.DateOnly) && date <= to.Format(time.DateOnly) {
				fmt.Fprintf(&text, "%s,holiday,元旦、春节、清明节、端午节、中秋节\r\n", date)
			}
		}
		content := "\ufeff" + text.String()
		if i == 0 {
			var err error
			if content, err = simplifiedchinese.GBK.NewEncoder().String(text.String()); err != nil {
				t.Fatal(err)
			}
		}
		files[i] = filepath.Join(h.data, fmt.Sprint(year, ".csv"))
		if err := os.WriteFile(files[i], []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// due returns when the lead of a ticket is due.
func (s *server) due(t *testing.T, token, number string) (due time.Time, provisional bool) {
	t.Helper()
	var page struct {
		Clocks []struct {
			Step        string
			Due         time.Time
			Provisional bool
		}
	}
	if err := json.Unmarshal(s.must(t, http.MethodGet, api+"/tickets/"+number, token, "", nil).body, &page); err != nil {
		t.Fatal(err)
	}
	for _, c := range page.Clocks {
		if c.Step == "handle" {
			return c.Due, c.Provisional
		}
	}
	t.Fatalf("%s has no handling clock", number)
	return time.Time{}, false
}

// TestCalendarRefuses: a file that is no notice changes nothing and is told why.
func TestCalendarRefuses(t *testing.T) {
	t.Parallel()
	h := newHome(t, db.SQLite)
	if out := h.must(t, "calendar", "show", "2026"); !strings.HasPrefix(out, "\ufeffdate,kind,name\n2026-01-01,holiday,元旦\n") {
		t.Errorf("show: %s", out)
	} else if err := os.WriteFile(filepath.Join(h.data, "again.csv"), []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := h.must(t, "calendar", "import", filepath.Join(h.data, "again.csv")); !strings.Contains(out, "与现有安排相同") {
		t.Error(out)
	}
	if r := h.run(t, "calendar", "show", "2199"); r.code != 1 || !strings.Contains(r.err, "calendar import") {
		t.Errorf("an unknown year: exit %d\n%s", r.code, r.err)
	}
	revision := h.number(t, `SELECT revision FROM directory`)
	for says, text := range map[string]string{
		"第 3 行":       "date,kind,name\n2198-01-01,holiday,元旦\n2198-01-04,workday,元旦\n",
		"2198-05-01":  "日期,类别,节日\n2198/1/1,放假,元旦\n",
		"缺少 类别（kind）": "date,name\n2198-01-01,元旦\n",
		"没有写任何日期":     "date,kind,name\n",
		"第 2 行：日期须写作": "date,kind,name\n<b>,holiday,元旦\n",
	} {
		file := filepath.Join(h.data, "bad.csv")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if r := h.run(t, "calendar", "import", file); r.code != 1 || !strings.Contains(r.err, says) {
			t.Errorf("%q: exit %d\n%s%s", text, r.code, r.out, r.err)
		}
	}
	file := filepath.Join(h.data, "notice.txt")
	if err := os.WriteFile(file, []byte("关于2198年放假安排的通知。一、元旦：1月1日（周二）放假1天。"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := h.run(t, "calendar", "notice", file); r.code != 1 || !strings.Contains(r.err, "原文写“周二”") || !strings.Contains(r.err, "缺少春节") || !strings.Contains(r.out, "? 一、元旦") {
		t.Errorf("exit %d\n%s%s", r.code, r.out, r.err)
	}
	if got := h.number(t, `SELECT revision FROM directory`); got != revision {
		t.Error("a refused file changed something")
	}
}

// TestCalendarNotice: the notice goes in as it was published.
func TestCalendarNotice(t *testing.T) {
	t.Parallel()
	h := newHome(t, db.SQLite)
	h.forget(t, 2026)
	file := filepath.Join(h.data, "notice.txt")
	if err := os.WriteFile(file, []byte(`国务院办公厅关于2026年部分节假日安排的通知
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
`), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := h.must(t, "calendar", "notice", file, "--dry-run"); !strings.Contains(out, "此前没有放假安排") || !strings.Contains(out, "没有写入") || strings.Contains(out, "? ") {
		t.Error(out)
	}
	if out := h.must(t, "calendar", "notice", file); !strings.Contains(out, "2026 年：放假 33 天，调休上班 6 天") || !strings.Contains(out, "已写入") {
		t.Error(out)
	}
	if out := h.must(t, "calendar", "list"); !strings.Contains(out, "2026") {
		t.Error(out)
	}
}

// TestCitySheets: units and people come in from a spreadsheet's CSV, as the
// demo city goes out.
func TestCitySheets(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h home) {
		file := filepath.Join(h.data, "sheet.csv")
		write := func(text string) {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, table := range []string{"units", "accounts", "categories", "areas"} {
			out := h.must(t, "settings", "show", table)
			write(out)
			if said := h.must(t, "settings", "import", table, file); !strings.Contains(said, "已写入 0 行") {
				t.Errorf("%s: %s", table, said)
			}
		}
		write("单位代码,上级单位代码,单位名称,简称,层级,单位类别,区域代码,是否启用\nsquad-1,squad,一中队,一中队,市级,部门,,\nsquad,center,大队,大队,市级,部门,,是\n")
		if out := h.must(t, "settings", "import", "units", file, "--dry-run"); !strings.Contains(out, "将改变 2 行") {
			t.Error(out)
		}
		h.must(t, "settings", "import", "units", file)
		write("登录名,姓名,单位代码,岗位,是否启用\nsquad-li,李某,squad-1,经办人；分管领导,\n")
		if out := h.must(t, "settings", "import", "accounts", file); !strings.Contains(out, "+ squad-li,李某,squad-1,approver;handler,true") {
			t.Error(out)
		}
		write("login,name,unit,roles,active\na,某,nobody,handler,\nb,某,squad,boss,\n")
		if r := h.run(t, "settings", "import", "accounts", file); r.code != 1 || !strings.Contains(r.err, "第 2 行 unit") || !strings.Contains(r.err, "第 3 行 roles") {
			t.Errorf("exit %d\n%s", r.code, r.err)
		}
		h.must(t, "audit", "verify")
	})
}

// TestSettings: a table goes out and comes back edited.
func TestSettings(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h home) {
		file := filepath.Join(h.data, "limits.csv")
		write := func(text string) {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		out := h.must(t, "settings", "show", "limits")
		write(strings.Replace(out, "1,accept,,,,,,60wm,,", "1,accept,,,,,,45wm,,", 1))
		if out := h.must(t, "settings", "import", "limits", file, "--dry-run"); !strings.Contains(out, "+ 1,accept,,,,,,45wm,,") || !strings.Contains(out, "将改变 1 行") {
			t.Error(out)
		}
		if got := h.must(t, "settings", "show", "limits"); got != out {
			t.Error("the dry run wrote")
		}
		if out := h.must(t, "settings", "import", "limits", file); !strings.Contains(out, "已写入 1 行") {
			t.Error(out)
		}
		if got := h.must(t, "settings", "show", "limits"); !strings.Contains(got, "1,accept,,,,,,45wm,,") {
			t.Error(got)
		}
		write("id,step,kind,category,urgency,channel,unit,limit,valid_from,valid_to\n1,accept,,,,,,soon,,\n")
		if r := h.run(t, "settings", "import", "limits", file); r.code != 1 || !strings.Contains(r.err, "第 2 行 limit") {
			t.Errorf("exit %d\n%s", r.code, r.err)
		}
		if r := h.run(t, "settings", "show", "weather"); r.code != 1 || !strings.Contains(r.err, "settings list") {
			t.Errorf("exit %d\n%s", r.code, r.err)
		}
		if n := h.number(t, `SELECT COUNT(*) FROM access WHERE act = 'city'`); n != 1 {
			t.Errorf("%d lines in the access log", n)
		}
		h.must(t, "audit", "verify")
	})
}

package intake

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

func file(t testing.TB, name string, body []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func table(t testing.TB, path string) *Table {
	t.Helper()
	tab, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tab.Close() })
	return tab
}

func all(t testing.TB, tab *Table) []Row {
	t.Helper()
	var out []Row
	err := each(t.Context(), tab, func(r Row) error { out = append(out, r); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const twoRows = "留言编号,留言主题,留言详情\n1,路灯,\"不亮，\n很久了\"\n\n2,井盖,没了\n"

func TestOpenReadsEveryEncoding(t *testing.T) {
	t.Parallel()
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(twoRows)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(twoRows)
	if err != nil {
		t.Fatal(err)
	}
	longASCII := strings.Repeat("x,y,z\n", sampleSize/6+10)
	for name, body := range map[string]string{
		"utf8": twoRows, "bom": "\uFEFF" + twoRows, "gbk": gbk, "utf16": utf16, "crlf": strings.ReplaceAll(twoRows, "\n", "\r\n"),
		"tabs": strings.ReplaceAll(twoRows, ",", "\t"), "semicolons": strings.ReplaceAll(twoRows, ",", ";"),
	} {
		tab := table(t, file(t, name+".csv", []byte(body)))
		rows := all(t, tab)
		want := []Row{{No: 2, Cells: []string{"1", "路灯", "不亮，\n很久了"}}, {No: 5, Cells: []string{"2", "井盖", "没了"}}}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff([]string{"留言编号", "留言主题", "留言详情"}, tab.Header); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	// What decides comes late in a file whose front is plain ASCII.
	rows := all(t, table(t, file(t, "late.csv", []byte("id,title,body\n"+longASCII+gbk[len(gbk)-5:]))))
	if got := rows[len(rows)-1].Cells; got[len(got)-1] != "没了" {
		t.Errorf("late GBK reads %q", got)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body []byte
		kind errs.Kind
	}{
		"empty":     {nil, errs.Invalid},
		"blank":     {[]byte("\n\n \n"), errs.Invalid},
		"binary":    {bytes.Repeat([]byte{0, 1, 2, 3}, 500), errs.Invalid},
		"damaged":   {append([]byte("标题,内容这里是很长的一段\n"), 0xE4, 0xB8, '\n'), errs.Invalid},
		"not a zip": {[]byte("PK\x03\x04 and no more"), errs.Invalid},
		"other zip": {zipOf(t, "a.txt", 10), errs.Invalid},
		"bomb":      {zipOf(t, "xl/worksheets/sheet1.xml", maxUnzip+1), errs.Limit},
	} {
		_, err := Open(file(t, "x", c.body))
		if !errs.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "nowhere.csv")); !errs.Is(err, errs.NotFound) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Open(t.TempDir()); !errs.Is(err, errs.Invalid) {
		t.Errorf("folder: %v", err)
	}
}

// zipOf packs a part that says it unpacks to so many bytes.
func zipOf(t *testing.T, name string, size uint64) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CompressedSize64: 4, UncompressedSize64: size})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("part")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHeaderIsFoundBelowATitle(t *testing.T) {
	t.Parallel()
	tab := table(t, file(t, "x.csv", []byte("2019年留言汇总表,,,\n,,,\n *留言 主题：,留言时间（北京时间）,留言详情,,留言详情\n标题,2019-1-1,内容,备注,又一列\n")))
	want := []string{"*留言 主题：", "留言时间（北京时间）", "留言详情", "第4列", "留言详情#2"}
	if diff := cmp.Diff(want, tab.Header); diff != "" {
		t.Error(diff)
	}
	if n := len(all(t, tab)); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func TestGuess(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]Mapping{
		"留言编号,留言用户,留言主题,留言时间,留言详情,答复意见,答复时间":               {ID: "留言编号", Person: "留言用户", Title: "留言主题", Time: "留言时间", Body: "留言详情", Reply: "答复意见", ReplyTime: "答复时间"},
		"msg_id,user,subject,time,detail,reply,reply_time": {ID: "msg_id", Person: "user", Title: "subject", Time: "time", Body: "detail", Reply: "reply", ReplyTime: "reply_time"},
		"msg_id,user,subject,time,detail,oppose,like":      {ID: "msg_id", Person: "user", Title: "subject", Time: "time", Body: "detail"},
		"text,kind,field": {Body: "text", Kind: "kind"},
		"编号,标题,内容,电话,类型,分类,区县,来源": {ID: "编号", Title: "标题", Body: "内容", Phone: "电话", Kind: "类型", Category: "分类", Area: "区县", Channel: "来源"},
		"Message ID,Title,Body":   {ID: "Message ID", Title: "Title", Body: "Body"},
		"甲,乙":                     {},
	} {
		if diff := cmp.Diff(want, Guess(strings.Split(header, ","))); diff != "" {
			t.Errorf("%s: %s", header, diff)
		}
	}
}

func TestMappingFromTheCommandLine(t *testing.T) {
	t.Parallel()
	header := []string{"a", "b", "c"}
	m, err := (Mapping{Title: "c", Kind: "b"}).With(" title=a, body=b ,kind=", header)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Mapping{Title: "a", Body: "b"}, m); diff != "" {
		t.Error(diff)
	}
	for _, wrong := range []string{"title", "titel=a", "title=d", "=a"} {
		if _, err := m.With(wrong, header); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	at := now.Location()
	want := time.Date(2019, 4, 8, 8, 37, 20, 0, at)
	for _, s := range []string{
		"2019/4/8 8:37:20", "2019-04-08 08:37:20", "\t2019-04-08 08:37:20\n", "2019-04-08T08:37:20+08:00", "2019-04-08T00:37:20Z",
		"2019年4月8日 8时37分20秒", "2019年4月8日8:37:20", "2019.4.8 8:37:20", "2019-04-08\u300008:37:20", "2019/4/8\u00a0上午8:37:20",
		"43563.3592592593", "２０１９/4/8 8：37：20", "2019-04-08 08:37:20.000",
	} {
		got, err := ParseTime(s, at)
		if err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	for s, want := range map[string]time.Time{
		"2019-04-08": time.Date(2019, 4, 8, 0, 0, 0, 0, at), "2019-4-8 21:05": time.Date(2019, 4, 8, 21, 5, 0, 0, at),
		"2019/4/8 下午9:05": time.Date(2019, 4, 8, 21, 5, 0, 0, at), "2019/4/8 9:05 PM": time.Date(2019, 4, 8, 21, 5, 0, 0, at),
		"43563": time.Date(2019, 4, 8, 0, 0, 0, 0, at), "2020-02-29": time.Date(2020, 2, 29, 0, 0, 0, 0, at),
	} {
		if got, err := ParseTime(s, at); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "昨天", "2019-02-29", "2019-13-01", "2019-04-08 25:00", "2019-04-08 08:60:00", "19-4-8", "12345", "NaN", "1e5", "2019-04", "8:37", "0001-01-01"} {
		if got, err := ParseTime(s, at); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q is read as %v", s, got)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	f.Add("2019/4/8 下午8:37:20")
	f.Add("43563.36")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseTime(s, now.Location())
		if err == nil && (got.Year() < 1900 || got.Year() > 2100) {
			t.Fatalf("%q: %v", s, got)
		}
	})
}

// Whatever the bytes are, opening and reading a file ends, with rows or with
// an error that says what is wrong.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(twoRows))
	f.Add([]byte("\xEF\xBB\xBFa,b\n\"1"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte{0xFF, 0xFE, 'a', 0, ',', 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		tab, err := Open(file(t, "f", b))
		if err != nil {
			if errs.KindOf(err) == errs.Internal {
				t.Fatal(err)
			}
			return
		}
		defer tab.Close()
		for range len(b) + 2 {
			row, err := tab.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				if errs.KindOf(err) == errs.Internal {
					t.Fatal(err)
				}
				return
			}
			for _, c := range row.Cells {
				if !utf8.ValidString(c) {
					t.Fatalf("%q", c)
				}
			}
		}
		t.Fatal("the rows do not end")
	})
}

// dirty is a workbook as offices send them.
func dirty(t *testing.T) string {
	t.Helper()
	f := excelize.NewFile()
	put := func(cell string, v any) {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	put("A1", "留言情况表")
	if err := f.MergeCell("Sheet1", "A1", "F1"); err != nil {
		t.Fatal(err)
	}
	for i, h := range []string{"留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "联系电话"} {
		put(fmt.Sprintf("%c3", 'A'+i), h)
	}
	rows := [][]any{
		{101, "用户甲", "路灯不亮", "2019/4/8 8:37:20", "\n\t\t\u3000一个月了\u00a0\n\n\n\t", ""},
		{102, "用户乙", "井盖丢失", time.Date(2019, 4, 25, 9, 32, 9, 0, time.UTC), "很危险", "13800138000"},
		{103, "用户丙", "噪音扰民", "2019-04-26 10:00:00 ", "夜里很吵", "1380013"},
		{104, "用户丁", "", "2019-04-26", "没有标题", ""},
		{105, "用户戊", "未来的事", "2099-01-01", "还没发生", ""},
		{105, "用户己", "编号撞车一", "2019-04-26", "内容一", ""},
		{105, "用户庚", "编号撞车二", "2019-04-26", "内容二", ""},
		{106, "用户甲", "路灯不亮", "2019/4/8 8:37:20", "同一个人又发一次", ""},
		{107, "用户辛", "时间不对", "去年春天", "内容", ""},
		{108, "用户壬", strings.Repeat("长", 201), "2019-04-26", strings.Repeat("长", 20001), ""},
		{109, "用户癸", "只有题目", "43581.5", " \u3000 ", ""},
	}
	for i, r := range rows {
		for j, v := range r {
			put(fmt.Sprintf("%c%d", 'A'+j, i+5), v)
		}
	}
	path := filepath.Join(t.TempDir(), "dirty.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPlanOfADirtyWorkbook(t *testing.T) {
	t.Parallel()
	dir := city(t)
	tab := table(t, dirty(t))
	p, err := MakePlan(t.Context(), tab, Options{Mapping: Guess(tab.Header), City: dir, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, problem := range p.Problems {
		said = append(said, problem.String())
	}
	want := []string{
		"第 7 行“联系电话”：联系电话格式不正确，请填写手机号码或带区号的固定电话",
		"第 8 行“留言主题”：是空的",
		"第 9 行“留言时间”：时间晚于现在：2099-01-01 00:00:00",
		"第 11 行“留言编号”：与第 10 行重复",
		"第 12 行：与第 5 行的诉求人、标题和时间都相同",
		"第 13 行“留言时间”：时间无法识别：“去年春天”",
		"第 14 行“留言详情”：超过 20000 个字",
		"第 14 行“留言主题”：超过 200 个字",
		"第 15 行“留言详情”：是空的",
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Error(diff)
	}
	if p.Rows != 11 || p.Good != 3 || p.Refused != 8 || p.Anonymous != 2 || p.Kinds[ticket.Help]+p.Kinds[ticket.Complaint] != 3 {
		t.Errorf("%+v", p)
	}
	for _, reason := range []string{"留言详情：超过 20000 个字", "与另一行的诉求人、标题和时间都相同"} {
		if p.Reasons[reason] != 1 {
			t.Errorf("the summary lacks %q: %v", reason, p.Reasons)
		}
	}
	if got := p.Samples[0].Matter.Body; got != "一个月了" {
		t.Errorf("body %q", got)
	}
	if got := p.Samples[1].At; !got.Equal(time.Date(2019, 4, 25, 9, 32, 9, 0, now.Location())) {
		t.Errorf("serial day reads %v", got)
	}
}

func TestPlanKnowsCodesAndLabels(t *testing.T) {
	t.Parallel()
	dir := city(t)
	body := "标题,内容,类型,分类,区县,渠道,时间\n" +
		"甲,乙,投诉,噪声污染,甲区,热线,2019-01-01\n甲,乙,complaint,11,350102,phone,2019-01-02\n甲,乙,瞎写,没有,外市,鸽子,2019-01-03\n甲,乙,,,,,2019-01-04,多出来\n"
	tab := table(t, file(t, "x.csv", []byte(body)))
	p, err := MakePlan(t.Context(), tab, Options{Mapping: Guess(tab.Header), City: dir, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if p.Good != 2 || p.Refused != 2 || len(p.Problems) != 5 {
		t.Fatalf("%+v", p)
	}
	for _, m := range p.Samples {
		if m.Matter.Kind != ticket.Complaint || m.Matter.Category != "11" || m.Matter.Area != "350102" || m.Matter.Channel != ticket.Phone {
			t.Errorf("%+v", m.Matter)
		}
	}
}

func TestPlanWantsATitleOrABody(t *testing.T) {
	t.Parallel()
	tab := table(t, file(t, "x.csv", []byte("甲,乙\n1,2\n")))
	_, err := MakePlan(t.Context(), tab, Options{Mapping: Guess(tab.Header), City: city(t), Now: now})
	if !errs.Is(err, errs.Invalid) {
		t.Fatalf("got %v", err)
	}
}

func TestRefusalsAreNoFormulas(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	r, err := newRefusals(&b, []string{"=A1", "内容"})
	if err != nil {
		t.Fatal(err)
	}
	cells := []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "1=1", "", "好"}
	if err := r.add(Row{No: 3, Cells: cells}, []Problem{{Row: 3, Reason: "=坏"}}); err != nil {
		t.Fatal(err)
	}
	if err := r.flush(); err != nil {
		t.Fatal(err)
	}
	reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\uFEFF")))
	reader.FieldsPerRecord = -1
	lines, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"行号", "不予导入的原因", "'=A1", "内容"},
		{"3", "'=坏", "'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "' =1", "'＝1", "1=1", "", "好"},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

func TestKeysNameTheRowAndItsSource(t *testing.T) {
	t.Parallel()
	dir := city(t)
	key := func(body, source string) string {
		tab := table(t, file(t, "x.csv", []byte(body)))
		r, err := NewReader(tab, Options{Mapping: Guess(tab.Header), City: dir, Now: now, Source: source})
		if err != nil {
			t.Fatal(err)
		}
		m, problems := r.Read(all(t, tab)[0])
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return r.Key(m)
	}
	one := "id,title,body,time\n7,甲,乙,2019-01-01\n"
	more := one + "8,丙,丁,2019-01-02\n"
	if again := key(one, ""); again != key(one, "") || key(one, "s") != key(more, "s") {
		t.Error("the same row has two keys")
	}
	if key(one, "") == key(more, "") || key(one, "s") == key(one, "r") || key(one, "s") == key(strings.Replace(one, "7", "9", 1), "s") {
		t.Error("two rows share a key")
	}
}

func TestRealFilesCanBePlanned(t *testing.T) {
	t.Parallel()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	replies, ok := RealMessages(folder)
	if !ok {
		t.Skip("the real messages are not beside the repository")
	}
	dir := city(t)
	folder = filepath.Dir(replies)
	for name, want := range map[string]int{
		"messages_with_replies.csv": 2816, "messages_with_replies.xlsx": 2816, "messages_with_votes.csv": 4326, "messages_with_votes.xlsx": 4326,
		"../messages/kind_labelled.csv": 9229,
	} {
		tab := table(t, filepath.Join(folder, name))
		p, err := MakePlan(t.Context(), tab, Options{Mapping: Guess(tab.Header), City: dir, Now: now})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p.Rows != want || p.Refused*20 > p.Rows {
			t.Errorf("%s: %d rows, %d refused: %v", name, p.Rows, p.Refused, p.Reasons)
		}
		t.Logf("%s: %d rows, %d refused %v", name, p.Rows, p.Refused, p.Reasons)
	}
}

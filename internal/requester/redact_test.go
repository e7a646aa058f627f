package requester

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		// phones
		"请打13812345678谢谢":           "请打***谢谢",
		"请打138-1234-5678谢谢":         "请打***谢谢",
		"请打 138 1234 5678 谢谢":       "请打 *** 谢谢",
		"请打+86 13812345678。":        "请打***。",
		"请打１３８１２３４５６７８谢谢":           "请打***谢谢",
		"138\u200b1234\u200b5678":   "***",
		"138–1234–5678":             "***",
		"两个：1381234567813912345678": "两个：***",
		"多一位：138123456789":          "多一位：***",
		"座机0591-87551234转801。":      "座机***。",
		"座机（0591）87551234":          "座机***",
		"01087551234":               "***",
		"电话：87551234":               "电话：***",
		"电话是 8755-1234":             "电话是 ***",
		"赔偿87551234元":               "赔偿87551234元",
		"打12345和110都没人管":            "打12345和110都没人管",
		"工单20261122000123已超期":       "工单20261122000123已超期",
		"2018年5月5日8:30至12:00":       "2018年5月5日8:30至12:00",
		"热线0591-12345":              "热线0591-12345",
		// identity and cards
		"身份证11010519491231002X。":    "身份证***。",
		"身份证110105 19491231 002X":   "身份证***",
		"身份证110105194912310021错一位":  "身份证***错一位",
		"110105491231002":           "***",
		"编号999999999999999999":      "编号999999999999999999",
		"卡号6222 0200 0000 0000 005": "卡号6222 0200 0000 0000 005",
		"卡号4111 1111 1111 1111":     "卡号***",
		// plates
		"闽A12345乱停":   "***乱停",
		"闽A·12345":    "***",
		"闽ａ１２３４５":     "***",
		"闽AD12345是电车": "***是电车",
		"粤Z1234港":     "***",
		"闽A1234学":     "***",
		"新SYSTEM上线":   "新SYSTEM上线",
		"闽A类企业":       "闽A类企业",
		// e-mail and messengers
		"发到lin.yi@mail.example.com吧": "发到***吧",
		"发到ｌｉｎ＠example.com":          "发到***",
		"微信号lin_yi88":                "微信号***",
		"QQ：123456789":               "QQ：***",
		"关注微信公众号":                    "关注微信公众号",
		// houses
		"阳光小区12栋3单元502室漏水": "阳光小区***漏水",
		"12栋3室2厅":          "***2厅",
		"12号楼没电":           "***没电",
		"12号楼502没电":        "***没电",
		"A座1203室":          "***",
		"十二号楼三单元":          "***",
		"阳光小区3-2-501":      "阳光小区***",
		"五四路88号门口":         "五四路***门口",
		"五四路八十八号门口":        "五四路***门口",
		"白沙村12号之3":         "白沙村***",
		"３＃楼":              "***",
		"住501室":            "住***",
		"5月5号来人":           "5月5号来人",
		"三层以上没水":           "三层以上没水",
		"一栋楼都停电":           "一栋楼都停电",
		"3室2厅的房子":          "3室2厅的房子",
		"三座桥、32户居民":        "三座桥、32户居民",
		"地铁1号线和2号线":        "地铁1号线和2号线",
		"中山广场9-10月施工":      "中山广场9-10月施工",
		// names that are known
		"张三丰和张三吵架": "***和***吵架",
		"我是 欧阳 修":  "我是 欧阳 修",
		"":         "",
	} {
		if got := Redact(in, "张三", "张三丰", "李", " ", "**"); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	text := "张三（１３８１２３４５６７８）住五四路88号12栋，车闽A12345，信箱a@b.cn"
	want := []struct {
		trait Trait
		text  string
	}{
		{TraitName, "张三"}, {TraitPhone, "１３８１２３４５６７８"}, {TraitHouse, "88号12栋"}, {TraitPlate, "闽A12345"}, {TraitEmail, "a@b.cn"},
	}
	got := Findings(text, "张三")
	if len(got) != len(want) {
		t.Fatalf("%d findings: %v", len(got), got)
	}
	for i, f := range got {
		if f.Trait != want[i].trait || text[f.Start:f.End] != want[i].text {
			t.Errorf("%s %q, want %s %q", f.Trait, text[f.Start:f.End], want[i].trait, want[i].text)
		}
	}
}

// TestRedactFindsInAnyPlace puts what must go between words of all sorts.
func TestRedactFindsInAnyPlace(t *testing.T) {
	t.Parallel()
	word := rapid.StringOfN(rapid.RuneFrom([]rune("您好请问，。 \n（）abc一住在路")), 0, 12, -1)
	secret := rapid.SampledFrom([]string{"13812345678", "11010519491231002X", "闽A12345", "0591-87551234", "12栋3单元502室", "林森木"})
	rapid.Check(t, func(t *rapid.T) {
		s := secret.Draw(t, "secret")
		text := word.Draw(t, "before") + "，" + s + "，" + word.Draw(t, "after")
		if got := Redact(text, "林森木"); strings.Contains(got, s) {
			t.Fatalf("%q still shows %q", got, s)
		}
	})
}

func FuzzRedact(f *testing.F) {
	f.Add("阳光小区12栋3单元502室，电话１３８１２３４５６７８", "张三")
	f.Add("11010519491231002X闽A12345", "*")
	f.Add("138\u200b12345678a@b.cn138", "a*")
	f.Add("8613812345678913812345678", "138")
	f.Fuzz(func(t *testing.T, text, name string) {
		once := Redact(text, name)
		if utf8.ValidString(text) && !utf8.ValidString(once) {
			t.Fatalf("%q is no longer text: %q", text, once)
		}
		if twice := Redact(once, name); twice != once {
			t.Fatalf("%q, then %q", once, twice)
		}
		end := 0
		for _, f := range Findings(text, name) {
			if f.Start < end || f.End <= f.Start || f.End > len(text) {
				t.Fatalf("finding %v after %d", f, end)
			}
			end = f.End
		}
	})
}

// BenchmarkRedactLongRuns would take minutes if the cost grew with the square
// of what somebody sends in.
func BenchmarkRedactLongRuns(b *testing.B) {
	for name, part := range map[string]string{"digits": "7", "floors": "3层", "letters": "a", "phones": "13812345678 "} {
		text := strings.Repeat(part, 20_000/len(part))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Redact(text)
			}
		})
	}
}

func BenchmarkRedact(b *testing.B) {
	text := strings.Repeat("尊敬的领导：阳光小区12栋3单元502室楼上漏水，物业电话0591-87551234无人接听，请协调处理。", 10)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Redact(text, "林森木")
	}
}

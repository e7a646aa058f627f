package org

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiyin/internal/ticket"
)

// nameable is a city center with units under it, each with a name and a short one.
func nameable(t testing.TB, names ...[2]string) *Directory {
	t.Helper()
	c := contents{Units: []Unit{{ID: 1, Path: "/1/", Code: "center", Name: "智慧中心", Short: "中心", Kind: Center, Level: CityLevel, Active: true}}}
	for i, n := range names {
		id := ticket.UnitID(i + 2)
		c.Units = append(c.Units, Unit{
			ID: id, Parent: 1, Path: fmt.Sprintf("/1/%d/", id), Code: fmt.Sprint("u", id), Name: n[0], Short: n[1], Active: n[1] != "停",
		})
	}
	return must(t, c)
}

func unitNames(units []Unit) (list []string) {
	for _, u := range units {
		list = append(list, u.Name)
	}
	return list
}

func TestFindUnits(t *testing.T) {
	t.Parallel()
	d := nameable(t, [][2]string{
		{"市城市管理局", "市城管局"},
		{"鼓楼区城市管理局", "鼓楼城管局"},
		{"长乐区住房和城乡建设局", "长乐住建局"},
		{"市重点项目办公室", "重点办"},
		{"已撤销的城市管理处", "停"},
		{"12345 热线Ａ组", "热线A组"},
		{"安溪街道", "安溪"},
		{"先行街道", "先行"},
	}...)
	for query, want := range map[string][]string{
		"鼓楼":        {"鼓楼区城市管理局"},
		" 鼓 楼 ":     {"鼓楼区城市管理局"},
		"城管":        {"市城市管理局", "鼓楼区城市管理局"}, // of the short names
		"scg":       {"市城市管理局"},
		"SCGJ":      {"市城市管理局"},
		"chengguan": {"市城市管理局", "鼓楼区城市管理局"},
		"shicheng":  {"市城市管理局"},
		"shichengg": {"市城市管理局"},
		"市cheng管":   {"市城市管理局"},
		"clzj":      {"长乐区住房和城乡建设局"}, // 长 chang, 乐 le
		"zyq":       {"长乐区住房和城乡建设局"}, // 长 zhang, 乐 yue
		"changle":   {"长乐区住房和城乡建设局"},
		"zdb":       {"市重点项目办公室"},
		"zhongdian": {"市重点项目办公室"},
		"chongdian": {"市重点项目办公室"},
		"rxa":       {"12345 热线Ａ组"},
		"热线a":       {"12345 热线Ａ组"},
		"12345":     {"12345 热线Ａ组"},
		"u4":        {"长乐区住房和城乡建设局"},
		"xianxing":  {"先行街道"},
		"处":         nil,
		"zzz":       nil,
		"城市管理局了":    nil,
	} {
		if diff := cmp.Diff(want, unitNames(d.FindUnits(query, 0, 10))); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
	}
	if got := d.FindUnits("", 0, 3); len(got) != 3 || got[0].ID != 1 {
		t.Errorf("nothing typed: %v", unitNames(got))
	}
	if got := d.FindUnits("城", 3, 9); len(got) != 1 || got[0].ID != 3 {
		t.Errorf("within: %v", unitNames(got))
	}
	for _, got := range [][]Unit{d.FindUnits("城", 99, 9), d.FindUnits("城", 0, 0), d.FindUnits("城", 0, -1), d.FindUnits(strings.Repeat("a", 10_000), 0, 9)} {
		if len(got) != 0 {
			t.Errorf("found %v", unitNames(got))
		}
	}
}

// The beginning of a name comes before its beginning in pinyin, and both before
// any part of one; what is further up comes before what is below.
func TestFindUnitsOrder(t *testing.T) {
	t.Parallel()
	c := contents{Units: []Unit{
		{ID: 1, Path: "/1/", Code: "x1", Name: "东方水务大队", Short: "水务队", Active: true},
		{ID: 2, Path: "/1/2/", Code: "x2", Name: "sw 公司", Short: "公司", Active: true},
		{ID: 3, Path: "/1/3/", Code: "x3", Name: "卫生监督所", Short: "卫监所", Active: true},
		{ID: 4, Path: "/1/3/4/", Code: "x4", Name: "市卫健委", Short: "委", Active: true},
		{ID: 5, Path: "/1/5/", Code: "x5", Name: "市文化馆", Short: "馆", Active: true},
		{ID: 6, Path: "/1/6/", Code: "x6", Name: "临时水文站", Short: "站", Active: true},
	}}
	want := []string{"sw 公司", "东方水务大队", "市文化馆", "市卫健委", "临时水文站"}
	if diff := cmp.Diff(want, unitNames(must(t, c).FindUnits("sw", 0, 9))); diff != "" {
		t.Error(diff)
	}
}

func TestFindCategories(t *testing.T) {
	t.Parallel()
	d := must(t, contents{Categories: []Category{
		{Code: "02", Path: "/02/", Name: "交通运输", Level: 1, Active: true},
		{Code: "0201", Parent: "02", Path: "/02/0201/", Name: "公共交通", Level: 2, Active: true},
		{Code: "0202", Parent: "02", Path: "/02/0202/", Name: "交通噪音", Level: 2},
	}})
	for query, want := range map[string]string{"交通": "02 0201", "jt": "02 0201", "ggjt": "0201", "0201": "0201", "噪音": ""} {
		var codes []string
		for _, c := range d.FindCategories(query, 5) {
			codes = append(codes, c.Code)
		}
		if got := strings.Join(codes, " "); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

// Whoever types the beginning of a name, character by character in Chinese, in
// whole syllables or in initials, finds it.
func TestFindWhatIsTyped(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOfN(rapid.SampledFrom([]rune("长乐重庆行中心厦门绿化单县区ab1")), 1, 12, -1).Draw(t, "name")
		f := newFinder()
		f.add("/1/", "-", name)
		first := rapid.IntRange(0, len([]rune(name))-1).Draw(t, "first")
		var query strings.Builder
		for _, r := range []rune(name)[first:] {
			query.WriteString(rapid.SampledFrom(append(sounds(r), string(r))).Draw(t, "typed"))
		}
		if query.Len() > maxTyped {
			return
		}
		cut := rapid.IntRange(1, query.Len()).Draw(t, "cut")
		typed := strings.ToValidUTF8(query.String()[:cut], "")
		if len(f.find(typed, 1, func(int) bool { return true })) == 0 {
			t.Errorf("%q does not find %q", typed, name)
		}
	})
}

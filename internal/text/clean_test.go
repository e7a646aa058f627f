package text_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"huiyin/internal/text"
)

// messy draws texts rich in what cleaning is about.
func messy() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{
			"停水", "了", "，", "App", "１２", "㎡", "\r\n", "\r", "\n", "\n\n\n", " ", "  ", "\u3000", "\u00a0", "\t", "\u200b",
			"\ufeff", "\u202e", "\x00", "\x1b[0m", "\xff", "é", "e\u0301", "豈", "葛\U000E0100", "ﾊﾝ", "〇", "々", "\U00020000", "\uE000", "\u180e",
		}),
		rapid.String(),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 12), func(p []string) string { return strings.Join(p, "") })
}

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{ // Clean, Line
		"":                         {"", ""},
		"停水了":                      {"停水了", "停水了"},
		"\u3000\u3000停水了。 ":        {"停水了。", "停水了。"},
		"一\r\n二\r三\n四":             {"一\n二\n三\n四", "一 二 三 四"},
		"一\n \n\n\n二\n":            {"一\n\n二", "一 二"},
		"a\tb\u00a0c":              {"a b c", "a b c"},
		"a  b":                     {"a  b", "a b"},
		"停\u200b水\ufeff\x07\u202e": {"停水", "停水"},
		"全角Ａ１，（保留）":                {"全角Ａ１，（保留）", "全角Ａ１，（保留）"},
		"坏\xff字":                   {"坏\ufffd字", "坏\ufffd字"},
		"<b>&amp;</b>":             {"<b>&amp;</b>", "<b>&amp;</b>"},
		"豈":                        {"豈", "豈"}, // a compatibility form may be the writer's own
	} {
		if got := text.Clean(in); got != want[0] {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want[0])
		}
		if got := text.Line(in); got != want[1] {
			t.Errorf("Line(%q) = %q, want %q", in, got, want[1])
		}
	}
}

func TestCleanProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := messy().Draw(t, "s")
		for _, f := range []func(string) string{text.Clean, text.Line} {
			once := f(s)
			if twice := f(once); twice != once {
				t.Fatalf("once %q, twice %q", once, twice)
			}
			if !utf8.ValidString(once) || strings.TrimSpace(once) != once {
				t.Fatalf("not clean: %q", once)
			}
			for _, r := range once {
				if r != '\n' && r != ' ' && (unicode.IsControl(r) || unicode.IsSpace(r)) {
					t.Fatalf("%q has %U", once, r)
				}
			}
		}
		if strings.ContainsAny(text.Line(s), "\n") || strings.Contains(text.Line(s), "  ") {
			t.Fatalf("Line(%q) = %q", s, text.Line(s))
		}
		if strings.Contains(text.Clean(s), "\n\n\n") {
			t.Fatalf("Clean(%q) = %q", s, text.Clean(s))
		}
	})
}

func TestCleanKeepsWhatIsCleanWithoutAllocating(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { text.Line(sentence); text.Clean(sentence) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s                string
		n                int
		limit, truncated string
	}{
		{"", 3, "", ""},
		{"停水了", 3, "停水了", "停水了"},
		{"停水两天了", 3, "停水两", "停水…"},
		{"停水", 1, "停", "…"},
		{"停水", 0, "", ""},
		{"abc", -1, "", ""},
		{"停a水b", 2, "停a", "停…"},
	} {
		if got := text.Limit(c.s, c.n); got != c.limit {
			t.Errorf("Limit(%q, %d) = %q, want %q", c.s, c.n, got, c.limit)
		}
		if got := text.Truncate(c.s, c.n); got != c.truncated {
			t.Errorf("Truncate(%q, %d) = %q, want %q", c.s, c.n, got, c.truncated)
		}
	}
}

func TestLimitProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, n := rapid.String().Draw(t, "s"), rapid.IntRange(0, 20).Draw(t, "n")
		runes := []rune(s)
		want := string(runes[:min(n, len(runes))])
		if got := text.Limit(s, n); got != want {
			t.Fatalf("Limit = %q, want %q", got, want)
		}
		if got := utf8.RuneCountInString(text.Truncate(s, n)); got != min(n, len(runes)) {
			t.Fatalf("Truncate gives %d characters", got)
		}
	})
}

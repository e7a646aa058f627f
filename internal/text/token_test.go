package text_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiyin/internal/text"
)

func tokensOf(s string) []string { return text.AppendTokens(nil, s) }

func TestTokens(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"":                 nil,
		"，。 \n":            nil,
		"水":                {"水"},
		"停水":               {"停水", "水"},
		"停水了，":             {"停水", "水了", "了"},
		"停水，停电":            {"停水", "水", "停电", "电"},
		"拨打12345热线":        {"拨打", "打", "12345", "热线", "线"},
		"App闪退":            {"app", "闪退", "退"},
		"闽Ｄ１２３４５":          {"闽", "d", "12345"},
		"3.5元":             {"3", "5", "元"},
		"停\u200b水":         {"停水", "水"},
		"葛\U000E0100区":     {"葛区", "区"},
		"二〇二五年":            {"二〇", "〇二", "二五", "五年", "年"},
		"人人":               {"人人", "人"},
		"\U00020000\u9fff": {"\U00020000\u9fff", "\u9fff"},
		"豈有":               {"豈有", "有"},
		"Café":             {"café"},
		"50㎡":              {"50", "m", "2"},
		"ﾊﾝ":               {"ハン"},
	} {
		if diff := cmp.Diff(want, tokensOf(in)); diff != "" {
			t.Errorf("AppendTokens(%q): %s", in, diff)
		}
	}
}

func TestQueryTokens(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]text.QueryToken{
		"":         nil,
		"？！":       nil,
		"水":        {{Text: "水", Prefix: true}},
		"停水":       {{Text: "停水"}},
		"停水 停水":    {{Text: "停水"}},
		"停水两天":     {{Text: "停水"}, {Text: "水两"}, {Text: "两天"}},
		"APP 水 12": {{Text: "app"}, {Text: "水", Prefix: true}, {Text: "12"}},
	} {
		if diff := cmp.Diff(want, text.QueryTokens(in)); diff != "" {
			t.Errorf("QueryTokens(%q): %s", in, diff)
		}
	}
}

// limits holds for any text: tokens are short, few, folded and without blanks.
func limits(t interface{ Fatalf(string, ...any) }, s string) {
	tokens := tokensOf(s)
	if len(tokens) > text.MaxTokens {
		t.Fatalf("%d tokens", len(tokens))
	}
	for _, k := range tokens {
		if k == "" || len(k) > text.MaxTokenBytes || !utf8.ValidString(k) || strings.ContainsFunc(k, unicode.IsSpace) {
			t.Fatalf("token %q of %q", k, s)
		}
		for i := range len(k) {
			if c := k[i]; c < utf8.RuneSelf && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
				t.Fatalf("token %q of %q", k, s)
			}
		}
	}
	if q := text.QueryTokens(s); len(q) > text.MaxQueryTokens {
		t.Fatalf("%d query tokens", len(q))
	}
}

func matches(tokens []string, q text.QueryToken) bool {
	return slices.ContainsFunc(tokens, func(k string) bool {
		return k == q.Text || q.Prefix && strings.HasPrefix(k, q.Text)
	})
}

// Any piece of a text that is cut between two Han characters, or at a sign,
// asks only for tokens that the text has.
func TestQueryOfAPartMatches(t *testing.T) {
	t.Parallel()
	han := rapid.SampledFrom([]rune("停水电路灯坏了〇々豈\U00020000"))
	rapid.Check(t, func(t *rapid.T) {
		part := string(rapid.SliceOfN(han, 1, 40).Draw(t, "part"))
		s := messy().Draw(t, "before") + part + messy().Draw(t, "after")
		tokens := tokensOf(s)
		for _, q := range text.QueryTokens(part) {
			if !matches(tokens, q) {
				t.Fatalf("%q has no token for %v: %q", s, q, tokens)
			}
		}
	})
}

func TestTokenProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := messy().Draw(t, "s")
		limits(t, s)
		if diff := cmp.Diff(tokensOf(s), tokensOf(text.Clean(s))); diff != "" && !strings.ContainsFunc(s, unicode.IsControl) {
			t.Fatalf("cleaning changes the tokens of %q: %s", s, diff)
		}
		if diff := cmp.Diff(append([]string{"x"}, tokensOf(s)...), text.AppendTokens([]string{"x"}, s)); diff != "" {
			t.Fatal(diff)
		}
		for _, q := range text.QueryTokens(s) {
			if !matches(tokensOf(s), q) {
				t.Fatalf("a text is not found by itself: %q, %v", s, q)
			}
		}
	})
}

func TestTokenLimits(t *testing.T) {
	t.Parallel()
	limits(t, strings.Repeat("停水", text.MaxTokens))
	limits(t, strings.Repeat("a", 100_000))
	limits(t, strings.Repeat("é水1", 10_000))
	if got := tokensOf(strings.Repeat("é", 100)); len(got) != 1 || len(got[0]) != text.MaxTokenBytes {
		t.Errorf("a long word gives %q", got)
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"", sentence, "App１２㎡", "\xff停", "e\u0301", strings.Repeat("é", 40)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		limits(t, s)
		tokens := tokensOf(s)
		if len(tokens) == text.MaxTokens {
			return
		}
		for _, q := range text.QueryTokens(s) {
			if !matches(tokens, q) {
				t.Fatalf("a text is not found by itself: %q, %v", s, q)
			}
		}
	})
}

func BenchmarkAppendTokens(b *testing.B) {
	s := strings.Repeat(sentence, 10)
	b.ReportAllocs()
	b.SetBytes(int64(len(s)))
	var buf []string
	for b.Loop() {
		buf = text.AppendTokens(buf[:0], s)
	}
}

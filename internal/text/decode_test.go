package text_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"huiyin/internal/errs"
	"huiyin/internal/text"
)

const sentence = "人行道的井盖坏了，请尽快派人维修！电话 0591-12345。"

func TestDecode(t *testing.T) {
	t.Parallel()
	utf16le := []byte{0xFF, 0xFE, 0x5C, 0x50, 0x34, 0x6C} // 停水
	utf16be := []byte{0xFE, 0xFF, 0x50, 0x5C, 0x6C, 0x34}
	gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(sentence))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in   []byte
		want string
		code string
	}{
		"empty":               {nil, "", ""},
		"ascii":               {[]byte("hello\r\n"), "hello\r\n", ""},
		"utf-8":               {[]byte(sentence), sentence, ""},
		"utf-8 with mark":     {[]byte("\ufeff" + sentence), sentence, ""},
		"utf-16 little":       {utf16le, "停水", ""},
		"utf-16 big":          {utf16be, "停水", ""},
		"utf-16 odd length":   {utf16le[:5], "", "bad_encoding"},
		"utf-16 half a pair":  {[]byte{0xFF, 0xFE, 0x3D, 0xD8, 0x61, 0x00}, "", "bad_encoding"},
		"gbk":                 {gbk, sentence, ""},
		"gbk, one character":  {[]byte{0xBB, 0xB5}, "坏", ""},
		"gb18030, four bytes": {[]byte{0x95, 0x32, 0x82, 0x36}, "𠀀", ""},
		"gbk cut in two":      {[]byte{0xBB, 0xB5, 0xBB}, "", "bad_encoding"},
		"utf-8 cut":           {[]byte(sentence)[:len(sentence)-1], "", "bad_encoding"},
		"utf-8 damaged":       {[]byte(strings.Replace(sentence, "井", "\xff", 1)), "", "bad_encoding"},
		"marked but damaged":  {[]byte("\ufeffa\xff"), "", "bad_encoding"},
		"nul":                 {[]byte("停\x00水"), "", "not_text"},
		"nul in no utf-8":     {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "", "not_text"},
		"many controls":       {[]byte("a\x01b\x02c\x03"), "", "not_text"},
		"one control in many": {[]byte(sentence + "\x1b"), sentence + "\x1b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := text.Decode(c.in)
			if c.code != "" {
				if !errs.Is(err, errs.Invalid) || errs.CodeOf(err) != c.code {
					t.Fatalf("error %v, want %s", err, c.code)
				}
				return
			}
			if err != nil || got != c.want {
				t.Fatalf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// Ordinary Chinese prose in GBK is never taken for anything else.
func TestDecodeGBKProperty(t *testing.T) {
	t.Parallel()
	level1 := rapid.Custom(func(t *rapid.T) []byte { // GB 2312, first level
		return []byte{byte(rapid.IntRange(0xB0, 0xD6).Draw(t, "row")), byte(rapid.IntRange(0xA1, 0xFE).Draw(t, "cell"))}
	})
	rapid.Check(t, func(t *rapid.T) {
		b := bytes.Join(rapid.SliceOfN(level1, 8, 60).Draw(t, "prose"), []byte(rapid.SampledFrom([]string{"", " ", "1"}).Draw(t, "between")))
		want, err := simplifiedchinese.GBK.NewDecoder().Bytes(b)
		if err != nil {
			t.Fatal(err)
		}
		if utf8.Valid(b) {
			t.Skip("also valid UTF-8")
		}
		if got, err := text.Decode(b); err != nil || got != string(want) {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"", sentence, "\xcd\xa3\xcb\xae", "\xff\xfe\x5c\x50", "\x89PNG", "\x95\x32\x82\x36"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := text.Decode(b)
		if err != nil {
			if !errs.Is(err, errs.Invalid) || s != "" {
				t.Fatalf("%q with %v", s, err)
			}
			return
		}
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			t.Fatalf("%q is no clean text", s)
		}
		if utf8.Valid(b) && !bytes.HasPrefix(b, []byte("\ufeff")) && s != string(b) {
			t.Fatalf("valid UTF-8 changed: %q", s)
		}
	})
}

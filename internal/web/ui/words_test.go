package ui_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"huiyin/internal/web/ui"
)

var verb = regexp.MustCompile(`%[a-z]`)

func english(t *testing.T) ui.Catalogue {
	t.Helper()
	kit, err := ui.NewKit(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return kit.Words(ui.English)
}

// TestEverythingIsTranslated: what the public side says in Chinese has its
// English, and no English stands for what is said nowhere.
func TestEverythingIsTranslated(t *testing.T) {
	t.Parallel()
	words, said := english(t), collect(t)
	if len(said.must) < 300 {
		t.Errorf("only %d texts were found in the sources", len(said.must))
	}
	for text, where := range said.must {
		if len(forms(words, text)) == 0 {
			t.Errorf("%s: %q has no English", where, text)
		}
	}
	spoken := map[string]bool{}
	for _, texts := range []map[string]string{said.must, said.may} {
		for text := range texts {
			for _, key := range forms(words, text) {
				spoken[key] = true
			}
		}
	}
	for key := range words {
		if !spoken[key] {
			t.Errorf("%q is said nowhere", key)
		}
	}
}

// forms are the keys that a text is said by: its own, and those of what it
// makes of numbers.
func forms(words ui.Catalogue, text string) []string {
	var keys []string
	if _, ok := words[text]; ok {
		keys = append(keys, text)
	}
	if !verb.MatchString(text) {
		return keys
	}
	made := regexp.MustCompile("^" + verb.ReplaceAllString(regexp.QuoteMeta(text), `\d+`) + "$")
	for key := range words {
		if made.MatchString(key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// TestTranslationsFit: an English text takes the arguments of the Chinese one,
// and says something.
func TestTranslationsFit(t *testing.T) {
	t.Parallel()
	for chinese, english := range english(t) {
		if !slices.Equal(verb.FindAllString(chinese, -1), verb.FindAllString(english, -1)) {
			t.Errorf("%q and %q take other arguments", chinese, english)
		}
		if strings.TrimSpace(english) == "" || han.MatchString(english) {
			t.Errorf("%q is translated by %q", chinese, english)
		}
	}
}

func TestSay(t *testing.T) {
	t.Parallel()
	words := ui.Catalogue{"%d 天": "%d days", "1 天": "1 day", "没有": "none", "不行": "not now"}
	for _, c := range []struct{ got, want string }{
		{words.Say("没有"), "none"},
		{words.Say("未知"), "未知"},
		{words.Say("%d 天", 2), "2 days"},
		{words.Say("%d 天", 1), "1 day"},
		{ui.Catalogue(nil).Say("%d 天", 1), "1 天"},
		{words.Told("没有", "不行"), "none"},
		{words.Told("当前为“待受理”", "不行"), "not now"},
		{words.Told("当前为“待受理”", ""), ""},
		{ui.Catalogue(nil).Told("当前为“待受理”", "不行"), "当前为“待受理”"},
	} {
		if c.got != c.want {
			t.Errorf("%q, not %q", c.got, c.want)
		}
	}
}

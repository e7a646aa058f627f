package open311

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever arrives, the parser gives either a refusal or text that may be
// stored and shown.
func FuzzParse(f *testing.F) {
	for _, body := range []string{
		"api_key=xyz&jurisdiction_id=city.gov&service_code=001&lat=37.76&long=-122.42&address_string=1234+5th+street&attribute[WHISPAWN]=123456&attribute[WHISDORN][]=COISL001",
		"description=%E5%81%9C%E6%B0%B4%0D%0A&description=%00", "attribute[]=1&attribute[[]]=2&attribute[][]=3", "%CB%AE=1;a", "",
		"\ufeff{\"attribute\":{\"a\":[1],\"b\":null},\"lat\":1e3,\"description\":\"\\u0000\\ud800\"}", `{"a":{"b":[[[[]]]]}}`, `{"lat":true}`, "[]", "{", "{}}",
	} {
		f.Add(true, []byte(body))
		f.Add(false, []byte(body))
	}
	f.Fuzz(func(t *testing.T, isJSON bool, body []byte) {
		kind := "application/x-www-form-urlencoded"
		if isJSON {
			kind = "application/json; charset=UTF-8"
		}
		p, err := parse(kind, body)
		if err != nil {
			if code := status(err); code != 400 {
				t.Fatalf("%v is %d", err, code)
			}
			return
		}
		check := func(name, v string, most int) {
			if v == "" || !utf8.ValidString(v) || utf8.RuneCountInString(v) > most || strings.ContainsAny(v, "\x00\r\x1b\u202e") {
				t.Errorf("%s is %q", name, v)
			}
			if name != "description" && strings.ContainsAny(v, "\n\t") {
				t.Errorf("%s has lines: %q", name, v)
			}
		}
		for name, v := range p.values {
			most, known := parameters[name]
			if !known {
				t.Errorf("%q is none of ours", name)
			}
			check(name, v, most)
		}
		for name, v := range p.attributes {
			if !utf8.ValidString(name) || utf8.RuneCountInString(name) > 64 {
				t.Errorf("attribute %q", name)
			}
			check("attribute["+name+"]", v, 254)
		}
	})
}

func TestTitle(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"停水":                      "停水",
		"家里停水。两天了":                "家里停水",
		"。。。":                     "。。。",
		"第一行\n第二行":                "第一行",
		strings.Repeat("长", 50):   strings.Repeat("长", 50),
		strings.Repeat("长", 51):   strings.Repeat("长", 49) + "…",
		"  \n Water main broken!": "Water main broken",
	} {
		if got := title(words); got != want {
			t.Errorf("title(%q) = %q, want %q", words, got, want)
		}
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ first, last, want string }{
		{"三", "张", "张三"},
		{"", "张三", "张三"},
		{"买买提", "艾力·", "艾力·买买提"},
		{"John", "Smith", "John Smith"},
		{"John", "", "John"},
		{"", "", ""},
	} {
		if got := name(tt.first, tt.last); got != tt.want {
			t.Errorf("name(%q, %q) = %q, want %q", tt.first, tt.last, got, tt.want)
		}
	}
}

package blob

import (
	"strings"
	"testing"
	"unicode/utf8"

	"huiyin/internal/errs"
)

func TestNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("长", 300)
	for name, want := range map[string]string{
		"照片.png": "照片.png", `C:\fakepath\照片.png`: "照片.png", "../../etc/passwd": "passwd", "": "附件", "..": "附件", "a/": "附件", "x.bat. .": "x.bat",
		"\u202egnp.exe": "gnp.exe", "a\x00\nb.txt": "ab.txt", "a\xff.txt": "a.txt", long + ".pdf": strings.Repeat("长", 196) + ".pdf", long: strings.Repeat("长", 200), "." + strings.Repeat("a", 300): "." + strings.Repeat("a", 199),
	} {
		if got := CleanName(name); got != want {
			t.Errorf("%q is called %q, want %q", name, got, want)
		}
	}
}

// TestEndings: a file is not taken under a name that makes something else of it.
func TestEndings(t *testing.T) {
	t.Parallel()
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, ok := range map[string]bool{
		"说明.txt": true, "表.CSV": true, "说明": true, "2026.3.1": true, "关于 No.5 的说明": true, "说明.bat": false, "说明.txt.VBS": false, "说明.html": false,
		"说明.png": false, "说明.bat.": false, "说明.bat ": false, "dir/说明.js": false,
	} {
		_, err := s.Put(strings.NewReader("某路某号的路灯不亮："+name), name)
		if (err == nil) != ok || err != nil && errs.CodeOf(err) != "file_name" {
			t.Errorf("%q: %v", name, err)
		}
	}
	for kind := range endings {
		if !strings.Contains(strings.Join(Types, " "), kind) {
			t.Errorf("%s is not taken", kind)
		}
	}
	if len(endings) != len(Types) {
		t.Errorf("%d types have endings, %d are taken", len(endings), len(Types))
	}
}

func FuzzName(f *testing.F) {
	f.Add("照片.png")
	f.Add("..\\\xff.bat. ")
	f.Fuzz(func(t *testing.T, name string) {
		clean := CleanName(name)
		if clean == "" || !utf8.ValidString(clean) || utf8.RuneCountInString(clean) > maxName || strings.ContainsAny(clean, "/\\\x00\n") || strings.HasSuffix(clean, ".") || strings.HasSuffix(clean, " ") {
			t.Errorf("%q became %q", name, clean)
		}
	})
}

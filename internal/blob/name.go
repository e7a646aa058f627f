package blob

import (
	"path"
	"slices"
	"strings"
	"unicode"

	"huiyin/internal/errs"
)

// How long a file's name may be, and what it ends with, in characters.
const (
	maxName   = 200
	maxEnding = 10
)

// endings are how the names of files of a type may end: what somebody saves and
// opens is run, shown or played by its ending, not by what it holds. Text called
// .bat would be a program.
var endings = map[string][]string{
	"image/jpeg": {"jpg", "jpeg", "jpe", "jfif"}, "image/png": {"png"}, "image/gif": {"gif"}, "image/webp": {"webp"},
	"application/pdf": {"pdf"}, "text/plain": {"txt", "csv", "log"}, "video/mp4": {"mp4", "m4v", "m4a", "mov", "3gp"},
	"audio/mpeg": {"mp3"}, "audio/wave": {"wav"}, "application/zip": {"zip", "docx", "xlsx", "pptx", "ofd", "odt", "ods"},
}

var errName = errs.New(errs.Invalid, "file_name", "文件名的后缀与内容不符")

// fits says whether a file's name promises what the file holds. A name without
// an ending promises nothing.
func (i Info) fits() error {
	if end := ending(i.Name); end != "" && !slices.Contains(endings[i.Type], strings.ToLower(end)) {
		return errName
	}
	return nil
}

// ending is what a name ends with behind its last point; empty for what is none,
// such as the 5 of "No.5".
func ending(name string) string {
	end := strings.TrimPrefix(path.Ext(name), ".")
	if len(end) > maxEnding || strings.ContainsFunc(end, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) }) ||
		!strings.ContainsFunc(end, unicode.IsLetter) {
		return ""
	}
	return end
}

// CleanName keeps the last part of a path and drops what is not printed, and
// what Windows would drop at the end.
func CleanName(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name)
	name = strings.TrimRight(name, ". ")
	if signs := []rune(name); len(signs) > maxName {
		end := ""
		if e := ending(name); e != "" {
			end = "." + e
		}
		name = strings.TrimRight(string(signs[:maxName-len(end)])+end, ". ")
	}
	if name == "" {
		return "附件"
	}
	return name
}

package text

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"huiyin/internal/errs"
)

var (
	bomUTF8    = []byte{0xEF, 0xBB, 0xBF}
	bomUTF16LE = []byte{0xFF, 0xFE}
	bomUTF16BE = []byte{0xFE, 0xFF}
)

// Decode turns bytes of unknown encoding into valid UTF-8 without a byte order
// mark: UTF-8, UTF-16 with a mark, or else GB18030, which contains GBK and
// GB 2312. It guesses nothing beyond that: binary bytes, UTF-8 with damaged
// places and bytes that are no GB18030 are errs.Invalid with the codes
// "not_text" and "bad_encoding". What is valid UTF-8 counts as such; only GBK
// of very few characters can look so by chance. Line ends and blanks stay as
// they are; see Clean for those.
func Decode(b []byte) (string, error) {
	s, err := decode(b)
	if err != nil {
		return "", err
	}
	if binaryText(s) {
		return "", notText()
	}
	return s, nil
}

func decode(b []byte) (string, error) {
	switch {
	case bytes.HasPrefix(b, bomUTF16LE):
		return decodeUTF16(b[2:], binary.LittleEndian)
	case bytes.HasPrefix(b, bomUTF16BE):
		return decodeUTF16(b[2:], binary.BigEndian)
	}
	rest, marked := bytes.CutPrefix(b, bomUTF8)
	switch {
	case utf8.Valid(rest):
		return string(rest), nil
	case bytes.IndexByte(rest, 0) >= 0:
		return "", notText()
	case marked || damagedUTF8(rest):
		return "", badEncoding()
	}
	return decodeGB18030(rest)
}

func decodeUTF16(b []byte, order binary.ByteOrder) (string, error) {
	if len(b)%2 != 0 {
		return "", badEncoding()
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	runes := utf16.Decode(units)
	for i, r := range runes {
		// A lone half of a pair becomes the replacement character, which an
		// honest text hardly contains.
		if r == utf8.RuneError || r == 0xFEFF && i == 0 {
			return "", badEncoding()
		}
	}
	return string(runes), nil
}

func decodeGB18030(b []byte) (string, error) {
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return "", badEncoding()
	}
	return string(out), nil
}

// damagedUTF8 reports whether bytes that are not valid UTF-8 are still more
// likely damaged UTF-8 than GB18030. Whole three-byte characters hardly occur
// by chance: in GBK text they are far fewer than the breaks between them.
func damagedUTF8(b []byte) bool {
	whole, broken := 0, 0
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			broken++
		case n >= 3:
			whole++
		}
		b = b[n:]
	}
	return whole > 2*broken
}

// binaryText reports whether a decoded text is none: it has a NUL, or more
// than one control character in twenty.
func binaryText(s string) bool {
	controls := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == 0:
			return true
		case c == '\t', c == '\n', c == '\r':
		case c < ' ', c == 0x7F:
			controls++
		}
	}
	return controls*20 > len(s)
}

func notText() error {
	return errs.New(errs.Invalid, "not_text", "内容不是文本，无法读取")
}

func badEncoding() error {
	return errs.New(errs.Invalid, "bad_encoding", "文字编码无法识别或已损坏，请另存为 UTF-8 或 GBK 编码后重试")
}

// Valid returns s with every byte that is not UTF-8 replaced by U+FFFD.
func Valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

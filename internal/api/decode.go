package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"huiyin/internal/errs"
)

// jsonFormat writes JSON as the library does and reads it more strictly: what
// is not UTF-8 is refused, where encoding/json would put question marks in
// place of somebody's words.
var jsonFormat = huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: decode}

var (
	byteOrderMark = []byte("\xef\xbb\xbf")

	errNotUTF8 = errors.New("内容不是 UTF-8 编码（可能是 GBK），请转换后再提交")
	errNotJSON = errors.New("内容不是合法的 JSON")
	errTooFar  = errors.New("数值类型不符或超出范围")
	errNUL     = errors.New("内容含有无法识别的字符")
)

// decode reads one JSON text. A byte order mark before it is passed over, as
// Chinese editors on Windows write one.
func decode(data []byte, into any) error {
	data = bytes.TrimPrefix(data, byteOrderMark)
	if !utf8.Valid(data) {
		return errNotUTF8
	}
	if err := json.Unmarshal(data, into); err != nil {
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return errTooFar
		}
		return errNotJSON
	}
	if parsed, ok := into.(*any); ok && holdsNUL(*parsed) {
		return errNUL
	}
	return nil
}

// holdsNUL reports whether a text anywhere in the value has the character
// that PostgreSQL cannot store.
func holdsNUL(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.ContainsRune(v, 0)
	case []any:
		for _, item := range v {
			if holdsNUL(item) {
				return true
			}
		}
	case map[string]any:
		for key, item := range v {
			if strings.ContainsRune(key, 0) || holdsNUL(item) {
				return true
			}
		}
	}
	return false
}

// legible refuses addresses and headers that are not text: they would end in
// the store as an error of ours.
func legible(ctx huma.Context) error {
	u := ctx.URL()
	query, err := url.QueryUnescape(u.RawQuery)
	for _, s := range []string{u.Path, query, ctx.Header("Idempotency-Key"), ctx.Header("X-Query-Code")} {
		if err != nil || !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			return errs.New(errs.Invalid, "illegible", "请求的地址或标头含有无法识别的字符，应为 UTF-8 编码")
		}
	}
	return nil
}

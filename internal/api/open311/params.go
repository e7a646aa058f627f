package open311

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"huiyin/internal/errs"
)

// maxBody bounds the body of a request, in bytes: the longest description
// with every byte percent-encoded takes 48,000.
const maxBody = 128 << 10

// maxDescription is the specification's, in characters.
const maxDescription = 4000

// parameters names what a POST may say and how long it may be, in characters.
// Others are passed over, as extensions of the specification that this city
// does not know.
var parameters = map[string]int{
	"api_key": 254, "jurisdiction_id": 254, "service_code": 64, "lat": 40, "long": 40, "address_string": 300, "address_id": 64,
	"email": 254, "device_id": 254, "account_id": 254, "first_name": 60, "last_name": 60, "phone": 40,
	"description": maxDescription, "media_url": 2000, "client_request_id": 128,
}

// params is what a POST said. A parameter that was empty or null is not in it.
type params struct {
	values     map[string]string
	attributes map[string]string
}

var (
	errMediaType = errs.New(errs.Invalid, codeMediaType,
		"请求内容须为application/x-www-form-urlencoded或application/json，使用UTF-8编码")
	errTooLarge = errs.Newf(errs.Limit, "too_large", "请求内容不能超过%dKB", maxBody>>10)
	errBroken   = errs.New(errs.Invalid, "broken_body", "请求内容没有完整收到，请重试")
	errForm     = errs.New(errs.Invalid, "form", "请求内容不是正确的表单编码")
	errJSON     = errs.New(errs.Invalid, "json", "请求内容不是正确的JSON对象")
	errUTF8     = errs.New(errs.Invalid, "utf8", "请求内容须使用UTF-8编码")
)

// read takes the parameters from the body of a POST, and from its address
// those that the body does not have.
func read(r *http.Request) (params, error) {
	body, err := io.ReadAll(r.Body)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return params{}, errTooLarge
	}
	if err != nil {
		return params{}, errBroken
	}
	p, err := parse(r.Header.Get("Content-Type"), body)
	if err != nil {
		return params{}, err
	}
	query, err := parseForm([]byte(r.URL.RawQuery))
	for name, v := range query.values {
		if _, ok := p.values[name]; !ok {
			p.values[name] = v
		}
	}
	return p, err
}

// parse reads a body of a content type.
func parse(contentType string, body []byte) (params, error) {
	kind, more, err := mime.ParseMediaType(contentType)
	if charset, ok := more["charset"]; err != nil || ok && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "utf8") {
		return params{}, errMediaType
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	switch kind {
	case "application/x-www-form-urlencoded":
		return parseForm(body)
	case "application/json":
		return parseJSON(body)
	}
	return params{}, errMediaType
}

func empty() params { return params{values: map[string]string{}, attributes: map[string]string{}} }

// parseForm reads name=value pairs; attribute[code]=value and
// attribute[code][]=value say something about an attribute.
func parseForm(body []byte) (params, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return params{}, errForm
	}
	p := empty()
	for name, values := range form {
		for _, v := range values {
			if err := p.put(name, v); err != nil {
				return params{}, err
			}
		}
	}
	return p, nil
}

// parseJSON reads an object with the names of the form, and with the
// attributes either by those names or in an object of their own.
func parseJSON(body []byte) (params, error) {
	if !utf8.Valid(body) {
		return params{}, errUTF8
	}
	p := empty()
	err := fields(body, func(name string, raw json.RawMessage) error {
		if name != "attribute" && name != "attributes" {
			return p.putJSON(name, raw)
		}
		if string(raw) == "null" {
			return nil
		}
		return fields(raw, func(code string, raw json.RawMessage) error {
			return p.putJSON("attribute["+code+"]", raw)
		})
	})
	if err != nil {
		return params{}, err
	}
	return p, nil
}

// fields walks over a JSON object, and nothing but one.
func fields(body []byte, visit func(name string, raw json.RawMessage) error) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errJSON
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return errJSON
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return errJSON
		}
		if err := visit(name.(string), raw); err != nil { // keys of objects are strings
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return errJSON
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errJSON
	}
	return nil
}

// putJSON takes a string, a number, a truth value, null, or a list of one.
func (p *params) putJSON(name string, raw json.RawMessage) error {
	if _, known := p.slot(name); !known {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // digits stay as they were written
	var v any
	if err := dec.Decode(&v); err != nil {
		return errJSON
	}
	if l, ok := v.([]any); ok && len(l) == 1 {
		v = l[0]
	}
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return p.put(name, v)
	case json.Number:
		return p.put(name, v.String())
	case bool:
		return p.put(name, fmt.Sprint(v))
	}
	return errs.InvalidField(name, "须为单个值")
}

// slot is where a parameter is kept, by its name there. It is unknown when
// this interface passes over it.
func (p *params) slot(name string) (map[string]string, bool) {
	if _, ok := attributeCode(name); ok {
		return p.attributes, true
	}
	_, ok := parameters[name]
	return p.values, ok
}

func attributeCode(name string) (string, bool) {
	rest, ok := strings.CutPrefix(strings.TrimSuffix(name, "[]"), "attribute[")
	code, closed := strings.CutSuffix(rest, "]")
	return code, ok && closed
}

// put takes one value after checking that it is text of a bearable length,
// said once.
func (p *params) put(name, v string) error {
	to, known := p.slot(name)
	if !known {
		return nil
	}
	key, limit := name, parameters[name]
	if code, ok := attributeCode(name); ok {
		key, limit = code, 254
		if !utf8.ValidString(code) || strings.ContainsFunc(code, forbidden) || utf8.RuneCountInString(code) > 64 {
			return errs.InvalidField("attribute", "属性代码含有无法识别的字符或过长")
		}
	}
	v = strings.ReplaceAll(v, "\r\n", "\n")
	control := forbidden
	if name == "description" {
		control = func(r rune) bool { return r != '\n' && r != '\t' && forbidden(r) }
	}
	switch {
	case !utf8.ValidString(v):
		return errs.InvalidField(name, "须使用UTF-8编码")
	case strings.ContainsFunc(v, control):
		return errs.InvalidField(name, "含有控制字符")
	}
	v = strings.TrimSpace(v)
	if v == "" {
		return nil
	}
	if utf8.RuneCountInString(v) > limit {
		return errs.InvalidField(name, fmt.Sprintf("不能超过%d个字符", limit))
	}
	if _, twice := to[key]; twice {
		return errs.InvalidField(name, "只能填写一次")
	}
	to[key] = v
	return nil
}

// forbidden covers control characters and the invisible ones that turn the
// direction of writing around.
func forbidden(r rune) bool {
	return unicode.IsControl(r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

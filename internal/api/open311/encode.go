package open311

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/http"

	"huiyin/internal/errs"
)

// format is how an answer is written; its value ends the address.
type format string

const (
	formatJSON format = "json"
	formatXML  format = "xml"
)

// list is an answer with any number of parts: in XML a root element around
// them, in JSON just an array (the Spark convention of the specification).
type list[T any] struct {
	root, item string
	items      []T
}

// MarshalJSON implements json.Marshaler.
func (l list[T]) MarshalJSON() ([]byte, error) {
	if len(l.items) == 0 {
		return []byte("[]"), nil
	}
	return json.Marshal(l.items)
}

// MarshalXML implements xml.Marshaler.
func (l list[T]) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	start.Name.Local = l.root
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	for i := range l.items {
		if err := e.EncodeElement(l.items[i], xml.StartElement{Name: xml.Name{Local: l.item}}); err != nil {
			return err
		}
	}
	return e.EncodeToken(start.End())
}

// text is an empty element in XML and null in JSON when there is none.
type text string

// MarshalJSON implements json.Marshaler.
func (t text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(t))
}

// absent stands for what the specification has and a ticket has not: always
// null, always an empty element.
type absent struct{}

// MarshalJSON implements json.Marshaler.
func (absent) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// problem is one thing that is wrong with a request.
type problem struct {
	Code        int    `json:"code" xml:"code"` // the HTTP status
	Description string `json:"description" xml:"description"`
}

// Codes of refusals whose status does not follow from their kind.
const (
	codeMediaType = "media_type"
	codeMethod    = "method"
)

// status is the one place where a refusal becomes an HTTP status: 403 for
// keys, 404 for what there is not, 400 for any other request that cannot be
// fulfilled, as the specification says.
func status(err error) int {
	switch errs.CodeOf(err) {
	case codeMediaType:
		return http.StatusUnsupportedMediaType
	case codeMethod:
		return http.StatusMethodNotAllowed
	}
	switch errs.KindOf(err) {
	case errs.NotFound:
		return http.StatusNotFound
	case errs.Denied, errs.Unknown:
		return http.StatusForbidden
	case errs.Invalid, errs.Conflict, errs.Limit:
		return http.StatusBadRequest
	case errs.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// fail answers with what is wrong: one error, or one for each wrong field.
func (s *Server) fail(w http.ResponseWriter, c call, err error) {
	code := status(err)
	if code >= http.StatusInternalServerError {
		s.Log.ErrorContext(c.Context(), "open311", "path", c.URL.Path, "error", err)
	}
	l := list[problem]{root: "errors", item: "error"}
	var e *errs.Error
	switch {
	case !errors.As(err, &e):
		l.items = []problem{{code, "系统内部错误，请稍后再试"}}
	case len(e.Fields) == 0:
		l.items = []problem{{code, e.Message}}
	default:
		for _, f := range e.Fields {
			l.items = append(l.items, problem{code, parameter(f.Name) + "：" + f.Message})
		}
	}
	s.write(w, c, code, l)
}

// parameter is what this interface calls a field of the domain.
func parameter(field string) string {
	switch field {
	case "body", "title":
		return "description"
	case "category":
		return "service_code"
	case "kind", "area":
		return "attribute[" + field + "]"
	case "requester.name":
		return "first_name"
	case "requester.phone":
		return "phone"
	case "requester.email":
		return "email"
	}
	return field
}

// write encodes an answer whole before anything is sent, so that a failure to
// encode is not sent as half an answer.
func (s *Server) write(w http.ResponseWriter, c call, code int, answer any) {
	var b bytes.Buffer
	var err error
	kind := "application/json; charset=utf-8"
	if c.format == formatJSON {
		err = json.NewEncoder(&b).Encode(answer)
	} else {
		kind = "text/xml; charset=utf-8"
		b.WriteString(xml.Header)
		err = xml.NewEncoder(&b).Encode(answer)
	}
	if err != nil {
		s.Log.ErrorContext(c.Context(), "open311: encode", "path", c.URL.Path, "error", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(code)
	if c.Method != http.MethodHead {
		_, _ = w.Write(b.Bytes()) // the client may have gone
	}
}

package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"sync"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"huiyin/internal/errs"
	"huiyin/internal/meter"
)

// Problem is an error answer, RFC 9457. Detail is for people; code is for
// programs and stays the same between releases.
type Problem struct {
	Type   string       `json:"type" doc:"固定为 about:blank"`
	Title  string       `json:"title" doc:"错误种类"`
	Status int          `json:"status" doc:"HTTP 状态码"`
	Code   string       `json:"code" doc:"稳定的错误代码"`
	Detail string       `json:"detail" doc:"给人看的说明"`
	Errors []FieldError `json:"errors,omitempty" doc:"逐项说明"`
	// Request is there when the failure is ours: what a caller can quote.
	Request string `json:"request_id,omitempty" doc:"请求编号，仅在系统内部错误时给出，报障时请引用"`
}

// FieldError is what is wrong with one field.
type FieldError struct {
	Field   string `json:"field" doc:"字段路径"`
	Message string `json:"message" doc:"问题"`
}

func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// statuses is the one place where a kind of error becomes an HTTP status.
var statuses = map[errs.Kind]int{
	errs.Invalid: http.StatusUnprocessableEntity, errs.NotFound: http.StatusNotFound, errs.Denied: http.StatusForbidden,
	errs.Unknown: http.StatusUnauthorized, errs.Conflict: http.StatusConflict, errs.Limit: http.StatusTooManyRequests,
	errs.Unavailable: http.StatusServiceUnavailable, errs.Internal: http.StatusInternalServerError,
}

var titles = map[int]string{
	http.StatusBadRequest: "请求无法识别", http.StatusUnprocessableEntity: "填写有误", http.StatusNotFound: "没有找到",
	http.StatusForbidden: "没有权限", http.StatusUnauthorized: "需要登录", http.StatusConflict: "与当前情况冲突",
	http.StatusTooManyRequests: "请求过于频繁", http.StatusServiceUnavailable: "暂时不可用", http.StatusInternalServerError: "系统内部错误",
	http.StatusRequestEntityTooLarge: "内容过大", http.StatusUnsupportedMediaType: "格式不支持", http.StatusRequestTimeout: "请求超时",
	http.StatusNotAcceptable: "格式不支持", http.StatusMethodNotAllowed: "请求方法不支持",
}

// codeStatuses are the statuses of refusals for which the kind says too little.
var codeStatuses = map[string]int{
	"file_too_large": http.StatusRequestEntityTooLarge,
	"files":          http.StatusConflict, // the ticket is full; waiting does not help
	"file_bytes":     http.StatusConflict,
	"method":         http.StatusMethodNotAllowed,
}

// retryAfter is the wait, in seconds, after which an address that used up what
// it may do in a minute, or in an hour, may do some of it again.
var retryAfter = map[string]string{meter.ErrTooOften.Code: "10", meter.ErrGuesses.Code: "600", meter.ErrUploadBytes.Code: "600"}

// problem turns an error into an answer, and logs what is our own fault.
func (a *api) problem(ctx context.Context, err error) *Problem {
	id := ""
	if a.RequestID != nil {
		id = a.RequestID(ctx)
	}
	p, ours := problem(err, id)
	if ours {
		a.Log.ErrorContext(ctx, "request failed", "code", p.Code, "error", err)
	}
	return p
}

// problem turns an error into an answer; ours says that the caller cannot
// help it.
func problem(err error, requestID string) (p *Problem, ours bool) {
	kind := errs.KindOf(err)
	if errors.Is(err, context.Canceled) {
		kind = errs.Unavailable
	}
	p = &Problem{Type: "about:blank", Status: statuses[kind], Code: errs.CodeOf(err)}
	if status, ok := codeStatuses[p.Code]; ok {
		p.Status = status
	}
	p.Title = titles[p.Status]
	p.Detail = p.Title
	if e, ok := errors.AsType[*errs.Error](err); ok {
		p.Detail = e.Message
		for _, f := range e.Fields {
			p.Errors = append(p.Errors, FieldError{Field: f.Name, Message: f.Message})
		}
	}
	if kind == errs.Internal {
		p.Request = requestID
	}
	return p, kind == errs.Internal || kind == errs.Unavailable
}

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	switch wait := retryAfter[p.Code]; {
	case p.Status == http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case wait != "":
		h.Set("Retry-After", wait)
	}
	return h
}

// Refuse answers with a problem where no route of the API does. The request's
// id is told when the failure is our own.
func Refuse(w http.ResponseWriter, err error, requestID string) {
	p, _ := problem(err, requestID)
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client has gone if this fails
}

// refuse answers from a middleware.
func (a *api) refuse(ctx huma.Context, err error) {
	p := a.problem(ctx.Context(), err)
	for name, values := range p.GetHeaders() {
		ctx.SetHeader(name, values[0])
	}
	ctx.SetHeader("Content-Type", p.ContentType(""))
	ctx.SetStatus(p.Status)
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(p) // the client has gone if this fails
}

var errNoRoute = errs.New(errs.NotFound, "no_route", "没有这个地址；接口文档在 "+Prefix+"/openapi.json")

// Nowhere answers what no other handler of the mux is for: the address is not
// known, or takes other methods. It is mounted as a subtree without a method.
func Nowhere(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			other := *r
			other.Method = method
			if _, pattern := mux.Handler(&other); pattern != r.Pattern {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) == 0 {
			Refuse(w, errNoRoute, "")
			return
		}
		methods := strings.Join(allowed, ", ")
		w.Header().Set("Allow", methods)
		Refuse(w, errs.New(errs.Invalid, "method", "这个地址不支持该请求方法；可用："+methods), "")
	})
}

// forPeople keeps a message in Chinese. The others are the library's words on
// parameters that it could not read.
func forPeople(message string) string {
	if strings.ContainsFunc(message, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return message
	}
	return "格式不正确"
}

// speakChinese makes the library's own messages ones for people here. They
// are variables of the library, set once.
var speakChinese = sync.OnceFunc(func() {
	huma.NewError = func(status int, msg string, details ...error) huma.StatusError {
		p := &Problem{Type: "about:blank", Title: titles[status], Status: status, Code: "invalid_request", Detail: titles[status]}
		for _, d := range details {
			if e, ok := errors.AsType[*huma.ErrorDetail](d); ok {
				p.Errors = append(p.Errors, FieldError{Field: e.Location, Message: forPeople(e.Message)})
			}
		}
		switch {
		case p.Title == "":
			p.Title, p.Detail = msg, msg
		case len(p.Errors) > 0:
			p.Detail += "：" + p.Errors[0].Field + " " + p.Errors[0].Message
		}
		return p
	}
	validation.MsgUnexpectedProperty = "没有这个字段"
	validation.MsgExpectedRFC3339DateTime = "应为 RFC 3339 时间"
	validation.MsgExpectedBoolean = "应为 true 或 false"
	validation.MsgExpectedNumber = "应为数字"
	validation.MsgExpectedInteger = "应为整数"
	validation.MsgExpectedString = "应为文字"
	validation.MsgExpectedArray = "应为列表"
	validation.MsgExpectedObject = "应为对象"
	validation.MsgExpectedOneOf = "应为 %s 之一"
	validation.MsgExpectedMinimumNumber = "不能小于 %v"
	validation.MsgExpectedMaximumNumber = "不能大于 %v"
	validation.MsgExpectedMinLength = "不能少于 %d 个字"
	validation.MsgExpectedMaxLength = "不能超过 %d 个字"
	validation.MsgExpectedMinItems = "不能少于 %d 项"
	validation.MsgExpectedMaxItems = "不能超过 %d 项"
	validation.MsgExpectedMatchPattern = "格式不符：%s"
	validation.MsgExpectedBePattern = "格式不符：%s"
	validation.MsgExpectedRequiredProperty = "缺少必填项 %s"
})

package open311

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// The specification's volume of one answer: 90 days, 1,000 requests.
const (
	maxSpan  = 90 * 24 * time.Hour
	maxPage  = 1000
	maxDepth = 1_000_000 // requests before the page that is asked for
)

var (
	errNoKey     = errs.New(errs.Unknown, "no_key", "缺少api_key，不能提交诉求")
	errNoRequest = errs.New(errs.NotFound, "no_request", "没有这个service_request_id，或该诉求不公开")
	errNoToken   = errs.New(errs.NotFound, "no_token", "没有这个token，或该诉求不公开")
)

// post hands in a matter. A key of an agent records the agent; any other key
// names the application through which a requester speaks for themselves.
func (s *Server) post(c call) (any, error) {
	p, err := read(c.Request)
	if err != nil {
		return nil, err
	}
	actor, err := s.actor(c, p)
	if err != nil {
		return nil, err
	}
	if !s.ours(p.values["jurisdiction_id"]) {
		return nil, errJurisdiction
	}
	key, err := idempotencyKey(c, p)
	if err != nil {
		return nil, err
	}
	m, err := matter(p, s.City.Current())
	if err != nil {
		return nil, err
	}
	got, err := s.Desk.Submit(c.Context(), actor, m, key)
	if err != nil {
		return nil, err
	}
	notice := fmt.Sprintf("诉求已登记，编号%s，查询码%s。请凭编号和查询码查询办理进度。", got.Ticket.Number, got.Code)
	return list[receipt]{root: "service_requests", item: "request", items: []receipt{{
		ID: got.Ticket.Number, ServiceNotice: text(notice), AccountID: text(p.values["account_id"]),
	}}}, nil
}

func (s *Server) actor(c call, p params) (ticket.Actor, error) {
	key := p.values["api_key"]
	if scheme, token, ok := strings.Cut(c.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		key = strings.TrimSpace(token)
	}
	if key == "" {
		return ticket.Actor{}, errNoKey
	}
	actor, err := s.Keys.Actor(c.Context(), key)
	if err == nil && !actor.Holds(ticket.Agent) {
		actor.Roles = []ticket.Role{ticket.Requester}
	}
	return actor, err
}

func idempotencyKey(c call, p params) (string, error) {
	key := c.Header.Get("Idempotency-Key")
	if key == "" {
		return p.values["client_request_id"], nil
	}
	if len(key) > parameters["client_request_id"] || !utf8.ValidString(key) || strings.ContainsFunc(key, forbidden) {
		return "", errs.InvalidField("Idempotency-Key", "含有无法识别的字符或过长")
	}
	return key, nil
}

func (s *Server) request(c call) (any, error) {
	found, err := s.Desk.Public(c.Context(), casework.PublicFilter{Numbers: []string{c.item}, Limit: 1})
	if err == nil && len(found) == 0 {
		err = errNoRequest
	}
	return s.answer(found), err
}

// token answers for numbers and for the ids behind them. This interface hands
// out no tokens, since every matter gets its number at once.
func (s *Server) token(c call) (any, error) {
	f := casework.PublicFilter{Numbers: []string{c.item}, Limit: 1}
	found, err := s.Desk.Public(c.Context(), f)
	if id, bad := strconv.ParseInt(c.item, 10, 64); err == nil && len(found) == 0 && bad == nil {
		found, err = s.Desk.Public(c.Context(), casework.PublicFilter{IDs: []int64{id}, Limit: 1})
	}
	if err == nil && len(found) == 0 {
		err = errNoToken
	}
	l := list[tokenAnswer]{root: "service_requests", item: "request"}
	for i := range found {
		l.items = append(l.items, tokenAnswer{ID: found[i].Number, Token: c.item})
	}
	return l, err
}

func (s *Server) requests(c call) (any, error) {
	values, err := url.ParseQuery(c.URL.RawQuery)
	if err != nil {
		return nil, errForm
	}
	f, err := s.filter(values)
	if err != nil {
		return nil, err
	}
	found, err := s.Desk.Public(c.Context(), f)
	return s.answer(found), err
}

// words splits a parameter that may be given several times, or with commas.
func words(values url.Values, name string) []string {
	var list []string
	for w := range strings.SplitSeq(strings.Join(values[name], ","), ",") {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	return list
}

func (s *Server) filter(values url.Values) (casework.PublicFilter, error) {
	f := casework.PublicFilter{Limit: maxPage}
	for _, list := range values {
		if slices.ContainsFunc(list, func(v string) bool { return !utf8.ValidString(v) || strings.ContainsFunc(v, forbidden) }) {
			return f, errUTF8
		}
	}
	if f.Numbers = words(values, "service_request_id"); len(f.Numbers) > 0 {
		if len(f.Numbers) > maxPage {
			return f, errs.InvalidField("service_request_id", fmt.Sprintf("一次最多查询%d件", maxPage))
		}
		return f, nil // overrides all others
	}
	dir := s.City.Current()
	for _, code := range words(values, "service_code") {
		if _, ok := dir.Category(code); !ok {
			return f, errNoService
		}
		f.Categories = append(f.Categories, code)
	}
	err := statusFilter(&f, words(values, "status"))
	if err == nil {
		err = s.spanFilter(&f, values.Get("start_date"), values.Get("end_date"))
	}
	if err == nil {
		err = pageFilter(&f, values.Get("page"), values.Get("page_size"))
	}
	return f, err
}

func statusFilter(f *casework.PublicFilter, list []string) error {
	for _, w := range list {
		switch w {
		case "open":
			f.Open = true
		case "closed":
			f.Closed = true
		default:
			return errs.InvalidField("status", "须为open或closed")
		}
	}
	return nil
}

// spanFilter narrows to a range of at most 90 days. Of a range with one end,
// the other is 90 days away; without any, it is the last 90 days.
func (s *Server) spanFilter(f *casework.PublicFilter, start, end string) error {
	from, err := instant("start_date", start, s.location())
	if err != nil {
		return err
	}
	to, err := instant("end_date", end, s.location())
	if err != nil {
		return err
	}
	if to.IsZero() {
		to = s.Clock()
		if !from.IsZero() {
			to = from.Add(maxSpan)
		}
	}
	if from.IsZero() {
		from = to.Add(-maxSpan)
	}
	switch {
	case to.Before(from):
		return errs.InvalidField("end_date", "不能早于start_date")
	case to.Sub(from) > maxSpan:
		return errs.InvalidField("end_date", "与start_date相差不能超过90天")
	}
	f.From, f.To = ticket.At(from), ticket.At(to)
	return nil
}

func (s *Server) location() *time.Location { return s.City.Current().Calendar().Location() }

// instant reads the W3C profile of ISO 8601; a date alone is the local day's
// beginning. The plus of an offset that was not percent-encoded arrives as a
// blank.
func instant(name, v string, local *time.Location) (time.Time, error) {
	v = strings.ReplaceAll(strings.TrimSpace(v), " ", "+")
	if v == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, v, local); err == nil && t.Year() >= 1 {
			return t, nil
		}
	}
	return time.Time{}, errs.InvalidField(name, "须为带时区的时间，例如2026-01-01T00:00:00+08:00")
}

func pageFilter(f *casework.PublicFilter, page, size string) error {
	n, err := number("page", page, 1, maxDepth)
	if err != nil {
		return err
	}
	if f.Limit, err = number("page_size", size, maxPage, maxPage); err != nil {
		return err
	}
	f.Offset = (n - 1) * f.Limit
	if f.Offset > maxDepth {
		return errs.InvalidField("page", "页码过大，请缩小日期范围")
	}
	return nil
}

// number reads a whole number from 1 to most.
func number(name, v string, otherwise, most int) (int, error) {
	if v == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > most {
		return 0, errs.InvalidField(name, fmt.Sprintf("须为1至%d的整数", most))
	}
	return n, nil
}

func (s *Server) answer(found []casework.PublicRequest) list[request] {
	dir := s.City.Current()
	l := list[request]{root: "service_requests", item: "request"}
	for i := range found {
		l.items = append(l.items, describeRequest(dir, &found[i]))
	}
	return l
}

func describeRequest(dir *org.Directory, r *casework.PublicRequest) request {
	local := dir.Calendar().Location()
	when := func(i ticket.Instant) string {
		if i == 0 {
			return ""
		}
		return i.Time().In(local).Format(time.RFC3339)
	}
	category := listed(dir, r.Category)
	unit, _ := dir.Unit(r.Lead)
	a := request{
		ID: r.Number, Status: "open", StatusNotes: text(notes(dir, r)), ServiceName: text(category.Name), ServiceCode: category.Code,
		AgencyResponsible: text(unit.Name), Requested: when(r.SubmittedAt), Updated: text(when(r.UpdatedAt)),
		Expected: text(when(r.Due)),
	}
	if !r.State.Open() {
		a.Status = "closed"
		if r.ClosedAt != 0 {
			a.Updated = text(when(r.ClosedAt))
		}
	}
	if r.Published {
		area, _ := dir.Area(r.Area)
		a.Description, a.Address, a.AddressID = text(cut(r.Body)), text(area.Name), text(r.Area)
	}
	return a
}

// notes says where the request stands, and what came of it as far as that is
// public.
func notes(dir *org.Directory, r *casework.PublicRequest) string {
	label := r.State.Label()
	switch {
	case r.State == ticket.Rejected:
		if reason, ok := dir.Code("reject_reason", r.Reason); ok {
			return label + "：" + reason.Name
		}
	case r.Published && r.Reply != "":
		return label + "：" + r.Reply
	}
	return label
}

// cut keeps a description within what the specification allows.
func cut(s string) string {
	if utf8.RuneCountInString(s) <= maxDescription {
		return s
	}
	return string([]rune(s)[:maxDescription-1]) + "…"
}

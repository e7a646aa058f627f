package desk

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// ticketView is the one place where everything about a ticket stands.
type ticketView struct {
	Number, Title, Body string
	Version             int
	State               ui.State
	Kind                ticket.Kind
	Urgency             string
	Confidential        bool
	Published           bool
	MayPublish          bool
	Clock               *ui.Clock // of the next move
	Overall             *ui.Clock
	Owes                string // who has to make it
	Category            []string
	Area, Channel       string
	SubmittedAt         ticket.Instant
	Center              string
	Steps               []ui.Step

	Actions, More []action
	Panel         *panel

	Person      []detail
	Purposes    []ui.Option
	Revealed    *detail
	Assignments []assignment
	Clocks      []clock
	Replies     []reply
	Orders      []order
	Hops        []casework.Hop
	Files       []casework.Attachment
	MayUpload   bool
	MayReveal   bool
	Master      string
	Members     []string
	Mails       []mail
	Timeline    []event
}

// action is something that the person may do now.
type action struct {
	Name, Label, Href string
	Key               int // on the keyboard; zero for none
	First, Chosen     bool
	Form              *ui.Form // of what needs no answers: it is done at once
}

// panel is the form of the action that was chosen.
type panel struct {
	Label   string
	Notes   []string // what helps to decide
	Form    ui.Form
	Grave   bool
	Choices []line // tickets to choose from
	Fresh   string // the form without what was begun; empty if nothing was
}

// detail is one thing known of the requester, masked.
type detail struct{ Field, Label, Value string }

func (d *Desk) ticket(c *web.Call) error {
	v, err := d.open(c, c.Path("number"))
	if err != nil {
		return err
	}
	chosen := ticket.Name(c.Query("do"))
	claimed, err := d.claim(c, v.Ticket.Number, chosen)
	if err != nil {
		return err
	}
	return d.showTicket(c, http.StatusOK, &v, chosen, claimed)
}

// open opens a ticket for the person: no page of it leaves before that is logged.
func (d *Desk) open(c *web.Call, number string) (casework.View, error) {
	v, logged, err := d.Cases.OpenAhead(c.Context(), c.Actor, number)
	c.Hold(logged)
	return v, err
}

// claim tells colleagues that the person is at work on the ticket, once they
// have chosen what to do; a colleague's own claim is said, and stops nobody.
func (d *Desk) claim(c *web.Call, number string, chosen ticket.Name) (*refusal, error) {
	if chosen == "" {
		return nil, nil
	}
	err := d.Cases.Claim(c.Context(), c.Actor, number)
	if e, ok := errs.As(err); ok && (e.Code == "claimed" || e.Kind == errs.Denied) {
		return &refusal{colleague: e.Message}, nil
	}
	return nil, err
}

// refusal is a form that was not taken: what was typed, and why not.
type refusal struct {
	typed url.Values
	why   *errs.Error
	since []string // what others did meanwhile

	colleague string // who is at work on it
}

// refused reports whether a form was sent at all.
func (r *refusal) refused() bool { return r != nil && r.why != nil }

func (d *Desk) showTicket(c *web.Call, status int, v *casework.View, chosen ticket.Name, r *refusal) error {
	page, err := d.ticketView(c, v)
	if err != nil {
		return err
	}
	if chosen != "" {
		if page.Panel, err = d.panel(c, v, chosen, r); err != nil {
			return err
		}
	}
	d.actions(c, page, v, chosen)
	if c.Part() && c.Request.Method == http.MethodGet && chosen != "" {
		return c.ShowPart(status, d.pages, "ticket", "panel", page.Panel)
	}
	return d.show(c, status, "ticket", page.Title, page)
}

func (d *Desk) ticketView(c *web.Call, v *casework.View) (*ticketView, error) {
	t := &v.Ticket
	area, _ := c.City.Area(t.Area)
	page := &ticketView{
		Number: t.Number, Title: v.Text(t.Title), Body: v.Text(t.Body), Version: t.Seq, State: ui.NewState(t.State()), Kind: t.Kind,
		Urgency: urgencyName(t.Urgency), Confidential: t.Confidential, Published: t.Published, MayPublish: t.MayPublish,
		Category: c.City.CategoryNames(t.Category), Area: area.Name, Channel: t.Channel.Label(), SubmittedAt: t.SubmittedAt,
		Center: c.Unit(t.Center), Hops: v.Hops, Files: v.Files,
		MayUpload: slices.Contains(v.Allowed, "add_material"), MayReveal: slices.ContainsFunc(workers, c.Actor.Holds),
	}
	for _, s := range t.Loop(ticket.At(c.Now)) {
		page.Steps = append(page.Steps, ui.NewStep(s, c.Unit(s.Unit), nil))
	}
	if duty, ok := t.Duty(); ok {
		page.Owes = c.Unit(duty.Unit) + "办理"
		if duty.Party == ticket.PartyRequester {
			page.Owes = "诉求人评价"
			if t.State() == ticket.AwaitingInfo {
				page.Owes = "诉求人补充"
			}
		}
		if duty.Clock != nil {
			page.Clock = c.Clock(duty.Clock.Due)
		}
	}
	page.Person = details(v.Person)
	page.Purposes = web.CodeOptions(c.City, org.RevealPurposes)
	page.Assignments, page.Clocks = assignments(c, v), clocks(c, t)
	for i := range t.Clocks {
		if k := &t.Clocks[i]; k.Step == ticket.StepOverall && k.Stopped == 0 {
			page.Overall = c.Clock(k.Due)
		}
	}
	page.Replies, page.Orders, page.Timeline = replies(v), orders(c, v), timeline(c, v)
	return page, d.related(c, page, v)
}

// related adds what is not in the ticket itself.
func (d *Desk) related(c *web.Call, page *ticketView, v *casework.View) error {
	ids := v.Ticket.Members
	if v.Ticket.Master != 0 {
		ids = append(slices.Clone(ids), v.Ticket.Master)
	}
	numbers, err := d.Cases.Numbers(c.Context(), ids)
	if err != nil {
		return err
	}
	page.Master = numbers[v.Ticket.Master]
	for _, id := range v.Ticket.Members {
		page.Members = append(page.Members, numbers[id])
	}
	page.Mails, err = d.mails(c, v.Ticket.Number)
	return err
}

func urgencyName(u ticket.Urgency) string {
	if u == ticket.Normal {
		return ""
	}
	return u.Label()
}

func details(p requester.Masked) []detail {
	all := []detail{
		{string(requester.Name), "姓名", p.Name},
		{string(requester.Phone), "电话", p.Phone},
		{string(requester.Email), "邮箱", p.Email},
		{string(requester.IDNumber), "证件号码", p.IDNumber},
		{string(requester.Address), "地址", p.Address},
		{string(requester.Company), "单位", p.Company},
		{string(requester.CreditCode), "信用代码", p.CreditCode},
	}
	return slices.DeleteFunc(all, func(d detail) bool { return d.Value == "" })
}

// atOnce are the actions that ask nothing and show nothing beforehand.
var atOnce = []ticket.Name{"sign", "approve"}

// mainly is how many actions stand beside the title; the others are behind 更多.
const mainly = 4

// actions lists what the person may do now, the next step of the loop first.
func (d *Desk) actions(c *web.Call, page *ticketView, v *casework.View, chosen ticket.Name) {
	for _, a := range web.Acts() {
		if !slices.Contains(v.Allowed, a.Name) {
			continue
		}
		n := len(page.Actions)
		own := action{Name: string(a.Name), Label: a.Label, Href: "/desk/tickets/" + page.Number + "?do=" + string(a.Name), Chosen: a.Name == chosen}
		if n >= mainly {
			page.More = append(page.More, own)
			continue
		}
		own.Key, own.First = n+1, n == 0
		if slices.Contains(atOnce, a.Name) {
			p := &panel{Form: a.Form(c.City)}
			d.address(c, v, a.Name, p)
			if len(p.Form.Fields) == 0 {
				own.Form = &p.Form
			}
		}
		page.Actions = append(page.Actions, own)
	}
}

// reveal shows one detail of the requester in clear, on the page, once.
func (d *Desk) reveal(c *web.Call) error {
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	number, field := c.Path("number"), requester.Field(typed.Get("field"))
	purpose := typed.Get("purpose")
	if code, ok := c.City.Code(org.RevealPurposes, purpose); ok {
		purpose = code.Name
	}
	value, err := d.Cases.Reveal(c.Context(), c.Actor, number, field, strings.TrimSpace(purpose))
	if err != nil {
		return err
	}
	shown := detail{Field: string(field), Value: value}
	if c.Part() {
		return c.ShowPart(http.StatusOK, d.pages, "ticket", "revealed", shown)
	}
	v, err := d.open(c, number)
	if err != nil {
		return err
	}
	page, err := d.ticketView(c, &v)
	if err != nil {
		return err
	}
	page.Revealed = &shown
	d.actions(c, page, &v, "")
	return d.ok(c, "ticket", page.Title, page)
}

// file sends an attachment.
func (d *Desk) file(c *web.Call) error {
	file, err := d.Cases.File(c.Context(), c.Actor, c.Path("number"), c.Path("sha256"))
	if err != nil {
		return err
	}
	return c.Send(d.Files, file)
}

// act carries out a command. A form that is not taken comes back with what was
// typed and, when others were quicker, with what they did.
func (d *Desk) act(c *web.Call) error {
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	name := ticket.Name(c.Path("command"))
	act, ok := web.ActByName(name)
	if !ok {
		return errs.New(errs.NotFound, "no_command", "没有这个操作")
	}
	number := c.Path("number")
	err = d.do(c, number, act, typed)
	wrong, ours := errs.As(err)
	if ours && slices.Contains([]errs.Kind{errs.Invalid, errs.Conflict, errs.Denied}, wrong.Kind) {
		return d.again(c, number, name, refusal{typed: typed, why: wrong})
	}
	if err != nil {
		return err
	}
	d.tidy(c, d.Cases.Release(c.Context(), c.Actor, number))
	if key := draftOf(&act, number); key != "" {
		d.tidy(c, d.Drafts.Drop(c.Context(), int64(c.Account.ID), key))
	}
	c.Tell("已完成：" + act.Label)
	return c.Go("/desk/tickets/" + number)
}

func (d *Desk) do(c *web.Call, number string, act web.Act, typed url.Values) error {
	if act.Name == "merge" {
		master, err := d.Cases.Lookup(c.Context(), c.Actor, strings.TrimSpace(typed.Get("master")))
		if err != nil {
			return errs.InvalidField("master", "没有这个编号的工单，或不在您的查看范围内")
		}
		typed = url.Values{"master": {strconv.FormatInt(master, 10)}, "key": typed["key"], "version": typed["version"]}
	}
	cmd, err := act.Read(typed, web.Closing{City: c.City})
	if err != nil {
		return err
	}
	if dispatch, ok := cmd.(ticket.Dispatch); ok {
		cmd = d.asProposed(c, dispatch)
	}
	_, err = d.Cases.DoByNumber(c.Context(), c.Actor, number, cmd, c.Options())
	return err
}

// asProposed keeps the catalogue's entry only while its lead was kept.
func (d *Desk) asProposed(c *web.Call, cmd ticket.Dispatch) ticket.Dispatch {
	for _, e := range c.City.Entries() {
		if e.ID == cmd.Entry && e.Lead == cmd.Lead {
			return cmd
		}
	}
	cmd.Entry = 0
	return cmd
}

// again shows the ticket as it is now with the form that was not taken.
func (d *Desk) again(c *web.Call, number string, name ticket.Name, r refusal) error {
	v, err := d.open(c, number)
	if err != nil {
		return err
	}
	if seen, err := strconv.Atoi(r.typed.Get("version")); err == nil && seen < v.Ticket.Seq {
		r.since = since(c, &v, seen)
	}
	status := http.StatusUnprocessableEntity
	if r.why.Kind != errs.Invalid {
		status = http.StatusConflict
	}
	return d.showTicket(c, status, &v, name, &r)
}

// since says in a line each what others did after a version.
func since(c *web.Call, v *casework.View, version int) []string {
	var list []string
	for _, e := range timeline(c, v) {
		if e.Seq > version {
			list = append(list, strings.TrimSpace(e.Who+" "+e.What))
		}
	}
	return list
}

// newKey makes a form's key: however often it is sent, it counts once.
func newKey() string { return rand.Text() }

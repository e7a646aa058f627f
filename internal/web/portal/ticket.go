package portal

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// ticketView is the page of a ticket, its owner's or everybody's.
type ticketView struct {
	casework.Track
	Owner   bool
	State   ui.State
	Steps   []ui.Step
	Notices []notice
	Acts    []ownAct
	Problem string // why something was not done that is no longer offered
}

// ownAct is something that the requester may do now.
type ownAct struct {
	Label string
	Form  ui.Form
	Open  bool
}

// notice is something the requester is told on the way.
type notice struct {
	At          ticket.Instant
	Title, Text string
	Reason      string // from the city's list
	Tone        string
}

// offered are the commands of a requester, the most important first.
var offered = []ticket.Name{"supply", "rate", "request_review", "add_material", "urge", "set_confidential", "withdraw"}

// askedNow are those whose form stands open: what is asked of the requester now.
var askedNow = []ticket.Name{"supply", "rate"}

func (p *portal) ticket(c *web.Call) error {
	return p.showTicket(c, http.StatusOK, "", nil, nil)
}

// showTicket shows the ticket; with a command that was refused, its form with
// what was typed.
func (p *portal) showTicket(c *web.Call, status int, refused ticket.Name, typed url.Values, why *errs.Error) error {
	number := c.Path("number")
	var v ticketView
	id, err := p.owner(c)
	switch {
	case err == nil:
		v.Owner = true
		v.Track, err = p.Cases.Track(c.Context(), id)
	case errors.Is(err, casework.ErrWrongCode):
		v.Track, err = p.Cases.Published(c.Context(), number)
		if errs.Is(err, errs.NotFound) { // it may be there for whoever knows the code
			f := trackForm()
			f.Field("number").Value, f.Problem = number, "没有公开的这件诉求；如果是您的，请输入查询码"
			return p.show(c, http.StatusNotFound, "track", "查进度", askView{Form: f, Mine: mine(c)})
		}
	}
	if err != nil {
		return err
	}
	words := c.Words()
	v.State = ui.NewState(v.Track.State)
	for _, s := range v.Track.Steps {
		v.Steps = append(v.Steps, ui.NewStep(s.LoopStep, s.Who, words))
	}
	v.Notices = notices(v.Track.Notices, words, p.Kit)
	if v.Owner {
		if why != nil && !slices.Contains(v.Allowed, refused) {
			v.Problem = why.Message
		}
		for _, name := range offered {
			if slices.Contains(v.Allowed, name) {
				v.Acts = append(v.Acts, p.ownAct(c, &v, name, refused, typed, why))
			}
		}
	}
	return p.show(c, status, "ticket", v.Number, v)
}

func (p *portal) ownAct(c *web.Call, v *ticketView, name, refused ticket.Name, typed url.Values, why *errs.Error) ownAct {
	act, _ := web.ActByName(name)
	o := ownAct{Label: act.Label, Form: act.Form(c.City), Open: slices.Contains(askedNow, name)}
	o.Form.Action = "/t/" + v.Number + "/" + string(name)
	o.Form.Hidden = map[string]string{"key": rand.Text()}
	if name == "add_material" {
		o.Form.Files = true
		o.Form.Field("text").Required = false
		o.Form.Fields = append(o.Form.Fields, web.FilesField())
	}
	if name == refused {
		o.Open = true
		o.Form.Fill(typed)
		o.Form.Refuse(why)
	}
	return o
}

var noticeTitles = map[casework.About]string{
	casework.Refused: "不予受理", casework.Extended: "办理时限延长 %d 个工作日", casework.Suspended: "暂时挂账，将于 %s 复查",
	casework.ReviewGranted: "复核申请已同意，重新办理", casework.ReviewRefused: "复核申请未获同意",
}

func notices(list []casework.Notice, words ui.Catalogue, kit *ui.Kit) []notice {
	out := make([]notice, len(list))
	for i, n := range list {
		own := notice{At: n.At, Text: n.Text, Reason: n.Reason, Tone: "amber"}
		switch n.About {
		case casework.Extended:
			own.Title = words.Say(noticeTitles[n.About], n.Days)
		case casework.Suspended:
			own.Title = words.Say(noticeTitles[n.About], kit.Date(n.Until, words))
		default:
			own.Title = words.Say(noticeTitles[n.About])
		}
		if n.Instead != "" {
			own.Text = strings.TrimSpace(n.Instead + "\n" + own.Text)
		}
		out[i] = own
	}
	return out
}

// act carries out what a requester does on their own ticket.
func (p *portal) act(c *web.Call) error {
	name := ticket.Name(c.Path("command"))
	act, ok := web.ActByName(name)
	if !ok || !slices.Contains(offered, name) {
		return errs.New(errs.NotFound, "no_page", "没有这个页面")
	}
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	id, err := p.owner(c)
	if err != nil {
		return err
	}
	files := c.Uploads()
	if name != "add_material" {
		files = nil
	}
	wrote := len(files) == 0 || typed.Get("text") != ""
	if err = web.FewEnough(files); err == nil && wrote {
		err = p.do(c, id, act, typed)
	}
	if wrong, ok := errs.As(err); ok && (wrong.Kind == errs.Invalid || wrong.Kind == errs.Conflict || wrong.Kind == errs.Denied) {
		return p.showTicket(c, http.StatusUnprocessableEntity, name, typed, wrong)
	}
	if err != nil {
		return err
	}
	refused, done, words := web.AttachAll(c, p.files, id, files), "", c.Words()
	if wrote || len(refused) < len(files) {
		done = words.Say("已完成") + words.Say("：") + words.Say(act.Label)
	}
	c.Tell(done, refused...)
	return c.Go("/t/" + c.Path("number"))
}

func (p *portal) do(c *web.Call, id int64, act web.Act, typed url.Values) error {
	cmd, err := act.Read(typed, web.Closing{City: c.City})
	if err != nil {
		return err
	}
	opt := casework.Options{Key: c.Path("number") + " " + typed.Get("key")}
	_, err = p.Cases.Do(c.Context(), ticket.TheRequester(), id, cmd, opt)
	return err
}

// receiptView is what a requester takes away.
type receiptView struct {
	Number, Code string
	Title        string
	At           ticket.Instant
	Due          ticket.Instant
	Accept       string // limits of the first steps; empty where there is none
	Contact      string
}

func (p *portal) receipt(c *web.Call) error {
	id, err := p.owner(c)
	if err != nil {
		return err
	}
	t, err := p.Cases.Track(c.Context(), id)
	if err != nil {
		return err
	}
	v := receiptView{Number: t.Number, Code: p.Cases.Code(id), Title: t.Title, At: t.SubmittedAt, Due: t.OverallDue}
	v.Accept, v.Contact = limit(c, ticket.StepAccept, t.Kind), limit(c, ticket.StepContact, t.Kind)
	return p.show(c, http.StatusOK, "receipt", "诉求已提交", v)
}

// download sends the requester a file that they gave.
func (p *portal) download(c *web.Call) error {
	if _, err := p.owner(c); err != nil {
		return err
	}
	file, err := p.Cases.File(c.Context(), ticket.TheRequester(), c.Path("number"), c.Path("sha256"))
	if err != nil {
		return err
	}
	return c.Send(p.files, file)
}

package desk

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// found is one answer to a picker.
type found struct {
	Value string `json:"value"`
	Label string `json:"label"`
	Hint  string `json:"hint,omitempty"`
}

const lookedUp = 12 // answers to a picker

func answer(c *web.Call, list []found) error {
	c.Writer.Header().Set("Content-Type", "application/json; charset=utf-8")
	return json.NewEncoder(c.Writer).Encode(list)
}

// units finds units by name, code or pinyin; with below, those under the
// person's own.
func (d *Desk) units(c *web.Call) error {
	within := c.City.CityCenter()
	if c.Query("below") != "" {
		within = c.Actor.Unit
	}
	list := []found{}
	for _, u := range c.City.FindUnits(c.Query("q"), within, lookedUp) {
		if c.Query("below") != "" && u.ID == c.Actor.Unit {
			continue
		}
		list = append(list, found{Value: id(u.ID), Label: u.Name, Hint: c.Unit(u.Parent)})
	}
	return answer(c, list)
}

// categories finds matters by name or pinyin.
func (d *Desk) categories(c *web.Call) error {
	list := []found{}
	for _, category := range c.City.FindCategories(c.Query("q"), lookedUp) {
		names := c.City.CategoryNames(category.Code)
		list = append(list, found{Value: category.Code, Label: category.Name, Hint: strings.Join(names[:max(len(names)-1, 0)], " › ")})
	}
	return answer(c, list)
}

// explainView says why a limit ends when it does.
type explainView struct {
	Number string
	Step   string
	Limit  string
	casework.Explanation
}

func (d *Desk) explain(c *web.Call) error {
	no, err := strconv.Atoi(c.Path("clock"))
	if err != nil {
		return errs.New(errs.NotFound, "no_clock", "没有这个时限")
	}
	e, err := d.Cases.Explain(c.Context(), c.Actor, c.Path("number"), no)
	if err != nil {
		return err
	}
	v := explainView{Number: c.Path("number"), Step: e.Step.Label(), Limit: ui.Limit(e.Limit, nil), Explanation: e}
	return d.ok(c, "explain", "时限说明", v)
}

// logView says who looked at a ticket.
type logView struct {
	Number string
	Lines  []logLine
}

type logLine struct {
	At        ticket.Instant
	Who, What string
}

func (d *Desk) log(c *web.Call) error {
	list, err := d.Cases.Accesses(c.Context(), c.Actor, c.Path("number"))
	if err != nil {
		return err
	}
	v := logView{Number: c.Path("number")}
	for _, a := range list {
		account, _ := c.City.Account(a.Account)
		v.Lines = append(v.Lines, logLine{At: a.At, Who: strings.TrimSpace(c.Unit(a.Unit) + " " + account.Name), What: web.ActText(a.Kind, a.Detail)})
	}
	return d.ok(c, "log", "谁查看过", v)
}

// mail is a notice that was sent, or is on its way.
type mail struct {
	At           ticket.Instant
	About, State string
}

// pingEvery is how often a silent stream says that it is alive: below the
// minute after which proxies hang up.
const pingEvery = 25 * time.Second

// checkEvery is how often a stream looks whether its sign-in still holds.
const checkEvery = 2 * time.Second

// events tells the page of changes within sight, for as long as it is open and
// the sign-in holds. It says only that there was one: the page asks again.
func (d *Desk) events(c *web.Call) error {
	out := http.NewResponseController(c.Writer)
	sub, _, err := d.Cases.Subscribe(c.Context(), 0)
	if err != nil {
		return err
	}
	defer sub.Close()
	c.Writer.Header().Set("Content-Type", "text/event-stream")
	say := func(event, data string) error {
		if _, err := fmt.Fprintf(c.Writer, "event: %s\ndata: %s\n\n", event, data); err != nil {
			return err
		}
		return out.Flush()
	}
	if say("ping", "") != nil {
		return nil // the page has gone
	}
	ping, check := time.NewTicker(pingEvery), time.NewTicker(checkEvery)
	defer ping.Stop()
	defer check.Stop()
	for {
		var err error
		select {
		case <-c.Context().Done():
			return nil
		case <-check.C:
			err = d.StillIn(c)
		case <-ping.C:
			err = say("ping", "")
		case news := <-sub.C:
			err = d.tell(c, news, sub.Missed(), say)
		}
		if err != nil {
			return nil // the page has gone, or must not hear more
		}
	}
}

func (d *Desk) tell(c *web.Call, news casework.News, missed bool, say func(event, data string) error) error {
	if missed || news.Missed {
		return say("gap", "")
	}
	for _, change := range news.Changes {
		if d.Cases.Sees(c.Actor, change) {
			return say("change", change.Number)
		}
	}
	return nil
}

var abouts = map[casework.About]string{
	casework.Received: "受理回执", casework.Asked: "请补充信息", casework.Refused: "不予受理", casework.Extended: "延期", casework.Suspended: "挂账",
	casework.Answered: "已答复，请评价", casework.Finished: "已办结", casework.ReviewGranted: "同意复核", casework.ReviewRefused: "不同意复核",
}

var outStates = map[casework.OutState]string{
	casework.OutQueued: "待发送", casework.OutSent: "已发送", casework.OutFailed: "发送失败", casework.OutDropped: "未发送",
}

// mails lists what the requester was told by e-mail.
func (d *Desk) mails(c *web.Call, number string) ([]mail, error) {
	list, err := d.Cases.Outbound(c.Context(), c.Actor, number)
	if err != nil {
		return nil, err
	}
	mails := make([]mail, len(list))
	for i, o := range list {
		mails[i] = mail{At: o.QueuedAt, About: abouts[o.About], State: outStates[o.State]}
		if o.At != 0 {
			mails[i].At = o.At
		}
	}
	return mails, nil
}

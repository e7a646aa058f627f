package portal

import (
	"net/http"

	"huiyin/internal/casework"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// homeView is the start page.
type homeView struct {
	Today  casework.Today
	Latest []publishedLine
	Mine   []string
}

// publishedLine is a published ticket in a list.
type publishedLine struct {
	casework.PublishedItem
	State    ui.State
	Unit     string
	Area     string
	Category string
}

func (p *portal) line(c *web.Call, item casework.PublishedItem) publishedLine {
	area, _ := c.City.Area(item.Area)
	category, _ := c.City.Category(item.Category)
	return publishedLine{PublishedItem: item, State: ui.NewState(item.State), Unit: c.Unit(item.Lead), Area: area.Name, Category: category.Name}
}

func (p *portal) home(c *web.Call) error {
	today, err := p.Cases.Today(c.Context())
	if err != nil {
		return err
	}
	latest, err := p.Cases.PublishedList(c.Context(), casework.PublishedFilter{Limit: 6})
	if err != nil {
		return err
	}
	v := homeView{Today: today, Mine: mine(c)}
	for _, item := range latest.Items {
		v.Latest = append(v.Latest, p.line(c, item))
	}
	return p.show(c, http.StatusOK, "home", "首页", v)
}

// publishedView is the list of published tickets.
type publishedView struct {
	Query, Kind, Area string
	Kinds             []ui.Option
	Areas             []org.Area
	Lines             []publishedLine
	First, Next       string
}

func (p *portal) published(c *web.Call) error {
	f := casework.PublishedFilter{
		Query: c.Query("q"), Kind: ticket.Kind(c.Query("kind")), Area: c.Query("area"), Category: c.Query("category"), Cursor: c.Query("cursor"), Limit: 20,
	}
	page, err := p.Cases.PublishedList(c.Context(), f)
	if err != nil {
		return err
	}
	v := publishedView{Query: f.Query, Kind: string(f.Kind), Area: f.Area, Kinds: web.Kinds(c.City)}
	for _, a := range c.City.Areas() {
		if a.Level == 2 {
			v.Areas = append(v.Areas, a)
		}
	}
	for _, item := range page.Items {
		v.Lines = append(v.Lines, p.line(c, item))
	}
	here := c.Request.URL.RequestURI()
	if f.Cursor != "" {
		v.First = ui.Where(here, "cursor", "")
	}
	if page.Next != "" {
		v.Next = ui.Where(here, "cursor", page.Next)
	}
	return p.show(c, http.StatusOK, "published", "诉求公开", v)
}

// aboutView says how it works and how long each step may take.
type aboutView struct {
	Limits []limitLine
}

type limitLine struct {
	Step, Limit, Note string
}

// publicSteps are the steps whose limits concern a requester.
var publicSteps = []ticket.Step{
	ticket.StepAccept, ticket.StepDispatch, ticket.StepSign, ticket.StepContact, ticket.StepHandle, ticket.StepRate, ticket.StepFollowUp, ticket.StepRedo, ticket.StepDecideReview,
}

func (p *portal) about(c *web.Call) error {
	var v aboutView
	for _, step := range publicSteps {
		kinds := []ticket.Kind{""}
		if step == ticket.StepHandle {
			kinds = ticket.Kinds
		}
		for _, kind := range kinds {
			if kind != "" && !c.City.Policy().KindOn(kind) {
				continue
			}
			if limit := limit(c, step, kind); limit != "" {
				v.Limits = append(v.Limits, limitLine{Step: step.Label(), Limit: limit, Note: kind.Label()})
			}
		}
	}
	return p.show(c, http.StatusOK, "about", "办理流程和时限", v)
}

// limit is how long a step may take today for what comes in by the website;
// empty if the city sets none.
func limit(c *web.Call, step ticket.Step, kind ticket.Kind) string {
	day := c.City.Calendar().DayOf(c.Now).Date
	limit, _ := c.City.Limit(step, org.Facts{Kind: kind, Urgency: ticket.Normal, Channel: ticket.Website}, day)
	return ui.Limit(limit, c.Words())
}

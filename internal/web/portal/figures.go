package portal

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/figures"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// figuresView is the page of figures.
type figuresView struct {
	casework.Figures
	Chosen  string
	Periods []ui.Option
	City    figures.Tally
	Change  string // of what was received, against the period before; empty if there was nothing
	Tiles   []tile
	Months  []bar
	Kinds   []bar
	Sources []bar
	Areas   []bar
	Map     cityMap
	Groups  []ui.Link
	Orders  []ui.Link
	Group   string
	Order   string
	Query   string
	Units   []unitLine
	More    int // units that are not shown
	Terms   []term
}

// tile is a rate and what it is made of.
type tile struct {
	Title, Rate, Parts string
}

// bar is a line of a chart.
type bar struct {
	figures.Tally
	Name, Href string
	Max        int64
}

// Timely is the rate of replies in time.
func (b bar) Timely() string { return rate(b.Tally.Timely, b.Due) }

// Satisfied is the rate of those satisfied with the result.
func (b bar) Satisfied() string { return rate(b.ResultGood, b.Rated) }

// unitLine is a unit in the table of units.
type unitLine struct {
	Name string
	figures.Tally
}

// Timely is the rate of replies in time.
func (u unitLine) Timely() string { return rate(u.Tally.Timely, u.Due) }

// Satisfied is the rate of those satisfied with the result.
func (u unitLine) Satisfied() string { return rate(u.ResultGood, u.Rated) }

// Solved is the rate of those that say it is solved.
func (u unitLine) Solved() string { return rate(u.Tally.Solved, u.Called) }

// term is what a word of the page means.
type term struct{ Word, Meaning string }

// terms are the definitions that the figures are counted by.
var terms = []term{
	{"收到诉求", "按提交日期计，包括后来撤回、不予受理和并案的诉求。"},
	{"办结诉求", "按办结日期计，不包括撤回和不予受理的诉求。"},
	{"回复率", "已回复件数 ÷ 应回复件数。应回复件数按全程时限的到期日计，包括提前回复的和逾期未回复的；撤回、不予受理和并案的诉求不计，话务员当场答复的没有办理时限，也不计。"},
	{"按时回复率", "在时限内回复的件数 ÷ 应回复件数。经批准的延期计入时限，暂停的时间不计。"},
	{"满意率", "对办理结果评价满意的件数 ÷ 有效评价件数。逾期未评价的不计入，也不视为满意。"},
	{"基本满意以上", "评价满意和基本满意的件数 ÷ 有效评价件数。每件以最近一次评价为准。"},
	{"解决率", "诉求人在回访中认为已解决的件数 ÷ 回访接通的件数。"},
	{"直接办结率", "由话务员当场答复办结的件数 ÷ 受理件数。"},
	{"承办单位", "按批转给该单位的任务计，包括协办；退回和撤销的任务不计。每项任务的到期日即该单位的办理时限。保密诉求不计入县区和单位的数据。"},
}

// unitsShown is how many units the page lists.
const unitsShown = 60

// periodsShown is how many months can be chosen.
const periodsShown = 24

func (p *portal) figures(c *web.Call) error {
	f, err := p.Cases.Figures(c.Context(), c.Query("period"))
	if err != nil {
		return err
	}
	// The figures stay for a minute, and so does their page; the city's names and
	// borders come with it.
	return c.ShowKept(&p.counted, strconv.FormatInt(int64(f.At), 10), p.pages, "figures", p.frame(c, "数据公开"), func() any { return p.figuresView(c, f) })
}

func (p *portal) figuresView(c *web.Call, f casework.Figures) figuresView {
	v := figuresView{Figures: f, Chosen: f.Period, Periods: periods(c, f.Period), City: f.Of(figures.City, ""), Terms: terms, Query: c.Query("q")}
	v.Change = change(v.City.Received, f.Before.Received)
	v.Tiles = tiles(v.City)
	for _, m := range f.Months {
		v.Months = append(v.Months, bar{Tally: m.Tally, Name: m.Month})
	}
	for _, k := range ticket.Kinds {
		if t := f.Of(figures.Kind, string(k)); t.Received > 0 || c.City.Policy().KindOn(k) {
			v.Kinds = append(v.Kinds, bar{Tally: t, Name: k.Label(), Href: "/published?kind=" + string(k)})
		}
	}
	for _, ch := range ticket.Channels {
		if t := f.Of(figures.Channel, string(ch)); t.Received > 0 {
			v.Sources = append(v.Sources, bar{Tally: t, Name: ch.Label()})
		}
	}
	for _, a := range c.City.Areas() {
		if a.Level == 2 {
			v.Areas = append(v.Areas, bar{Tally: f.Of(figures.County, a.Code), Name: a.Name, Href: "/published?area=" + a.Code})
		}
	}
	v.Map = drawMap(c.City, f.Cuts)
	for _, bars := range [][]bar{v.Months, v.Kinds, v.Sources, v.Areas} {
		scale(bars)
	}
	slices.SortStableFunc(v.Sources, byReceived)
	slices.SortStableFunc(v.Areas, byReceived)
	p.units(c, &v)
	return v
}

func byReceived(a, b bar) int { return cmp.Compare(b.Received, a.Received) }

// scale sets what the longest bar of a chart stands for.
func scale(bars []bar) {
	longest := int64(1)
	for _, b := range bars {
		longest = max(longest, b.Received)
	}
	for i := range bars {
		bars[i].Max = longest
	}
}

// periods are the last months and all years to choose from, the newest first.
func periods(c *web.Call, chosen string) []ui.Option {
	now := c.Now.In(c.City.Calendar().Location())
	var list []ui.Option
	add := func(name string) { list = append(list, ui.Option{Value: name, Label: name}) }
	for n := range periodsShown {
		add(time.Date(now.Year(), now.Month()-time.Month(n), 1, 0, 0, 0, 0, now.Location()).Format("2006-01"))
	}
	for year := now.Year(); year >= c.City.Calendar().Years()[0]; year-- {
		add(strconv.Itoa(year))
	}
	if !slices.ContainsFunc(list, func(o ui.Option) bool { return o.Value == chosen }) {
		add(chosen)
	}
	return list
}

func tiles(t figures.Tally) []tile {
	made := func(title string, part, whole int64) tile {
		return tile{Title: title, Rate: rate(part, whole), Parts: ui.Number(part) + " / " + ui.Number(whole)}
	}
	return []tile{
		made("回复率", t.Replied, t.Due),
		made("按时回复率", t.Timely, t.Due),
		made("满意率", t.ResultGood, t.Rated),
		made("基本满意以上", t.ResultGood+t.ResultFair, t.Rated),
		made("解决率", t.Solved, t.Called),
		made("直接办结率", t.Direct, t.Accepted),
	}
}

// rate writes a share in percent, to a hundredth; of nothing there is none.
// What is not the whole is never rounded up to it.
func rate(part, whole int64) string {
	if whole == 0 {
		return "—"
	}
	hundredths := (2*10000*part + whole) / (2 * whole)
	if part < whole {
		hundredths = min(hundredths, 9999)
	}
	return fmt.Sprintf("%d.%02d%%", hundredths/100, hundredths%100)
}

// change writes by how much a count has grown.
func change(now, before int64) string {
	if before == 0 {
		return ""
	}
	grown := strconv.FormatFloat(100*float64(now-before)/float64(before), 'f', 1, 64) + "%"
	if now >= before {
		return "+" + grown
	}
	return grown
}

// group is a part of the units.
type group struct {
	name, title string
	has         func(org.Unit) bool
}

var groups = []group{
	{"county", "县区", func(u org.Unit) bool { return u.Level == org.CountyLevel && u.Kind == org.Center }},
	{"city", "市级单位", func(u org.Unit) bool { return u.Level == org.CityLevel && u.Kind != org.Center }},
	{"bureau", "县级单位", func(u org.Unit) bool { return u.Level == org.CountyLevel && u.Kind != org.Center }},
	{"township", "乡镇街道", func(u org.Unit) bool { return u.Level == org.TownshipLevel }},
}

// orders are the ways to put units in order, the highest first.
var orders = []struct {
	name, title string
	part, whole func(figures.Tally) int64
}{
	{"", "按件数", func(t figures.Tally) int64 { return t.Received }, nil},
	{"timely", "按时回复率", func(t figures.Tally) int64 { return t.Timely }, func(t figures.Tally) int64 { return t.Due }},
	{"satisfied", "满意率", func(t figures.Tally) int64 { return t.ResultGood }, func(t figures.Tally) int64 { return t.Rated }},
	{"solved", "解决率", func(t figures.Tally) int64 { return t.Solved }, func(t figures.Tally) int64 { return t.Called }},
}

// units lists the units of the chosen group that had anything to do.
func (p *portal) units(c *web.Call, v *figuresView) {
	here := c.Request.URL.RequestURI()
	chosen := groups[0]
	for _, g := range groups {
		if g.name == c.Query("group") {
			chosen = g
		}
	}
	for _, g := range groups {
		v.Groups = append(v.Groups, ui.Link{Title: g.title, Href: ui.Where(here, "group", g.name) + "#units", Here: g.name == chosen.name})
	}
	order := orders[0]
	for _, o := range orders {
		if o.name == c.Query("order") {
			order = o
		}
	}
	for _, o := range orders {
		v.Orders = append(v.Orders, ui.Link{Title: o.title, Href: ui.Where(here, "order", o.name) + "#units", Here: o.name == order.name})
	}
	v.Group, v.Order = chosen.name, order.name
	for _, u := range c.City.Units() {
		t := v.OfUnit(u.ID)
		if t == (figures.Tally{}) || !chosen.has(u) || !strings.Contains(u.Name, v.Query) {
			continue
		}
		v.Units = append(v.Units, unitLine{Name: u.Name, Tally: t})
	}
	slices.SortStableFunc(v.Units, func(a, b unitLine) int {
		if order.whole == nil {
			return cmp.Compare(b.Received, a.Received)
		}
		return cmp.Or(cmp.Compare(share(order.part(b.Tally), order.whole(b.Tally)), share(order.part(a.Tally), order.whole(a.Tally))), cmp.Compare(b.Received, a.Received))
	})
	if len(v.Units) > unitsShown {
		v.Units, v.More = v.Units[:unitsShown], len(v.Units)-unitsShown
	}
}

// share is a rate to sort by: those of which nothing is known come last.
func share(part, whole int64) float64 {
	if whole == 0 {
		return -1
	}
	return float64(part) / float64(whole)
}

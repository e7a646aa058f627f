package portal

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/meter"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// followCookie holds numbers with their query codes, as 261123000001:123456,
// so that a requester need not type them on every page. It ends with the
// browser: phones are passed around.
const (
	followCookie = "huiyin_follow"
	followed     = 10 // tickets at once
)

// follow remembers a ticket's code, the latest first.
func follow(c *web.Call, number, code string) {
	pairs := slices.DeleteFunc(pairsOf(c), func(p string) bool { return strings.HasPrefix(p, number+":") })
	pairs = append([]string{number + ":" + code}, pairs...)
	c.SetCookie(followCookie, strings.Join(pairs[:min(len(pairs), followed)], "."), 0)
}

func pairsOf(c *web.Call) []string {
	if value := c.Cookie(followCookie); value != "" {
		return strings.Split(value, ".")
	}
	return nil
}

// codeOf is the code that the browser remembers for a ticket.
func codeOf(c *web.Call, number string) string {
	for _, pair := range pairsOf(c) {
		if code, ok := strings.CutPrefix(pair, number+":"); ok {
			return code
		}
	}
	return ""
}

// mine lists the numbers that the browser remembers.
func mine(c *web.Call) []string {
	var numbers []string
	for _, pair := range pairsOf(c) {
		number, _, _ := strings.Cut(pair, ":")
		numbers = append(numbers, number)
	}
	return numbers
}

// enter lets a requester in by number and code. Wrong codes are counted.
func (p *portal) enter(c *web.Call, number, code string) (int64, error) {
	wrong, ok := p.Meter.Guess(number, c.Address())
	if !ok {
		return 0, meter.ErrGuesses
	}
	id, err := p.Cases.Admit(c.Context(), number, code)
	if errors.Is(err, casework.ErrWrongCode) {
		wrong()
	}
	return id, err
}

// owner lets in whoever the browser remembers the code for.
func (p *portal) owner(c *web.Call) (int64, error) {
	code := codeOf(c, c.Path("number"))
	if code == "" {
		return 0, casework.ErrWrongCode
	}
	return p.enter(c, c.Path("number"), code)
}

// askView asks for number and code.
type askView struct {
	Form ui.Form
	Mine []string
}

func trackForm() ui.Form {
	return ui.Form{Action: "/track", Submit: "查进度", Fields: []*ui.Field{
		{Name: "number", Label: "诉求编号", Kind: ui.Line, Required: true, Max: 20, Hint: "提交时得到的编号，例如 261123000001"},
		{Name: "code", Label: "查询码", Kind: ui.Line, Required: true, Max: 6, Hint: "6 位数字", Auto: "one-time-code"},
	}}
}

func (p *portal) ask(c *web.Call) error {
	f := trackForm()
	f.Field("number").Value = c.Query("number")
	return p.show(c, http.StatusOK, "track", "查进度", askView{Form: f, Mine: mine(c)})
}

func (p *portal) admit(c *web.Call) error {
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	number, code := c.Form("number"), c.Form("code")
	_, err = p.enter(c, number, code)
	if wrong, ok := errs.As(err); ok && (wrong.Kind == errs.NotFound || wrong.Kind == errs.Limit) {
		f := trackForm()
		f.Fill(typed)
		f.Refuse(wrong)
		status := http.StatusUnprocessableEntity
		if wrong.Kind == errs.Limit {
			status = http.StatusTooManyRequests
		}
		return p.show(c, status, "track", "查进度", askView{Form: f, Mine: mine(c)})
	}
	if err != nil {
		return err
	}
	follow(c, number, code)
	return c.Go("/t/" + number)
}

package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiyin/internal/auth"
	"huiyin/internal/errs"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// accountsView lists accounts.
type accountsView struct {
	Query  string
	System bool
	Lines  []accountLine
	More   int
}

type accountLine struct {
	org.Account
	UnitName, RoleNames string
}

func newLine(c *web.Call, account org.Account) accountLine {
	names := make([]string, len(account.Roles))
	for i, r := range account.Roles {
		names[i] = r.Label()
	}
	return accountLine{Account: account, UnitName: c.Unit(account.Unit), RoleNames: strings.Join(names, "、")}
}

func (a *admin) accounts(c *web.Call) error {
	v := accountsView{Query: c.Query("q"), System: c.Actor.Holds(ticket.SystemAdmin)}
	for _, account := range c.City.Accounts() {
		line := newLine(c, account)
		if v.Query != "" && !strings.Contains(line.Login+" "+line.Name+" "+line.UnitName+" "+line.RoleNames, v.Query) {
			continue
		}
		if len(v.Lines) == shown {
			v.More++
			continue
		}
		v.Lines = append(v.Lines, line)
	}
	return a.ok(c, "accounts", "账号和权限", v)
}

// accountView is one account with everything about its means of coming in.
type accountView struct {
	accountLine
	System   bool // who looks may change the account
	Security bool // or its means of coming in
	Form     ui.Form
	Roles    []roleChoice
	Sessions []auth.Session
	Tokens   []tokenLine
	Token    ui.Form
	Shown    string // a password or token, shown once
	ShownAs  string
}

type roleChoice struct {
	Role  ticket.Role
	Label string
	Held  bool
}

type tokenLine struct {
	auth.Token
	State string
}

var tokenStates = map[auth.State]string{auth.Valid: "有效", auth.Expired: "已过期", auth.Revoked: "已撤销"}

// newLogin stands in the address for an account that is not there yet.
const newLogin = "new"

func (a *admin) account(c *web.Call) error {
	account, err := accountOf(c)
	if err != nil {
		return err
	}
	return a.showAccount(c, http.StatusOK, account, func(*accountView) {})
}

func accountOf(c *web.Call) (org.Account, error) {
	login := c.Path("login")
	if login == newLogin {
		return org.Account{Active: true}, nil
	}
	account, ok := c.City.AccountByLogin(login)
	if !ok {
		return account, errs.New(errs.NotFound, "login_not_found", "没有这个账号")
	}
	return account, nil
}

func accountForm(c *web.Call, account org.Account) ui.Form {
	login := account.Login
	if login == "" {
		login = newLogin
	}
	unit := &ui.Field{Name: "unit", Label: "单位", Kind: ui.Pick, Source: web.UnitSource, Required: true, Hint: "输入名称、代码或拼音首字母"}
	if account.Unit != 0 {
		unit.Value = strconv.FormatInt(int64(account.Unit), 10)
		c.NameChosen(unit)
	}
	return ui.Form{Action: "/admin/accounts/" + url.PathEscape(login), Submit: "保存", Hidden: map[string]string{"seen": remember(cellsOf(c, account))}, Fields: []*ui.Field{
		{Name: "login", Label: "账号", Kind: ui.Line, Required: true, Max: 60, Value: account.Login},
		{Name: "name", Label: "姓名", Kind: ui.Line, Required: true, Max: 60, Value: account.Name},
		unit,
	}}
}

// accountTitles name what cellsOf writes.
var accountTitles = []string{"账号", "姓名", "单位", "岗位", "启用"}

// cellsOf writes an account as people read it.
func cellsOf(c *web.Call, account org.Account) []string {
	line := newLine(c, account)
	return []string{line.Login, line.Name, line.UnitName, line.RoleNames, map[bool]string{true: "是", false: "否"}[line.Active]}
}

func tokenForm(account org.Account) ui.Form {
	return ui.Form{Action: "/admin/accounts/" + url.PathEscape(account.Login) + "/token", Submit: "签发令牌", Fields: []*ui.Field{
		{Name: "label", Label: "用途", Kind: ui.Line, Required: true, Max: 100}, {Name: "days", Label: "有效天数", Kind: ui.Whole, Required: true, Max: 3650, Value: "365"},
	}}
}

// showAccount shows an account; change puts in what the page has to say.
func (a *admin) showAccount(c *web.Call, status int, account org.Account, change func(*accountView)) error {
	v := accountView{
		accountLine: newLine(c, account), Form: accountForm(c, account), Token: tokenForm(account),
		System: c.Actor.Holds(ticket.SystemAdmin), Security: c.Actor.Holds(ticket.SecurityAdmin),
	}
	for _, role := range ticket.Roles {
		v.Roles = append(v.Roles, roleChoice{Role: role, Label: role.Label(), Held: slices.Contains(account.Roles, role)})
	}
	change(&v)
	if account.ID == 0 {
		return a.show(c, status, "account", "新增账号", v)
	}
	var err error
	if v.Sessions, err = a.Accounts.SessionsOf(c.Context(), account.Login); err != nil {
		return err
	}
	tokens, err := a.Accounts.TokensOf(c.Context(), account.Login)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		v.Tokens = append(v.Tokens, tokenLine{Token: t, State: tokenStates[t.State(c.Now)]})
	}
	return a.show(c, status, "account", account.Name, v)
}

func (a *admin) saveAccount(c *web.Call) error {
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	account, err := accountOf(c)
	if err != nil {
		return err
	}
	was := cellsOf(c, account)
	unit, _ := strconv.ParseInt(typed.Get("unit"), 10, 64) // none is refused below
	account.Login, account.Name, account.Unit = c.Form("login"), c.Form("name"), ticket.UnitID(unit)
	account.Active = typed.Get("active") == "true"
	account.Roles = nil
	for _, role := range typed["roles"] {
		account.Roles = append(account.Roles, ticket.Role(role))
	}
	again := func(status int, say func(*ui.Form)) error {
		return a.showAccount(c, status, account, func(v *accountView) {
			v.Form.Action, v.Form.Hidden["seen"] = c.Request.URL.Path, remember(was)
			say(&v.Form)
		})
	}
	if changed := since(accountTitles, typed.Get("seen"), was); len(changed) > 0 {
		return again(http.StatusConflict, func(f *ui.Form) { f.Changed = changed })
	}
	put, err := a.Accounts.PutAccount(c.Context(), c.Actor, account)
	if wrong, ok := errs.As(err); ok && (wrong.Kind == errs.Invalid || wrong.Kind == errs.Conflict) {
		return again(http.StatusUnprocessableEntity, func(f *ui.Form) { f.Refuse(wrong) })
	}
	if err != nil {
		return err
	}
	if c.Path("login") == newLogin {
		c.Tell("已保存；请安全管理员为此账号设置密码")
	} else {
		c.Tell(saved)
	}
	return c.Go("/admin/accounts/" + url.PathEscape(put.Login))
}

// accountAct does what concerns an account's means of coming in. What is shown
// only once is shown at once.
func (a *admin) accountAct(c *web.Call) error {
	account, err := accountOf(c)
	if err != nil {
		return err
	}
	switch c.Path("act") {
	case "password":
		password, err := a.Accounts.SetPassword(c.Context(), c.Actor, account.Login)
		if err != nil {
			return err
		}
		return a.showAccount(c, http.StatusOK, account, once("新密码", password))
	case "factor":
		err = a.Accounts.ResetFactor(c.Context(), c.Actor, account.Login)
	case "sign-out":
		_, err = a.Accounts.EndSessions(c.Context(), c.Actor, account.Login)
	case "token":
		return a.issue(c, account)
	case "revoke":
		id, _ := strconv.ParseInt(c.Form("id"), 10, 64) // none is nobody's
		err = a.Accounts.RevokeToken(c.Context(), c.Actor, account.Login, id)
	default:
		return errs.New(errs.NotFound, "no_act", "没有这个操作")
	}
	if err != nil {
		return err
	}
	c.Tell(saved)
	return c.Go("/admin/accounts/" + url.PathEscape(account.Login))
}

// once shows what nobody can see again.
func once(what string, secret auth.Secret) func(*accountView) {
	return func(v *accountView) { v.ShownAs, v.Shown = what, secret.Plain() }
}

func (a *admin) issue(c *web.Call, account org.Account) error {
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	days, _ := strconv.Atoi(c.Form("days")) // none is refused below
	token, err := a.Accounts.IssueToken(c.Context(), c.Actor, account.Login, c.Form("label"), time.Duration(days)*24*time.Hour)
	if wrong, ok := errs.As(err); ok && wrong.Kind == errs.Invalid {
		return a.showAccount(c, http.StatusUnprocessableEntity, account, func(v *accountView) {
			v.Token.Fill(typed)
			v.Token.Refuse(wrong)
		})
	}
	if err != nil {
		return err
	}
	return a.showAccount(c, http.StatusOK, account, once("新令牌", token))
}

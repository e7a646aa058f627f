package desk

import (
	"net/http"

	"huiyin/internal/auth"
	"huiyin/internal/errs"
	"huiyin/internal/web"
	"huiyin/internal/web/ui"
)

// meView is a person's own account.
type meView struct {
	Login, Name, Unit string
	Roles             []string
	Sessions          []auth.Session
	Current           int64
	Keys              bool
	Form              ui.Form
}

func passwordForm() ui.Form {
	return ui.Form{Action: "/desk/me/password", Submit: "修改密码", Fields: []*ui.Field{
		{Name: "old", Label: "现在的密码", Kind: ui.Password, Required: true, Max: 512, Auto: "current-password"},
		{Name: "new", Label: "新密码", Kind: ui.Password, Required: true, Max: 512, Auto: "new-password", Hint: "至少 12 个字符；含大小写字母、数字、符号中三类的，至少 10 个字符"},
	}}
}

func (d *Desk) me(c *web.Call) error { return d.showMe(c, http.StatusOK, passwordForm()) }

func (d *Desk) showMe(c *web.Call, status int, f ui.Form) error {
	sessions, err := d.Door.SessionsOf(c.Context(), c.Account.Login)
	if err != nil {
		return err
	}
	v := meView{Login: c.Account.Login, Name: c.Account.Name, Unit: c.Unit(c.Account.Unit), Sessions: sessions, Current: c.Session.ID, Keys: c.Keys(), Form: f}
	for _, r := range c.Account.Roles {
		v.Roles = append(v.Roles, r.Label())
	}
	return d.show(c, status, "me", "我的账号", v)
}

func (d *Desk) changePassword(c *web.Call) error {
	typed, err := c.Typed()
	if err != nil {
		return err
	}
	err = d.Door.ChangePassword(c.Context(), c.Account, auth.Secret(typed.Get("old")), auth.Secret(typed.Get("new")))
	if wrong, ok := errs.As(err); ok && (wrong.Kind == errs.Invalid || wrong.Kind == errs.Unknown) {
		f := passwordForm()
		f.Refuse(wrong)
		return d.showMe(c, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	c.Tell("密码已修改")
	return c.Go("/desk/me")
}

package ui_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	"huiyin/internal/org"
	"huiyin/internal/ticket"
	"huiyin/internal/web"
)

// han is a Chinese letter; wide is one of their marks too.
var (
	han  = regexp.MustCompile(`\p{Han}`)
	wide = regexp.MustCompile(`[\p{Han}\x{3000}-\x{303F}\x{FF00}-\x{FFEF}]`)
)

// said are texts of the sources, with where each stands: what must be known in
// every language, and what may be.
type said struct {
	t         *testing.T
	must, may map[string]string
}

// templates are the pages of the public, and what they are made of.
var templates = []string{"../portal/*.html", "../problem.html", "layout/head.html", "layout/portal.html", "layout/plain.html", "layout/parts.html", "layout/form.html"}

// deskParts are the parts of pages that only desks use.
var deskParts = []string{"steps-short", "timeline", "clock"}

// surfaces are sources all of whose texts the public reads; messages are those
// whose refusals it may meet.
var (
	surfaces = []string{"../portal/*.go", "../problem.go", "../call.go", "../upload.go", "../web.go", "funcs.go", "step.go", "form.go", "ui.go", "words.go"}
	messages = []string{
		"../route.go", "../act.go", "../../meter/*.go", "../../blob/*.go", "../../requester/person.go", "../../casework/submit.go", "../../casework/track.go",
		"../../casework/published.go", "../../casework/figures.go", "../../casework/attach.go", "../../casework/store.go", "../../casework/casework.go", "../../ticket/decide.go",
	}
)

// kept are texts of those sources that no page of the public shows.
var kept = map[string]string{
	"诉求办理进度": "a route's name", "回执": "a route's name", "诉求人操作": "a route's name", "附件": "a route's name", "显示设置": "a route's name",
	"\n地点：": "goes into the matter",
	"回到工作台": "to staff", "您的岗位不能使用该功能": "to staff", "系统内部错误": "when no page can be made",
	"中文": "in its own language", "您填写期间，内容有了新变化；您填写的内容都在，请核对后再提交": "to staff",
	"您的岗位不能登记诉求": "to staff", "本市未开通这一渠道": "to programs", "重复提交": "is not shown", "该附件已登记": "is not shown",
	"请指明是哪一项承办任务": "to staff", "诉求人类型不正确": "to programs", "请填写日期": "of staff", "请填写整数": "of staff", "从您的网络登录失败次数过多，请稍后再试": "to staff",
	"请填写补充说明": "a file does instead",
}

func collect(t *testing.T) said {
	t.Helper()
	s := said{t: t, must: map[string]string{}, may: map[string]string{}}
	for _, path := range s.files(templates) {
		s.template(path)
	}
	for _, path := range s.files(surfaces) {
		s.source(path, func(ast.Node) bool { return true })
	}
	for _, path := range s.files(messages) {
		s.source(path, refusal)
	}
	s.labels()
	s.acts()
	return s
}

func (s said) files(patterns []string) (list []string) {
	s.t.Helper()
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			s.t.Fatalf("%s: %v, %d files", pattern, err, len(found))
		}
		list = append(list, slices.DeleteFunc(found, func(path string) bool { return strings.HasSuffix(path, "_test.go") })...)
	}
	return list
}

// add takes a text; one without Chinese is the same in every language.
func (s said) add(text, where string) {
	switch {
	case kept[text] != "":
	case wide.MatchString(text):
		s.must[text] = where
	default:
		s.may[text] = where
	}
}

// template takes the texts that a template gives to functions and to other
// templates, and wants none in Chinese beside them.
func (s said) template(path string) {
	s.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	trees, page := map[string]*parse.Tree{}, parse.New(path)
	page.Mode = parse.SkipFuncCheck
	if _, err := page.Parse(string(text), "", "", trees); err != nil {
		s.t.Fatal(err)
	}
	for name, tree := range trees {
		if !slices.Contains(deskParts, name) {
			s.node(reflect.ValueOf(tree.Root), path)
		}
	}
}

// node walks whatever a node of a template is made of.
func (s said) node(v reflect.Value, path string) {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer && !v.IsNil() {
		switch n := v.Interface().(type) {
		case *parse.Tree:
			return
		case *parse.StringNode:
			s.add(n.Text, path)
			return
		case *parse.TextNode:
			s.bare(string(n.Text), path)
			return
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			s.node(v.Index(i), path)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				s.node(v.Field(i), path)
			}
		}
	}
}

// bare wants no text in Chinese outside of what is translated.
func (s said) bare(text, path string) {
	for _, run := range regexp.MustCompile(`[^<>"]+`).FindAllString(text, -1) {
		if run = strings.TrimSpace(run); wide.MatchString(run) && kept[run] == "" {
			s.t.Errorf("%s: %q is not translated", path, run)
		}
	}
}

// source takes the texts in Chinese that stand in the chosen parts of a file.
func (s said) source(path string, chosen func(ast.Node) bool) {
	s.t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	s.within(file, path, chosen)
}

func (s said) within(root ast.Node, path string, chosen func(ast.Node) bool) {
	ast.Inspect(root, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && fault(call) {
			return false
		}
		if n == nil || !chosen(n) {
			return true
		}
		ast.Inspect(n, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && fault(call) {
				return false
			}
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING || literal.Value[0] == '`' {
				return true
			}
			if text, err := strconv.Unquote(literal.Value); err == nil && han.MatchString(text) {
				s.add(text, path)
			}
			return true
		})
		return false
	})
}

// fault reports whether a call makes an error that is our own fault, of which
// the public is told nothing in particular, or one of parts, for which another
// sentence stands.
func fault(call *ast.CallExpr) bool {
	parts, ours := false, false
	ast.Inspect(call, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			ours = ours || n.Sel.Name == "Internal" || n.Sel.Name == "Unavailable"
		case *ast.BasicLit:
			parts = parts || n.Kind == token.STRING && regexp.MustCompile(`%[sv]`).MatchString(n.Value)
		}
		return true
	})
	return isErrs(call) && (parts || ours)
}

func isErrs(call *ast.CallExpr) bool {
	function, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	from, ok := function.X.(*ast.Ident)
	return ok && from.Name == "errs"
}

// refusal reports whether a node makes a refusal of a whole sentence.
func refusal(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		if !isErrs(n) {
			return false
		}
		sum, ok := n.Args[len(n.Args)-1].(*ast.BinaryExpr)
		return !ok || sum.Op != token.ADD
	case *ast.KeyValueExpr:
		key, ok := n.Key.(*ast.Ident)
		return ok && key.Name == "Message"
	}
	return false
}

// labels takes the names of what a ticket has.
func (s said) labels() {
	for _, k := range ticket.Kinds {
		s.add(k.Label(), "a kind")
	}
	for _, c := range ticket.Channels {
		s.add(c.Label(), "a channel")
	}
	for _, state := range ticket.States {
		s.add(state.Label(), "a state")
	}
	for _, step := range ticket.Steps {
		s.may[step.Label()] = "a step"
	}
	var t ticket.Ticket
	for _, step := range t.Loop(0) {
		s.add(step.Label, "a step of the loop")
	}
	for _, step := range []ticket.Step{ticket.StepAccept, ticket.StepDispatch, ticket.StepSign, ticket.StepContact, ticket.StepHandle, ticket.StepRate, ticket.StepFollowUp, ticket.StepRedo, ticket.StepDecideReview} {
		s.add(step.Label(), "a step with a limit")
	}
}

// acts takes the forms of what a requester may do, and why that is refused.
func (s said) acts() {
	s.t.Helper()
	own := map[string]bool{}
	for _, act := range web.Acts() {
		rule := ticket.RuleOf(act.Name)
		if !slices.Contains(rule.By, ticket.Requester) {
			continue
		}
		cmd, err := rule.Decode(func(any) error { return nil })
		if err != nil {
			s.t.Fatal(err)
		}
		own[reflect.TypeOf(cmd).Name()] = true
		form := act.Form(&org.Directory{})
		s.add(act.Label, string(act.Name))
		s.add(form.Warn, string(act.Name))
		for _, f := range form.Fields {
			s.add(f.Label, string(act.Name))
			s.add(f.Hint, string(act.Name))
			if f.Required && len(f.Options) == 0 {
				s.add("请填写"+f.Label, string(act.Name))
			}
			for _, o := range f.Options {
				s.add(o.Label, string(act.Name))
				s.add(o.Hint, string(act.Name))
			}
		}
	}
	for _, path := range s.files([]string{"../../ticket/command_*.go"}) {
		s.source(path, func(n ast.Node) bool {
			f, ok := n.(*ast.FuncDecl)
			return ok && f.Name.Name == "decide" && f.Recv != nil && own[name(f.Recv.List[0].Type)]
		})
	}
	s.source("../../org/codes.go", func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		return ok && len(call.Args) > 1 && name(call.Args[0]) == "UnsatisfiedReasons"
	})
}

func name(x ast.Expr) string {
	if id, ok := x.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

package requester

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/errs"
)

func TestNormalPhone(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"13800001234":       "13800001234",
		"138 0000 1234":     "13800001234",
		"138-0000-1234":     "13800001234",
		"+86 138 0000 1234": "13800001234",
		"8613800001234":     "13800001234",
		"008613800001234":   "13800001234",
		"１３８００００１２３４":       "13800001234",
		"0591-87551234":     "059187551234",
		"(0591)87551234":    "059187551234",
		"+86 591 87551234":  "059187551234",
		"+86-0591-87551234": "059187551234",
		"+864001234567":     "4001234567",
		"87551234":          "87551234",
		"+852 2345 6789":    "+85223456789",
		"0085223456789":     "+85223456789",
		"":                  "",
		"没有":                "",
		"１３８－００００－１２３４（下午打）": "13800001234",
	} {
		if got := normalPhone(in); got != want {
			t.Errorf("normalPhone(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	good := Person{Kind: Individual, Name: "林一", Phone: "13800001234"}
	with := func(change func(*Person)) Person {
		p := good
		change(&p)
		return p
	}
	for name, c := range map[string]struct {
		p    Person
		want []string // wrong fields
	}{
		"good":               {good, nil},
		"nothing, anonymous": {Person{Kind: Anonymous}, nil},
		"anonymous, phone":   {Person{Kind: Anonymous, Phone: "1"}, []string{"requester.phone"}},
		"no kind":            {with(func(p *Person) { p.Kind = "" }), []string{"requester.kind"}},
		"nothing":            {Person{Kind: Individual}, []string{"requester.name", "requester.phone"}},
		"e-mail only":        {with(func(p *Person) { p.Phone, p.Email = "", "A.b@Example.com" }), nil},
		"landline":           {with(func(p *Person) { p.Phone = "0591-87551234" }), nil},
		"landline, ext":      {with(func(p *Person) { p.Phone = "0591-87551234转801" }), nil},
		"local":              {with(func(p *Person) { p.Phone = "87551234" }), nil},
		"400":                {with(func(p *Person) { p.Phone = "400-123-4567" }), nil},
		"foreign":            {with(func(p *Person) { p.Phone = "+852 2345 6789" }), nil},
		"wide digits":        {with(func(p *Person) { p.Phone = "１３８００００１２３４" }), nil},
		"short phone":        {with(func(p *Person) { p.Phone = "1380000123" }), []string{"requester.phone"}},
		"words in phone":     {with(func(p *Person) { p.Phone = "13800001234 王" }), []string{"requester.phone"}},
		"e-mail, no domain":  {with(func(p *Person) { p.Email = "a@b" }), []string{"requester.email"}},
		"e-mail, named":      {with(func(p *Person) { p.Email = "A <a@b.cn>" }), []string{"requester.email"}},
		"e-mail, two":        {with(func(p *Person) { p.Email = "a@b.cn,c@d.cn" }), []string{"requester.email"}},
		"id":                 {with(func(p *Person) { p.IDNumber = "11010519491231002x" }), nil},
		"id, checksum":       {with(func(p *Person) { p.IDNumber = "110105194912310021" }), []string{"requester.id_number"}},
		"id, old":            {with(func(p *Person) { p.IDNumber = "110105491231002" }), nil},
		"id, old, no date":   {with(func(p *Person) { p.IDNumber = "110105491331002" }), []string{"requester.id_number"}},
		"passport":           {with(func(p *Person) { p.IDNumber = "E12345678" }), nil},
		"credit":             {with(func(p *Person) { p.CreditCode = "91350100M000100Y43" }), nil},
		"credit, checksum":   {with(func(p *Person) { p.CreditCode = "91350100M000100Y44" }), []string{"requester.credit_code"}},
		"control":            {with(func(p *Person) { p.Name = "林\x00一" }), []string{"requester.name"}},
		"turned round":       {with(func(p *Person) { p.Address = "福\u202E州" }), []string{"requester.address"}},
		"not text":           {with(func(p *Person) { p.Address = "\xff\xfe" }), []string{"requester.address"}},
		"too long":           {with(func(p *Person) { p.Name = fmt.Sprintf("%061d", 0) }), []string{"requester.name"}},
		"enterprise":         {Person{Kind: Enterprise, Company: "某某有限公司", Phone: "13800001234"}, nil},
		"enterprise, none":   {Person{Kind: Enterprise, Phone: "13800001234"}, []string{"requester.company"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := c.p.Validate()
			var got []string
			if err != nil {
				e, ok := errors.AsType[*errs.Error](err)
				if !ok || e.Kind != errs.Invalid || e.Message == "" {
					t.Fatalf("not a refusal: %v", err)
				}
				for _, f := range e.Fields {
					got = append(got, f.Name)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		mask     func(string) string
		in, want string
	}{
		{"name", maskName, "张三", "张*"},
		{"name", maskName, "张三丰", "张*"},
		{"name", maskName, "欧阳修", "欧阳*"},
		{"name", maskName, "欧阳", "欧*"},
		{"name", maskName, "John Smith", "J*"},
		{"name", maskName, "买买提·艾力", "买*"},
		{"name", maskName, "张", "*"},
		{"name", maskName, "", ""},
		{"phone", maskPhone, "13812345678", "138****5678"},
		{"phone", maskPhone, "+86 138-1234-5678", "138****5678"},
		{"phone", maskPhone, "0591-87551234", "0591-****34"},
		{"phone", maskPhone, "010-87551234", "010-****34"},
		{"phone", maskPhone, "87551234", "****34"},
		{"phone", maskPhone, "12345", "****"},
		{"phone", maskPhone, "", ""},
		{"email", maskEmail, "lin@example.com", "l***@example.com"},
		{"email", maskEmail, "l@example.com", "***@example.com"},
		{"email", maskEmail, "林森@example.com", "林***@example.com"},
		{"email", maskEmail, "@", "***@"},
		{"email", maskEmail, "lin", "***"},
		{"id", maskID, "350102199001011234", "3501**********1234"},
		{"id", maskID, "E12345678", "E********"},
		{"id", maskID, "1", "*"},
		{"address", maskAddress, "福州市鼓楼区五四路88号12栋301室", "福州市鼓楼区五四路***"},
		{"address", maskAddress, "鼓东街道三坊里3号", "鼓东街道***"},
		{"address", maskAddress, "阳光小区3栋", "阳光小区***"},
		{"address", maskAddress, "闽侯县白沙村12号", "闽侯县白沙村***"},
		{"address", maskAddress, "路通大厦1201", "路通大厦***"},
		{"address", maskAddress, "某地8号", "某地***"},
		{"address", maskAddress, "某某单位宿舍一楼东侧", "某某单位宿***"},
		{"address", maskAddress, "家", "***"},
		{"address", maskAddress, "", ""},
	} {
		if got := c.mask(c.in); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func maskID(s string) string { return Person{IDNumber: s}.Mask().IDNumber }

// FuzzPerson: whatever is typed, nothing panics, the normal form is stable and
// a mask shows no long field whole.
func FuzzPerson(f *testing.F) {
	f.Add("13800001234")
	f.Add("+86")
	f.Add("lin@example.com")
	f.Add("福州市鼓楼区五四路88号")
	f.Add("11010519491231002X")
	f.Fuzz(func(t *testing.T, s string) {
		p := Person{Individual, s, s, s, s, s, s, s}
		n := p.Normal()
		if diff := cmp.Diff(n, n.Normal()); diff != "" {
			t.Error(diff)
		}
		if err := p.Validate(); err != nil && !errs.Is(err, errs.Invalid) {
			t.Error(err)
		}
		m := n.Mask()
		for _, v := range []string{m.Name, m.Phone, m.IDNumber, m.CreditCode, m.Address} {
			if len(n.Name) > 3 && v == n.Name && !strings.Contains(v, "*") {
				t.Errorf("%q is shown whole", v)
			}
		}
	})
}

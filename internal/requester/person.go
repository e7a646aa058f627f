package requester

import (
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	"huiyin/internal/errs"
)

// Kind says what sort of requester it is.
type Kind string

// The kinds of requester.
const (
	Individual   Kind = "individual"
	Enterprise   Kind = "enterprise"
	Organisation Kind = "organisation"
	Anonymous    Kind = "anonymous"
)

// Field names one stored detail of a person; the values are those of the API.
type Field string

// The fields, in the order of their columns.
const (
	Name       Field = "name"
	Phone      Field = "phone"
	Email      Field = "email"
	IDNumber   Field = "id_number"
	Address    Field = "address"
	Company    Field = "company"
	CreditCode Field = "credit_code"
)

const fieldCount = 7

// fields is the order in which the columns are written and read.
func fields() [fieldCount]Field {
	return [...]Field{Name, Phone, Email, IDNumber, Address, Company, CreditCode}
}

// Person is what a requester says about themselves; a field that was not given
// is empty. For an enterprise or organisation, Name is the contact.
type Person struct {
	Kind       Kind
	Name       string
	Phone      string
	Email      string
	IDNumber   string // resident identity number (GB 11643), or another document's
	Address    string
	Company    string
	CreditCode string // unified social credit code (GB 32100)
}

// field points to the named field, or is nil.
func (p *Person) field(f Field) *string {
	switch f {
	case Name:
		return &p.Name
	case Phone:
		return &p.Phone
	case Email:
		return &p.Email
	case IDNumber:
		return &p.IDNumber
	case Address:
		return &p.Address
	case Company:
		return &p.Company
	case CreditCode:
		return &p.CreditCode
	default:
		return nil
	}
}

// Normal returns the person as it is stored: full-width signs made narrow,
// outer blanks cut, e-mail in lower case, identity and credit codes in upper case.
func (p Person) Normal() Person {
	for _, f := range fields() {
		v := p.field(f)
		*v = strings.TrimSpace(narrow(*v))
	}
	p.Email = strings.ToLower(p.Email)
	p.IDNumber = strings.ToUpper(strings.ReplaceAll(p.IDNumber, " ", ""))
	p.CreditCode = strings.ToUpper(strings.ReplaceAll(p.CreditCode, " ", ""))
	return p
}

// Validate checks what a requester has entered, after Normal: what the kind
// needs and the form of what was given. The error is Invalid with one entry
// for each wrong field.
func (p Person) Validate() error {
	p = p.Normal()
	var wrong []errs.Field
	add := func(f Field, message string) {
		wrong = append(wrong, errs.Field{Name: "requester." + string(f), Message: message})
	}
	wrong = append(wrong, p.malformed()...)
	switch p.Kind {
	case Individual:
		if p.Name == "" {
			add(Name, "请填写姓名")
		}
	case Enterprise, Organisation:
		if p.Company == "" {
			add(Company, "请填写单位名称")
		}
	}
	if p.Kind == Anonymous { // nothing of it is stored, and nobody shall believe that it was
		for _, f := range fields() {
			if *p.field(f) != "" {
				add(f, "匿名诉求不登记个人信息；如需联系请选择实名")
			}
		}
		return invalid(wrong)
	}
	if p.Phone == "" && p.Email == "" {
		add(Phone, "请至少填写联系电话或电子邮箱中的一项")
	}
	if p.Phone != "" && !validPhone(p.Phone) {
		add(Phone, "联系电话格式不正确，请填写手机号码或带区号的固定电话")
	}
	if p.Email != "" && !validEmail(p.Email) {
		add(Email, "电子邮箱格式不正确")
	}
	if p.IDNumber != "" && !validID(p.IDNumber) {
		add(IDNumber, "证件号码不正确，请核对")
	}
	if p.CreditCode != "" && !validCredit(p.CreditCode) {
		add(CreditCode, "统一社会信用代码不正确，请核对")
	}
	return invalid(wrong)
}

// malformed finds what may not be stored whoever says it: unknown kinds,
// over-long fields, bytes that are not text.
func (p Person) malformed() []errs.Field {
	var wrong []errs.Field
	switch p.Kind {
	case Individual, Enterprise, Organisation, Anonymous:
	default:
		wrong = append(wrong, errs.Field{Name: "requester.kind", Message: "诉求人类型不正确"})
	}
	for _, f := range fields() {
		v := *p.field(f)
		name := "requester." + string(f)
		switch {
		case strings.ContainsFunc(v, forbidden):
			wrong = append(wrong, errs.Field{Name: name, Message: "含有无法识别的字符"})
		case utf8.RuneCountInString(v) > maxLength(f):
			wrong = append(wrong, errs.Field{Name: name, Message: "内容过长"})
		}
	}
	return wrong
}

// forbidden covers control characters, the invisible ones that turn the
// direction of writing around, and what stands for bytes that were no text.
func forbidden(r rune) bool {
	return unicode.IsControl(r) || r == utf8.RuneError || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// maxLength is in characters. They bound storage, not what is legal; 254 is
// the longest address of RFC 5321.
func maxLength(f Field) int {
	switch f {
	case Name:
		return 60
	case Email:
		return 254
	case Address:
		return 200
	case Company:
		return 120
	default:
		return 40
	}
}

func invalid(wrong []errs.Field) error {
	if len(wrong) == 0 {
		return nil
	}
	return &errs.Error{Kind: errs.Invalid, Code: "invalid_requester", Message: wrong[0].Message, Fields: wrong}
}

// String hides the details from every printing verb that asks for a string.
func (p Person) String() string { return "requester.Person(" + string(p.Kind) + ", hidden)" }

// GoString hides the details from %#v.
func (p Person) GoString() string { return p.String() }

// LogValue hides the details from structured logs.
func (p Person) LogValue() slog.Value { return slog.StringValue(p.String()) }

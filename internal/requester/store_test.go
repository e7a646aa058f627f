package requester_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"huiyin/internal/crypt"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/requester"
)

// now is the instant of all tests.
func now() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }

func person() requester.Person {
	return requester.Person{
		Kind: requester.Individual, Name: "林一一", Phone: "138 0000 1234", Email: "Lin@example.com",
		IDNumber: "11010519491231002x", Address: "福州市鼓楼区五四路88号", Company: "某某有限公司", CreditCode: "91350100M000100Y43",
	}
}

func save(t *testing.T, d *db.DB, s *requester.Store, id int64, p requester.Person) int64 {
	t.Helper()
	var got int64
	err := d.Update(t.Context(), func(tx *db.Tx) (err error) {
		got, err = keep(t.Context(), s, tx, id, p)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// logbook is a Logger that keeps what it was told, or refuses.
type logbook struct {
	entries []requester.Disclosure
	err     error
}

func (l *logbook) LogReveal(_ context.Context, _ *db.Tx, d requester.Disclosure) error {
	l.entries = append(l.entries, d)
	return l.err
}

func TestSaveAndFind(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		s := requester.NewStore(crypt.Ephemeral())
		save(t, d, s, 7, person())
		save(t, d, s, 8, requester.Person{Kind: requester.Anonymous})

		got, err := s.Masked(t.Context(), d, 7, 8, 9)
		if err != nil {
			t.Fatal(err)
		}
		want := map[int64]requester.Masked{
			7: {
				ID: 7, Kind: requester.Individual, Name: "林*", Phone: "138****1234", Email: "l***@example.com",
				IDNumber: "1101**********002X", Address: "福州市鼓楼区五四路***", Company: "某某有限公司", CreditCode: "9135**********0Y43",
			},
			8: {ID: 8, Kind: requester.Anonymous},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if got, err := s.Masked(t.Context(), d); err != nil || len(got) != 0 {
			t.Errorf("no ids: %v, %v", got, err)
		}

		save(t, d, s, 9, requester.Person{Kind: requester.Individual, Name: "王五", Phone: "13800009999", Email: "lin@example.com"})
		for name, c := range map[string]struct {
			by   requester.Person
			want []int64
		}{
			"phone":           {requester.Person{Phone: "+86１３８-0000-1234"}, []int64{7}},
			"another phone":   {requester.Person{Phone: "13800001235"}, nil},
			"nothing":         {requester.Person{Name: "林一一"}, nil},
			"e-mail":          {requester.Person{Email: " LIN@EXAMPLE.COM "}, []int64{9, 7}},
			"id":              {requester.Person{IDNumber: "11010519491231002X"}, []int64{7}},
			"credit":          {requester.Person{CreditCode: "91350100m000100y43"}, []int64{7}},
			"phone as email":  {requester.Person{Email: "13800001234"}, nil},
			"phone or e-mail": {requester.Person{Phone: "13800001234", Email: "lin@example.com"}, []int64{9, 7}},
		} {
			got, err := s.Find(t.Context(), d, c.by)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	})
}

func TestSaveReuses(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		s := requester.NewStore(crypt.Ephemeral())
		save(t, d, s, 1, person())
		phone := requester.Person{Kind: requester.Individual, Name: "林一一", Phone: "13800001234"}
		mail := requester.Person{Kind: requester.Individual, Name: "林一一", Email: "x@example.com"}
		with := func(p requester.Person, change func(*requester.Person)) requester.Person {
			change(&p)
			return p
		}
		for i, c := range []struct {
			what string
			p    requester.Person
			want int64
		}{
			{"the same again", person(), 1},
			{"name and phone only", phone, 1},
			{"phone written otherwise", with(phone, func(p *requester.Person) { p.Phone = "+86 138-0000-1234" }), 1},
			{"another name", with(phone, func(p *requester.Person) { p.Name = "林二" }), 102},
			{"another phone", with(phone, func(p *requester.Person) { p.Phone = "13900001234" }), 103},
			{"another kind", with(phone, func(p *requester.Person) { p.Kind = requester.Anonymous }), 104},
			{"another address", with(phone, func(p *requester.Person) { p.Address = "别处" }), 105},
			{"that address again", with(phone, func(p *requester.Person) { p.Address = "别处" }), 105},
			{"e-mail, no phone", mail, 107},
			{"e-mail again", with(mail, func(p *requester.Person) { p.Email = "X@example.com" }), 107},
			{"anonymous", requester.Person{Kind: requester.Anonymous}, 109},
			{"anonymous again", requester.Person{Kind: requester.Anonymous}, 110},
			{"name only", requester.Person{Kind: requester.Individual, Name: "林一一"}, 111},
			{"name only again", requester.Person{Kind: requester.Individual, Name: "林一一"}, 112},
		} {
			if got := save(t, d, s, int64(99+i), c.p); got != c.want {
				t.Errorf("%s: row %d, want %d", c.what, got, c.want)
			}
		}
	})
}

func TestSaveRefuses(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		s := requester.NewStore(crypt.Ephemeral())
		for _, p := range []requester.Person{{}, {Kind: "robot"}, {Kind: requester.Individual, Name: "林\x00"}, {Kind: requester.Individual, Name: "\xff"}} {
			err := d.Update(t.Context(), func(tx *db.Tx) error {
				_, err := keep(t.Context(), s, tx, 1, p)
				return err
			})
			if !errs.Is(err, errs.Invalid) {
				t.Errorf("%v: %v", p, err)
			}
		}
	})
}

func TestReveal(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		s := requester.NewStore(crypt.Ephemeral())
		save(t, d, s, 1, person())
		save(t, d, s, 2, requester.Person{Kind: requester.Anonymous})

		want := map[requester.Field]string{
			requester.Name: "林一一", requester.Phone: "138 0000 1234", requester.Email: "lin@example.com",
			requester.IDNumber: "11010519491231002X", requester.Address: "福州市鼓楼区五四路88号",
			requester.Company: "某某有限公司", requester.CreditCode: "91350100M000100Y43",
		}
		for f, v := range want {
			var log logbook
			asked := requester.Disclosure{Requester: 1, Field: f, Purpose: "回访"}
			got, err := s.Reveal(t.Context(), d, &log, asked)
			if err != nil || got != v {
				t.Errorf("%s: %q, %v", f, got, err)
			}
			if diff := cmp.Diff([]requester.Disclosure{asked}, log.entries); diff != "" {
				t.Errorf("%s: %s", f, diff)
			}
		}
		if got, err := s.Reveal(t.Context(), d, &logbook{}, requester.Disclosure{Requester: 2, Field: requester.Phone, Purpose: "回访"}); err != nil || got != "" {
			t.Errorf("a field never given: %q, %v", got, err)
		}

		full := errors.New("the log is full")
		for name, c := range map[string]struct {
			log  logbook
			what requester.Disclosure
			want func(error) bool
		}{
			"log fails":     {logbook{err: full}, requester.Disclosure{Requester: 1, Field: requester.Phone, Purpose: "回访"}, func(err error) bool { return errors.Is(err, full) }},
			"no purpose":    {logbook{}, requester.Disclosure{Requester: 1, Field: requester.Phone, Purpose: "  "}, invalid},
			"no such field": {logbook{}, requester.Disclosure{Requester: 1, Field: "key_wrapped", Purpose: "回访"}, invalid},
			"nobody":        {logbook{}, requester.Disclosure{Requester: 99, Field: requester.Phone, Purpose: "回访"}, notFound},
		} {
			if got, err := s.Reveal(t.Context(), d, &c.log, c.what); got != "" || !c.want(err) {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
	})
}

func invalid(err error) bool  { return errs.Is(err, errs.Invalid) }
func notFound(err error) bool { return errs.Is(err, errs.NotFound) }

// TestRowsAreBound moves sealed values about, as somebody with the database but
// without the keys could.
func TestRowsAreBound(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		s := requester.NewStore(crypt.Ephemeral())
		other := person()
		other.Phone = "13900005678"
		for _, change := range []string{
			`UPDATE requester SET name = address WHERE id = $1`,
			`UPDATE requester SET (key_wrapped, name, phone, email, id_number, address, company, credit_code) =
				(SELECT key_wrapped, name, phone, email, id_number, address, company, credit_code FROM requester WHERE id = 2) WHERE id = $1`,
		} {
			if err := d.Update(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `DELETE FROM requester`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			save(t, d, s, 1, person())
			save(t, d, s, 2, other)
			if err := d.Update(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), change, 1)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Masked(t.Context(), d, 1); errs.CodeOf(err) != "cipher_damaged" {
				t.Errorf("after %s: %v, %v", change, got, err)
			}
		}
	})
}

func TestNothingPrintsPeople(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, person()); got != "requester.Person(individual, hidden)" {
			t.Errorf("%s: %s", verb, got)
		}
	}
}

// BenchmarkSave is a whole save of a new person, durable, by 64 callers at once.
func BenchmarkSave(b *testing.B) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			d := dbtest.Open(b, engine)
			s := requester.NewStore(crypt.Ephemeral())
			var last atomic.Int64
			b.SetParallelism(64 / runtime.GOMAXPROCS(0))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					id := last.Add(1)
					p := requester.Person{Kind: requester.Individual, Name: "林一一", Phone: fmt.Sprintf("138%08d", id), Address: "福州市鼓楼区五四路88号"}
					err := d.Update(b.Context(), func(tx *db.Tx) error {
						_, err := keep(b.Context(), s, tx, id, p)
						return err
					})
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// keep stores a person as a submission does: a known row is used as it is.
func keep(ctx context.Context, s *requester.Store, tx *db.Tx, id int64, p requester.Person) (int64, error) {
	if known, err := s.Known(ctx, tx, p); err != nil || known != 0 {
		return known, err
	}
	sealed, err := s.Seal(id, p)
	if err != nil {
		return 0, err
	}
	return id, s.Insert(ctx, tx, sealed, now())
}

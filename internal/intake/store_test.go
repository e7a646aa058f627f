package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/crypt"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/demo"
	"huiyin/internal/org"
	"huiyin/internal/search"
	"huiyin/internal/ticket"
)

// shop is a store with a city and the use cases on it.
type shop struct {
	*casework.Service
	db  *db.DB
	dir *org.Directory
}

func openShop(t testing.TB, d *db.DB, fill func(context.Context, *db.DB) error) *shop {
	t.Helper()
	if err := fill(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	live, err := org.NewLive(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	service := casework.New(casework.Config{
		DB: d, City: live, Keys: crypt.Ephemeral(), Index: search.New(d.Engine()), Clock: func() time.Time { return now },
	})
	return &shop{Service: service, db: d, dir: live.Current()}
}

func small(ctx context.Context, d *db.DB) error {
	return d.Update(ctx, func(tx *db.Tx) error { return insertCity(ctx, tx) })
}

func large(ctx context.Context, d *db.DB) error { return demo.Fill(ctx, d, demo.Options{}) }

func (s *shop) count(t *testing.T, query string) (n int) {
	t.Helper()
	if err := s.db.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// longList is a file with a hundred good rows and two bad ones.
func longList(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("留言编号,留言主题,留言时间,留言详情,联系电话\n")
	for i := range 100 {
		fmt.Fprintf(&b, "%d,第%d件事,2019/4/%d 8:37:20,请尽快处理第%d件,13800138%03d\n", i, i, i%28+1, i, i)
	}
	b.WriteString("100,=没有内容,2019/4/1,,\n101,时间不对,明天,内容,\n")
	return file(t, "list.csv", []byte(b.String()))
}

func (s *shop) load(ctx context.Context, t *testing.T, path string, refusals *bytes.Buffer, report func(Progress)) (Progress, error) {
	t.Helper()
	tab := table(t, path)
	c := ImportConfig{
		Options: Options{Mapping: Guess(tab.Header), City: s.dir, Now: now}, Service: s.Service,
		Actor: ticket.ThePlatform(), Progress: report,
	}
	if refusals != nil {
		c.Refusals = refusals
	}
	return Import(ctx, tab, c)
}

const countTickets = `SELECT COUNT(*) FROM ticket`

func TestImportTwiceMakesEachTicketOnce(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		s := openShop(t, d, small)
		path := longList(t)
		for range 2 {
			var refused bytes.Buffer
			p, err := s.load(t.Context(), t, path, &refused, nil)
			if err != nil {
				t.Fatal(err)
			}
			if p.Done != 102 || p.Refused != 2 {
				t.Errorf("%+v", p)
			}
			if n := s.count(t, countTickets); n != 100 {
				t.Errorf("%d tickets", n)
			}
			// The process that serves forgets old keys in between.
			if err := s.ForgetKeys(t.Context()); err != nil {
				t.Fatal(err)
			}
			if lines := strings.Count(refused.String(), "\n"); lines != 3 || !strings.Contains(refused.String(), "'=没有内容") {
				t.Errorf("refusals:\n%s", refused.String())
			}
		}
		if n := s.count(t, `SELECT COUNT(*) FROM ticket WHERE number LIKE '190401%'`); n != 4 {
			t.Errorf("%d tickets on the day of their rows", n)
		}
	})
}

func TestImportGoesOnAfterAnInterruption(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		s := openShop(t, d, small)
		path := longList(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := s.load(ctx, t, path, nil, func(p Progress) {
			if p.Done == 30 {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
		if n := s.count(t, countTickets); n == 0 || n >= 100 {
			t.Fatalf("%d tickets after the interruption", n)
		}
		if _, err := s.load(t.Context(), t, path, nil, nil); err != nil {
			t.Fatal(err)
		}
		if n := s.count(t, countTickets); n != 100 {
			t.Errorf("%d tickets", n)
		}
	})
}

func TestImportStopsWhenTheStoreFails(t *testing.T) {
	t.Parallel()
	s := openShop(t, dbtest.Open(t, db.SQLite), small)
	if err := s.db.Update(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `DROP TABLE content`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if p, err := s.load(t.Context(), t, longList(t), nil, nil); err == nil {
		t.Fatalf("no error: %+v", p)
	}
}

func cases(n int) []Case {
	var list []Case
	for i := range n {
		at := time.Date(2018, 3, 5, 9, 30, 0, 0, now.Location()).Add(time.Duration(i) * 31 * time.Hour)
		c := sample(fmt.Sprint(i), at, at.Add(time.Duration(30+i*17%600)*time.Hour))
		c.Matter.Title = fmt.Sprintf("B%d区噪音 %d", i%5, i)
		list = append(list, c)
	}
	return list
}

func (s *shop) replay(ctx context.Context, list []Case, report func(Progress)) (ReplayResult, error) {
	return Replay(ctx, list, ReplayConfig{Service: s.Service, City: s.dir, Seed: 1, Now: now, Progress: report})
}

func TestReplayTwice(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		s := openShop(t, d, small)
		first, err := s.replay(t.Context(), cases(60), nil)
		if err != nil || len(first.Problems) > 0 || first.Acts < 300 {
			t.Fatalf("%+v, %v", first, err)
		}
		records := s.count(t, `SELECT COUNT(*) FROM record`)
		again, err := s.replay(t.Context(), cases(60), nil)
		if err != nil || again.Skipped != 60 || again.Acts != 0 {
			t.Fatalf("%+v, %v", again, err)
		}
		if n := s.count(t, `SELECT COUNT(*) FROM record`); n != records {
			t.Errorf("%d records after the second run, %d before", n, records)
		}
		if n := s.count(t, `SELECT COUNT(*) FROM ticket WHERE state = 'archived'`); n != 60 {
			t.Errorf("%d archived", n)
		}
	})
}

// A replay that was broken off in the middle of many tickets ends with the
// same tickets as one that was not.
func TestReplayGoesOnAfterAnInterruption(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		s := openShop(t, d, small)
		var done atomic.Int64
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := s.replay(ctx, cases(60), func(Progress) {
			if done.Add(1) == 10 {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
		if n := s.count(t, `SELECT COUNT(*) FROM ticket WHERE is_open = 1`); n == 0 {
			t.Fatal("nothing was broken off")
		}
		result, err := s.replay(t.Context(), cases(60), nil)
		if err != nil || len(result.Problems) > 0 {
			t.Fatalf("%+v, %v", result, err)
		}
		if n := s.count(t, `SELECT COUNT(*) FROM ticket WHERE state = 'archived'`); n != 60 {
			t.Errorf("%d archived", n)
		}
		whole := openShop(t, dbtest.Open(t, db.SQLite), small)
		if _, err := whole.replay(t.Context(), cases(60), nil); err != nil {
			t.Fatal(err)
		}
		const records = `SELECT COUNT(*) FROM record`
		if got, want := s.count(t, records), whole.count(t, records); got != want {
			t.Errorf("%d records, %d without the interruption", got, want)
		}
	})
}

// The demo opens with a ticket in every open state.
func TestDemoStandsAtEveryStage(t *testing.T) {
	t.Parallel()
	s := openShop(t, dbtest.Open(t, db.SQLite), large)
	messages, err := demo.Messages()
	if err != nil {
		t.Fatal(err)
	}
	list := DemoCases(messages, s.dir, now)
	result, err := s.replay(t.Context(), list, nil)
	if err != nil || len(result.Problems) > 0 {
		t.Fatalf("%+v, %v", result, err)
	}
	for _, state := range ticket.States[:10] {
		if n := s.count(t, `SELECT COUNT(*) FROM ticket WHERE state = '`+string(state)+`'`); n == 0 {
			t.Errorf("nothing is %s", state)
		}
	}
	if n := s.count(t, `SELECT COUNT(*) FROM ticket WHERE state = 'closed'`); n < 5 {
		t.Errorf("%d closed", n)
	}
	if n := s.count(t, `SELECT COUNT(*) FROM clock WHERE breached = 1 AND stopped_at IS NULL`); n == 0 {
		t.Error("nothing is late")
	}
}

// All real messages go through the loop in the demo city.
func TestRealMessagesReplay(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a while")
	}
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		s := openShop(t, d, large)
		list := realCases(t, s.dir)
		start := time.Now()
		result, err := s.replay(t.Context(), list, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range result.Problems {
			t.Error(p)
		}
		took := time.Since(start)
		t.Logf("%d cases, %d acts, %d records in %s", result.Done, result.Acts, s.count(t, `SELECT COUNT(*) FROM record`), took.Round(time.Millisecond))
		if n := s.count(t, countTickets); n != 2816 {
			t.Errorf("%d tickets", n)
		}
		if _, err := casework.Verify(t.Context(), d, nil); err != nil {
			t.Error(err)
		}
		for name, query := range map[string]string{
			"lead units":  `SELECT COUNT(DISTINCT lead_unit) FROM ticket`,
			"categories":  `SELECT COUNT(DISTINCT category) FROM ticket`,
			"no topic":    `SELECT COUNT(*) FROM ticket WHERE category = '140702'`,
			"late":        `SELECT COUNT(DISTINCT ticket) FROM clock WHERE step = 'handle' AND breached = 1`,
			"published":   `SELECT COUNT(*) FROM ticket WHERE published = 1`,
			"two levels":  `SELECT COUNT(DISTINCT ticket) FROM assignment WHERE parent > 0`,
			"returned":    `SELECT COUNT(DISTINCT ticket) FROM assignment WHERE state = 'returned'`,
			"redone":      `SELECT COUNT(DISTINCT ticket) FROM clock WHERE step = 'redo'`,
			"supervised":  `SELECT COUNT(DISTINCT ticket) FROM clock WHERE step = 'supervise'`,
			"reviewed":    `SELECT COUNT(DISTINCT ticket) FROM clock WHERE step = 'review'`,
			"direct":      `SELECT COUNT(*) FROM ticket WHERE lead_unit = 0 OR lead_unit IS NULL`,
			"inquiries":   `SELECT COUNT(*) FROM ticket WHERE kind = 'inquiry'`,
			"help":        `SELECT COUNT(*) FROM ticket WHERE kind = 'help'`,
			"complaints":  `SELECT COUNT(*) FROM ticket WHERE kind = 'complaint'`,
			"suggestions": `SELECT COUNT(*) FROM ticket WHERE kind = 'suggestion'`,
		} {
			t.Logf("%s: %d", name, s.count(t, query))
		}
	})
}

package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"huiyin/internal/api"
	"huiyin/internal/meter"
	"huiyin/internal/ticket"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestIdempotency(t *testing.T) {
	t.Parallel()
	w := small(t)
	key := map[string]string{"Idempotency-Key": "k-1"}
	post := func(path, token string, body any, header map[string]string) reply {
		return w.ask(t, call{method: "POST", path: path, token: token, body: body, header: header})
	}
	for _, road := range []struct{ path, token string }{{"/tickets", tokenOf(center)}, {"/public/tickets", ""}} {
		first := post(road.path, road.token, matter("路灯不亮"), key).want(t, http.StatusCreated)
		if again := post(road.path, road.token, matter("路灯不亮"), key).want(t, http.StatusCreated); again.String() != first.String() {
			t.Errorf("%s: a retry gets %s, want %s", road.path, again, first)
		}
		post(road.path, road.token, matter("井盖缺失"), key).refused(t, http.StatusConflict, "idempotency_key")
		if fresh := post(road.path, road.token, matter("路灯不亮"), nil).want(t, http.StatusCreated); fresh.String() == first.String() {
			t.Errorf("%s: without a key the same ticket", road.path)
		}
	}
	r, other := w.submit(t, matter("路灯不亮")), w.submit(t, matter("路灯不亮"))
	urge := func(number string, body any) reply {
		return post("/tickets/"+number+"/urge", tokenOf(center), body, map[string]string{"Idempotency-Key": "k-2"})
	}
	first := urge(r.Number, M{"note": "请快"}).want(t, http.StatusOK)
	if again := urge(r.Number, M{"note": "请快"}).want(t, http.StatusOK); again.String() != first.String() {
		t.Errorf("a retry gets %s, want %s", again, first)
	}
	urge(r.Number, M{"note": "请更快"}).refused(t, http.StatusConflict, "idempotency_key")
	urge(other.Number, M{"note": "请快"}).refused(t, http.StatusConflict, "idempotency_key")
	w.ask(t, call{method: "POST", path: "/tickets", token: tokenOf(center), body: matter("路灯"), header: map[string]string{"Idempotency-Key": strings.Repeat("k", 201)}}).
		want(t, http.StatusUnprocessableEntity)
}

func TestVersions(t *testing.T) {
	t.Parallel()
	w := small(t)
	r := w.submit(t, matter("路灯不亮"))
	seen := w.ask(t, call{method: "GET", path: "/tickets/" + r.Number, token: tokenOf(center)}).header.Get("ETag")
	urge := func(version string) reply {
		return w.ask(t, call{method: "POST", path: "/tickets/" + r.Number + "/urge", token: tokenOf(center), body: M{}, header: map[string]string{"If-Match": version}})
	}
	next := urge(seen).want(t, http.StatusOK).header.Get("ETag")
	urge(seen).refused(t, http.StatusConflict, "stale_version")
	urge("W/"+next).want(t, http.StatusOK)
	for _, bad := range []string{"abc", `"0"`, `"-1"`, `"1.5"`, `"99999999999999999999"`, `"1", "2"`} {
		urge(bad).refused(t, http.StatusUnprocessableEntity, "invalid_field")
	}
	urge("*").want(t, http.StatusOK)
	urge(`"99"`).refused(t, http.StatusConflict, "stale_version")
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	w := small(t, func(c *api.Config) { c.Meter = meter.NewPublic(5, c.Clock) })
	codes := func(from string) reply { return w.ask(t, call{method: "GET", path: "/areas", from: from}) }
	for range 5 {
		codes("192.0.2.1:1000").want(t, http.StatusOK)
	}
	codes("192.0.2.1:2000").refused(t, http.StatusTooManyRequests, "too_often")
	codes("192.0.2.2:1000").want(t, http.StatusOK)
	w.ask(t, call{method: "GET", path: "/me", token: tokenOf(center), from: "192.0.2.1:1000"}).want(t, http.StatusOK)
	w.wait(time.Minute)
	codes("192.0.2.1:1000").want(t, http.StatusOK)
}

// A query code cannot be found by trying: neither at one number nor at many,
// neither from one address nor from many; and who tries from one address does
// not lock the owner out.
func TestGuessing(t *testing.T) {
	t.Parallel()
	w := small(t, func(c *api.Config) { c.Meter = meter.NewPublic(1000, c.Clock) })
	track := func(from int, number, code string) reply {
		return w.ask(t, call{method: "GET", path: "/public/tickets/" + number + "/track", code: code, from: fmt.Sprintf("192.0.2.%d:1", from)})
	}
	// guesses returns how many of n tries were looked at.
	guesses := func(n int, try func(i int) reply) (looked int) {
		for i := range n {
			switch a := try(i); a.status {
			case http.StatusNotFound:
				looked++
			default:
				a.refused(t, http.StatusTooManyRequests, "too_many_guesses")
				if a.header.Get("Retry-After") != "600" {
					t.Errorf("refused without saying until when: %v", a.header)
				}
			}
		}
		return looked
	}
	r := w.submit(t, matter("路灯不亮"))
	if n := guesses(30, func(int) reply { return track(1, r.Number, wrongCode(r.Code)) }); n != 10 {
		t.Errorf("at one number from one address %d guesses", n)
	}
	track(1, r.Number, r.Code).refused(t, http.StatusTooManyRequests, "too_many_guesses")
	track(2, r.Number, r.Code).want(t, http.StatusOK)
	if n := guesses(100, func(i int) reply { return track(3, fmt.Sprintf("2611220%05d", i), "123456") }); n != 60 {
		t.Errorf("at many numbers from one address %d guesses", n)
	}
	if n := guesses(240, func(i int) reply { return track(4+i, r.Number, wrongCode(r.Code)) }); n != 190 {
		t.Errorf("at one number from many addresses %d guesses after 10", n)
	}
	w.wait(time.Hour)
	for range 250 { // somebody who knows the code may look as often as they like
		track(1, r.Number, r.Code).want(t, http.StatusOK)
	}
}

// Two people who hit upon the same short key are not in each other's way, and
// do not see each other's ticket; a long one counts wherever it comes from.
func TestPublicKeys(t *testing.T) {
	t.Parallel()
	w := small(t)
	submit := func(from, key string) reply {
		return w.ask(t, call{method: "POST", path: "/public/tickets", header: map[string]string{"Idempotency-Key": key}, from: from + ":1", body: M{"kind": "help", "title": "路灯不亮", "body": "路灯不亮"}})
	}
	numberOf := func(a reply) string {
		a.want(t, http.StatusCreated)
		var r struct{ Number string }
		a.into(t, &r)
		return r.Number
	}
	first := numberOf(submit("192.0.2.1", "1"))
	if numberOf(submit("192.0.2.2", "1")) == first {
		t.Error("two people share a ticket")
	}
	if numberOf(submit("192.0.2.1", "1")) != first {
		t.Error("a retry makes another ticket")
	}
	const long = "0b7c1a52-6d0e-4b6a-9d3a"
	if numberOf(submit("192.0.2.1", long)) != numberOf(submit("192.0.2.2", long)) {
		t.Error("a retry from another address makes another ticket")
	}
}

func TestReveal(t *testing.T) {
	t.Parallel()
	w := small(t)
	r := w.submit(t, matter("路灯不亮"))
	reveal := func(token, field, purpose string) reply {
		return w.ask(t, call{method: "POST", path: "/tickets/" + r.Number + "/reveal", token: token, body: M{"field": field, "purpose": purpose}})
	}
	logged := func() (details []string) {
		rows, err := w.db.Query(t.Context(), `SELECT account, detail FROM access WHERE act = 'reveal' ORDER BY id`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var account int64
			var detail string
			if err := rows.Scan(&account, &detail); err != nil {
				t.Fatal(err)
			}
			details = append(details, fmt.Sprint(account, " ", detail))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return details
	}
	var shown struct{ Field, Value string }
	reveal(tokenOf(center), "phone", "联系诉求人").want(t, http.StatusOK).into(t, &shown)
	if shown.Value != "13800001234" {
		t.Errorf("revealed %+v", shown)
	}
	want := []string{fmt.Sprint(w.accounts[tokenOf(center)].Account, " phone: 联系诉求人")}
	if got := logged(); !slices.Equal(got, want) {
		t.Errorf("logged %q, want %q", got, want)
	}
	reveal(tokenOf(center), "phone", "").want(t, http.StatusUnprocessableEntity)
	reveal(tokenOf(center), "phone", "  ").want(t, http.StatusUnprocessableEntity)
	reveal(tokenOf(center), "salary", "联系").want(t, http.StatusUnprocessableEntity)
	reveal(tokenOf(deptA), "phone", "联系").refused(t, http.StatusNotFound, "ticket_not_found")
	reveal(tokenFor(ticket.Analyst, center), "phone", "联系").refused(t, http.StatusForbidden, "role")
	if got := logged(); len(got) != 1 {
		t.Errorf("a refused reveal was logged: %q", got)
	}
	if v := w.ask(t, call{method: "GET", path: "/tickets/" + r.Number, token: tokenOf(center)}); strings.Contains(string(v.body), "13800001234") || strings.Contains(string(v.body), "欧阳小明") {
		t.Error("the page shows the requester in clear")
	}
}

// Nobody learns of tickets by their numbers, and the public sees no words
// that a reviewer did not publish.
func TestEnumeration(t *testing.T) {
	t.Parallel()
	w := small(t)
	foreign := w.submit(t, matter("路灯不亮"))
	secret := matter("举报干部吃拿卡要")
	secret["confidential"] = true
	hidden := w.submit(t, secret)
	w.do(t, center, foreign.Number, "accept", nil)
	w.do(t, center, foreign.Number, "dispatch", M{"lead": deptB})
	unknown := "9" + foreign.Number[1:]
	for _, path := range []string{"/tickets/%s", "/tickets/%s/clocks/1", "/tickets/%s/files/" + strings.Repeat("ab", 32)} {
		a := w.ask(t, call{method: "GET", path: fmt.Sprintf(path, foreign.Number), token: tokenOf(deptA)})
		b := w.ask(t, call{method: "GET", path: fmt.Sprintf(path, unknown), token: tokenOf(deptA)})
		if a.status != http.StatusNotFound || a.String() != b.String() {
			t.Errorf("%s: another's ticket gives %s, none at all %s", path, a, b)
		}
	}
	page := w.ask(t, call{method: "GET", path: "/public/tickets/" + foreign.Number}).want(t, http.StatusOK)
	for _, words := range []string{"路灯不亮", "欧阳", "138"} {
		if strings.Contains(string(page.body), words) {
			t.Errorf("the public page has %q: %s", words, page)
		}
	}
	a := w.ask(t, call{method: "GET", path: "/public/tickets/" + hidden.Number})
	b := w.ask(t, call{method: "GET", path: "/public/tickets/" + unknown})
	if a.status != http.StatusNotFound || a.String() != b.String() {
		t.Errorf("a confidential ticket gives %s, none at all %s", a, b)
	}
	w.ask(t, call{method: "GET", path: "/public/tickets/" + foreign.Number + "/track", code: hidden.Code}).refused(t, http.StatusNotFound, "wrong_code")
	// A merge is no way to find out whether a number is there.
	own := w.submit(t, matter("井盖"))
	dispatcher := tokenFor(ticket.Dispatcher, deptA)
	w.do(t, center, own.Number, "accept", nil)
	w.do(t, center, own.Number, "dispatch", M{"lead": deptA})
	merge := func(master string) reply {
		return w.ask(t, call{method: "POST", path: "/tickets/" + own.Number + "/merge", token: dispatcher, body: M{"master": master}})
	}
	if a, b := merge(foreign.Number), merge(unknown); a.String() != b.String() {
		t.Errorf("a merge tells %s from %s", a, b)
	}
}

// A key of one ticket's requester opens nothing of another's.
func TestKeysAreApart(t *testing.T) {
	t.Parallel()
	w := small(t)
	one, two := w.submit(t, matter("路灯不亮")), w.submit(t, matter("井盖缺失"))
	urge := func(r taken) reply {
		return w.ask(t, call{
			method: "POST", path: "/public/tickets/" + r.Number + "/urge", code: r.Code, body: M{}, header: map[string]string{"Idempotency-Key": "1"},
		})
	}
	for _, r := range []taken{one, two, one} {
		var s state
		if urge(r).want(t, http.StatusOK).into(t, &s); s.Number != r.Number || s.Version != 2 {
			t.Errorf("%s: %+v", r.Number, s)
		}
	}
}

// Of many who act on one ticket at once, one is carried out and the others
// are told why not.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	w := small(t)
	r := w.submit(t, matter("路灯不亮"))
	replies := make([]reply, 12)
	var group sync.WaitGroup
	for i := range replies {
		group.Go(func() {
			replies[i] = w.ask(t, call{method: "POST", path: "/tickets/" + r.Number + "/accept", token: tokenOf(center), body: M{}, header: map[string]string{"If-Match": `"1"`}})
		})
	}
	group.Wait()
	done := 0
	for _, a := range replies {
		if a.status == http.StatusOK {
			done++
		} else {
			a.refused(t, http.StatusConflict, "stale_version")
		}
	}
	if done != 1 {
		t.Errorf("%d of %d were carried out", done, len(replies))
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	w := small(t)
	me := func(authorization string) reply {
		return w.ask(t, call{method: "GET", path: "/me", header: map[string]string{"Authorization": authorization}})
	}
	for _, good := range []string{"Bearer ", "bearer ", "BEARER  "} {
		me(good+tokenOf(center)).want(t, http.StatusOK)
	}
	for _, bad := range []string{"", "Bearer", "Bearer ", tokenOf(center), "Basic " + tokenOf(center), "Bearer x" + tokenOf(center), "Bearer \xb7\x00"} {
		a := me(bad).want(t, http.StatusUnauthorized)
		if a.kindly(t); a.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%q: %v", bad, a.header)
		}
	}
}

package draft_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/crypt"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/draft"
	"huiyin/internal/errs"
)

// desk is a store of drafts with a clock that the test moves.
type desk struct {
	*draft.Store
	now time.Time
}

func setup(d *db.DB) *desk {
	k := &desk{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	k.Store = draft.NewStore(d, crypt.Ephemeral(), func() time.Time { return k.now })
	return k
}

func (k *desk) put(t *testing.T, account int64, key string, form map[string][]string) {
	t.Helper()
	if err := k.Put(t.Context(), account, key, form); err != nil {
		t.Fatal(err)
	}
}

func (k *desk) keys(t *testing.T, account int64) []string {
	t.Helper()
	list, err := k.List(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, d := range list {
		keys = append(keys, d.Key)
	}
	return keys
}

// TestDraft: what was typed comes back to who typed it, and to nobody else.
func TestDraft(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		k := setup(d)
		form := map[string][]string{"title": {"路灯不亮"}, "phone": {"13800001234", ""}, "none": nil}
		k.put(t, 1, "new", map[string][]string{"title": {"路"}})
		k.put(t, 1, "new", form)
		k.now = k.now.Add(time.Minute)
		k.put(t, 1, "reply/260302000001", form)
		got, err := k.Get(t.Context(), 1, "new")
		if diff := cmp.Diff(form, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
		if diff := cmp.Diff([]string{"reply/260302000001", "new"}, k.keys(t, 1)); diff != "" {
			t.Error(diff)
		}
		if _, err := k.Get(t.Context(), 2, "new"); !errs.Is(err, errs.NotFound) {
			t.Errorf("another account: %v", err)
		}
		if err := k.Drop(t.Context(), 2, "new"); err != nil {
			t.Error(err)
		}
		if err := k.Drop(t.Context(), 1, "reply/260302000001"); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"new"}, k.keys(t, 1)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestSealed: the store holds nothing of a form in clear, and a form that was
// moved to another account does not open there.
func TestSealed(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		k := setup(d)
		k.put(t, 1, "new", map[string][]string{"phone": {"13800001234"}})
		var form []byte
		if err := d.QueryRow(t.Context(), `SELECT form FROM draft`).Scan(&form); err != nil || bytes.Contains(form, []byte("phone")) || bytes.Contains(form, []byte("1380")) {
			t.Errorf("%q, %v", form, err)
		}
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE draft SET account = 2`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Get(t.Context(), 2, "new"); errs.CodeOf(err) != "cipher_damaged" {
			t.Errorf("moved: %v", err)
		}
	})
}

// TestForget: a draft is kept for a week after it was saved last.
func TestForget(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		k := setup(d)
		k.put(t, 1, "old", nil)
		k.now = k.now.Add(draft.Live)
		k.put(t, 1, "new", nil)
		if diff := cmp.Diff([]string{"new", "old"}, k.keys(t, 1)); diff != "" {
			t.Error(diff)
		}
		k.now = k.now.Add(time.Millisecond)
		if diff := cmp.Diff([]string{"new"}, k.keys(t, 1)); diff != "" {
			t.Error(diff)
		}
		if _, err := k.Get(t.Context(), 1, "old"); !errs.Is(err, errs.NotFound) {
			t.Errorf("old: %v", err)
		}
		if err := k.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		var n int64
		if err := d.QueryRow(t.Context(), `SELECT COUNT(*) FROM draft`).Scan(&n); err != nil || n != 1 {
			t.Errorf("%d left, %v", n, err)
		}
	})
}

// TestBounds: of too many the oldest give way; what is too big or has no key
// is refused.
func TestBounds(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		k := setup(d)
		k.put(t, 2, "theirs", nil)
		for i := range draft.MaxDrafts + 3 {
			k.now = k.now.Add(time.Second)
			k.put(t, 1, fmt.Sprint("form ", i), nil)
		}
		keys := k.keys(t, 1)
		if len(keys) != draft.MaxDrafts || keys[0] != "form 52" || keys[len(keys)-1] != "form 3" {
			t.Errorf("%d: %v", len(keys), keys)
		}
		if diff := cmp.Diff([]string{"theirs"}, k.keys(t, 2)); diff != "" {
			t.Error(diff)
		}
		for name, tc := range map[string]struct {
			key  string
			size int
			want errs.Kind
		}{
			"no key":    {"", 0, errs.Invalid},
			"long key":  {strings.Repeat("x", draft.MaxKey+1), 0, errs.Invalid},
			"not text":  {"\xff", 0, errs.Invalid},
			"control":   {"a\x00", 0, errs.Invalid},
			"too big":   {"big", draft.MaxBytes, errs.Limit},
			"just fits": {"fits", draft.MaxBytes - len(`{"a":[""]}`), ""},
		} {
			err := k.Put(t.Context(), 1, tc.key, map[string][]string{"a": {strings.Repeat("x", tc.size)}})
			if tc.want == "" && err != nil || tc.want != "" && !errs.Is(err, tc.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

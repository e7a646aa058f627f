package search

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// pack is the pages of some postings.
func pack(base int64, postings map[string][]int64) []page {
	p := pager{base: base}
	for _, token := range slices.Sorted(maps.Keys(postings)) {
		p.add(token, postings[token])
	}
	p.flush()
	return p.pages
}

// What is packed is found again: in the last page that does not start after
// the token, and in its place when all pages are read in turn.
func TestPagesHoldWhatWasPacked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		token := rapid.OneOf(rapid.StringMatching(`[a-c]{1,6}`), rapid.StringMatching(`[停水电了\x{20000}]{1,2}`))
		ids := rapid.Map(rapid.SliceOfNDistinct(rapid.Int64Range(5, 1<<40), 1, 300, rapid.ID), func(ids []int64) []int64 {
			slices.Sort(ids)
			return ids
		})
		want := rapid.MapOfN(token, ids, 1, 60).Draw(t, "postings")
		pages := pack(5, want)
		got := map[string][]int64{}
		for i, p := range pages {
			for r := (reader{data: p.data}); ; {
				ok, err := r.next()
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					break
				}
				if string(r.token) < p.first || i+1 < len(pages) && string(r.token) >= pages[i+1].first {
					t.Fatalf("%q is in the page of %q", r.token, p.first)
				}
				if got[string(r.token)], err = appendIDs(nil, 5, r.postings); err != nil {
					t.Fatal(err)
				}
				list, err := lookUp(p.data, string(r.token))
				if err != nil || !slices.Equal(list, r.postings) {
					t.Fatalf("look up %q: %v, %v", r.token, list, err)
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		if list, err := lookUp(pages[0].data, "d"); list != nil || err != nil {
			t.Fatalf("a token that is not there: %v, %v", list, err)
		}
	})
}

// A damaged page gives an error or other postings, never a panic.
func FuzzReader(f *testing.F) {
	f.Add(pack(1, map[string][]int64{"停水": {1, 2, 300}, "停电": {7}, "app": {1 << 40}})[0].data)
	f.Add([]byte{0xFF})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := reader{data: data}
		for {
			ok, err := r.next()
			if err != nil && !errors.Is(err, errPage) {
				t.Fatal(err)
			}
			if err != nil || !ok {
				return
			}
			if _, err := appendIDs(nil, 1, r.postings); err != nil && !errors.Is(err, errPage) {
				t.Fatal(err)
			}
		}
	})
}

func TestBoth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.Map(rapid.SliceOfDistinct(rapid.Int64Range(1, 30), rapid.ID), func(ids []int64) []int64 {
			slices.Sort(ids)
			return ids
		})
		a, b := list.Draw(t, "a"), list.Draw(t, "b")
		want := slices.DeleteFunc(slices.Clone(a), func(id int64) bool { return !slices.Contains(b, id) })
		if got := both(slices.Clone(a), b); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		if got := both(nil, b); !slices.Equal(got, b) {
			t.Fatalf("all and %v gives %v", b, got)
		}
	})
}

package search_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiyin/internal/search"
)

func order(hits []search.Hit) []int64 {
	var ids []int64
	for _, h := range hits {
		ids = append(ids, h.ID)
	}
	return ids
}

func TestRank(t *testing.T) {
	t.Parallel()
	weights := []float64{3, 1}
	for name, c := range map[string]struct {
		query string
		docs  []search.Doc
		want  []int64
	}{
		"a phrase before its scattered words": {"停水两天", []search.Doc{
			{ID: 3, Fields: []string{"停水", "停水，停水，水两边，两天"}},
			{ID: 1, Fields: []string{"", "小区停水两天了，没有人管，天气又热，老人小孩都受不了"}},
		}, []int64{1, 3}},
		"a phrase over a blank or a sign": {"路灯 坏了", []search.Doc{
			{ID: 2, Fields: []string{"坏了的是路灯"}},
			{ID: 1, Fields: []string{"学校门口路灯，坏了"}},
		}, []int64{1, 2}},
		"the heavier field before the lighter": {"路灯", []search.Doc{
			{ID: 2, Fields: []string{"井盖", "路灯"}},
			{ID: 1, Fields: []string{"路灯", "井盖"}},
		}, []int64{1, 2}},
		"more often before less often, length alike": {"路灯", []search.Doc{
			{ID: 2, Fields: []string{"", "路灯，井盖，井盖"}},
			{ID: 1, Fields: []string{"", "路灯，路灯，井盖"}},
		}, []int64{1, 2}},
		"short before long": {"路灯", []search.Doc{
			{ID: 2, Fields: []string{"", "路灯还有井盖还有电梯还有消防栓"}},
			{ID: 1, Fields: []string{"", "路灯不亮"}},
		}, []int64{1, 2}},
		"equal ones newest first": {"路灯", []search.Doc{
			{ID: 1, Fields: []string{"路灯"}}, {ID: 3, Fields: []string{"路灯"}}, {ID: 2, Fields: []string{"路灯"}},
		}, []int64{3, 2, 1}},
		"none of the words, no place": {"路灯", []search.Doc{{ID: 1, Fields: []string{"井盖"}}, {ID: 2, Fields: []string{"路灯"}}}, []int64{2}},
		"a single character":          {"灯", []search.Doc{{ID: 1, Fields: []string{"开关灯"}}, {ID: 2, Fields: []string{"井盖"}}}, []int64{1}},
		"a query of signs":            {"！", []search.Doc{{ID: 1, Fields: []string{"！"}}}, nil},
		"no documents":                {"路灯", nil, nil},
		"more fields than weights":    {"路灯", []search.Doc{{ID: 1, Fields: []string{"", "", "路灯"}}}, []int64{1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, order(search.Rank(c.query, c.docs, weights))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRankIsTheSameInAnyOrder(t *testing.T) {
	t.Parallel()
	c := newCorpus(5)
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Int64Range(1, 1000).Draw(t, "first")
		var docs []search.Doc
		for id := first; id < first+30; id++ {
			title, body := c.doc(id)
			docs = append(docs, search.Doc{ID: id, Fields: []string{title, body}})
		}
		query := part(rand.New(rand.NewPCG(uint64(first), 9)), c.text(first))
		want := search.Rank(query, docs, []float64{2})
		if !slices.ContainsFunc(want, func(h search.Hit) bool { return h.ID == first && h.Exact }) {
			t.Fatalf("%q: the document it is from is no exact hit", query)
		}
		shuffled := rapid.Permutation(docs).Draw(t, "docs")
		if diff := cmp.Diff(want, search.Rank(query, shuffled, []float64{2})); diff != "" {
			t.Fatal(diff)
		}
	})
}

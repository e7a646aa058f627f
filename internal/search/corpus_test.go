package search_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// corpus makes plausible messages to a city's hotline, the same for the same
// seed and id. Half of a message follows patterns, so that some words are in
// most messages; the other half is words of a made-up lexicon, drawn by Zipf's
// law, so that the index meets as many different words as real text has.
type corpus struct {
	seed    uint64
	lexicon []string
}

const lexiconSize = 20_000

func newCorpus(seed uint64) *corpus {
	r := rand.New(rand.NewPCG(seed, 1))
	chars := make([]rune, 3000) // as many as common texts use
	for i := range chars {
		chars[i] = rune(0x4E00 + r.IntN(0x51A5))
	}
	zipf := rand.NewZipf(r, 1.1, 20, uint64(len(chars)-1))
	c := &corpus{seed: seed, lexicon: make([]string, lexiconSize)}
	for i := range c.lexicon {
		word := make([]rune, 2+r.IntN(2))
		for j := range word {
			word[j] = chars[zipf.Uint64()]
		}
		c.lexicon[i] = string(word)
	}
	return c
}

var (
	places  = strings.Fields("朝阳路 学苑小区 滨江公园 老菜市场 第三中学门口 火车站南广场 和平新村 工业园二期 环城高架桥下 桥头村 人民医院旁 体育馆东侧")
	things  = strings.Fields("路灯 井盖 自来水 垃圾桶 公交站牌 电梯 下水道 人行道 红绿灯 消防栓 健身器材 燃气管道 变压器 绿化带")
	faults  = strings.Fields("坏了 漏水 停水 一直不亮 破损严重 没人清理 有异味 被占用 噪音很大 存在安全隐患 欠费停供 无人维修")
	wishes  = strings.Fields("请尽快派人处理 希望有关部门核实 请问什么时候能修好 请给予答复 要求退还费用 建议加强巡查 盼回复 谢谢")
	starts  = strings.Fields("您好， 反映： 尊敬的领导： 市民来电， 我是附近居民， 请问，")
	numbers = []string{"%d号楼", "%d路公交车", "凌晨%d点", "已经%d天", "%d户居民", "第%d次反映"}
)

// doc returns the title and the body, some 250 characters in all.
func (c *corpus) doc(id int64) (title, body string) {
	r := rand.New(rand.NewPCG(c.seed, uint64(id)))
	one := func(of []string) string { return of[r.IntN(len(of))] }
	zipf := rand.NewZipf(r, 1.05, 10, lexiconSize-1)
	place, thing, fault := one(places), one(things), one(faults)
	title = place + thing + fault
	var b strings.Builder
	b.WriteString(one(starts) + place + "的" + thing + fault + "，")
	fmt.Fprintf(&b, one(numbers), 1+r.IntN(60))
	if r.IntN(2) == 0 {
		b.WriteString("，热线12345")
	}
	for n := 60 + r.IntN(40); n > 0; n-- {
		b.WriteString(c.lexicon[zipf.Uint64()])
		if r.IntN(6) == 0 {
			b.WriteString("，")
		}
	}
	b.WriteString("。" + one(wishes) + "。")
	return title, b.String()
}

func (c *corpus) text(id int64) string {
	title, body := c.doc(id)
	return title + " " + body
}

// rare returns a word of the lexicon's far end.
func (c *corpus) rare(r *rand.Rand) string { return c.lexicon[lexiconSize/2+r.IntN(lexiconSize/2)] }

// descending returns the ids that keep says, newest first.
func descending(n int64, keep func(id int64) bool) []int64 {
	var ids []int64
	for id := int64(1); id <= n; id++ {
		if keep(id) {
			ids = append(ids, id)
		}
	}
	slices.Reverse(ids)
	return ids
}

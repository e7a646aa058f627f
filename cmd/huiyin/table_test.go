package main

import "testing"

func TestTable(t *testing.T) {
	t.Parallel()
	got := table([][]string{{"编号", "说明", "状态"}, {"12345", "对接，12345", "有效"}, {"1", "", "已撤销"}})
	want := "编号   说明         状态\n12345  对接，12345  有效\n1                   已撤销\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

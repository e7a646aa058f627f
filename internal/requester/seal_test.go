package requester

import (
	"testing"

	"huiyin/internal/crypt"
)

// BenchmarkSaveCPU is what Save costs apart from the database: with every field
// given, and with the three that most people give.
func BenchmarkSaveCPU(b *testing.B) {
	keys := crypt.Ephemeral()
	for name, p := range map[string]Person{
		"all":   {Individual, "林一一", "13800001234", "lin@example.com", "11010519491231002X", "福州市鼓楼区五四路88号", "某某有限公司", "91350100M000100Y43"},
		"usual": {Kind: Individual, Name: "林一一", Phone: "13800001234", Address: "福州市鼓楼区五四路88号"},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n := p.Normal()
				if n.malformed() != nil {
					b.Fatal("malformed")
				}
				hashesOf(keys, n)
				if _, err := seal(keys, 1, n); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMask is what one row of a list costs.
func BenchmarkMask(b *testing.B) {
	keys := crypt.Ephemeral()
	r, err := seal(keys, 1, Person{Kind: Individual, Name: "林一一", Phone: "13800001234", Address: "福州市鼓楼区五四路88号"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		p, err := r.open(keys)
		if err != nil {
			b.Fatal(err)
		}
		p.Mask()
	}
}

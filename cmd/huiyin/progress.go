package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
)

// bar shows progress on the error output; nothing where that is no terminal.
type bar struct{ p *progressbar.ProgressBar }

func progress(total int, what string) bar {
	info, err := os.Stderr.Stat()
	visible := err == nil && info.Mode()&os.ModeCharDevice != 0
	return bar{progressbar.NewOptions(total,
		progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionSetVisibility(visible),
		progressbar.OptionClearOnFinish())}
}

func (b bar) tick() { _ = b.p.Add(1) } // drawing is all that can fail

func (b bar) set(n int) { _ = b.p.Set(n) }

func (b bar) done() { _ = b.p.Finish() }

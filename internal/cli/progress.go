package cli

import (
	"os"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows on a terminal how far a long command is; elsewhere, and with --json, it says nothing.
type progress struct {
	bar  *progressbar.ProgressBar
	out  *os.File
	what string
	unit []progressbar.Option
}

func (c *command) progress(what string) *progress {
	p := &progress{what: what, unit: []progressbar.Option{progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows")}}
	if f, ok := c.Err.(*os.File); ok && !c.asJSON && term.IsTerminal(int(f.Fd())) {
		p.out = f
	}
	return p
}

// bytes is progress that is counted in bytes.
func (c *command) bytes(what string) *progress {
	p := c.progress(what)
	p.unit = []progressbar.Option{progressbar.OptionShowBytes(true)}
	return p
}

// at is told how much of the whole is done; a new whole begins a new bar.
func (p *progress) at(done, total int64) {
	if p.out == nil {
		return
	}
	if p.bar == nil || p.bar.GetMax64() != total {
		p.bar = progressbar.NewOptions64(total, append(slices.Clone(p.unit),
			progressbar.OptionSetWriter(p.out), progressbar.OptionSetDescription(p.what), progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
		)...)
	}
	_ = p.bar.Set64(done) // a terminal that went away is no reason to stop
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

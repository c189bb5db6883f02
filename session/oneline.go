package session

import (
	"time"

	"github.com/scapls/scapls/filter/field"
)

// DefaultLine returns an appender of sysdig's default line, with times in one of sysdig's modes (0 is h). It is for one
// goroutine.
func DefaultLine(mode byte, loc *time.Location) Appender {
	k := &clock{mode: mode, loc: loc}
	return func(dst []byte, c *field.Ctx) ([]byte, bool) { return append(appendLine(dst, c, k), '\n'), true }
}

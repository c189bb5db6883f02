package session

import (
	"bufio"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/assist"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// No event of the capture has a value is said only where that is so: over all filters of the oracle, a condition that is
// doubted matches nothing.
func TestWhatIsDoubtedMatchesNothing(t *testing.T) {
	f, err := os.Open("../testdata/filter/oracle.txt")
	require.NoError(t, err)
	defer f.Close()
	s := indexed(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	values := s.Values()
	doubted, asked := 0, 0
	for in := bufio.NewScanner(f); in.Scan(); {
		text := in.Text()
		read := filter.Read(text, filter.Sysdig)
		if text == "" || text[0] == '#' || text[0] == ' ' || !read.Valid() {
			continue
		}
		filter.Fields(read.Tree.Root, func(_ filter.Span, e *field.Expr) bool { // so that its values are known
			for range 50 {
				if len(values.Values(e, "", 1).Values) > 0 {
					break
				}
				time.Sleep(time.Millisecond)
			}
			return true
		})
		asked++
		for _, d := range assist.Doubts(&read, values) {
			if !strings.HasPrefix(d.Msg, "no event of this capture has") {
				continue
			}
			doubted++
			c, ok := read.Tree.Root.(*filter.Comparison)
			if !ok || c.List {
				continue
			}
			require.Empty(t, selects(t, s, text, filter.Sysdig, EventsView), text)
		}
	}
	require.Greater(t, asked, 400)
	require.Greater(t, doubted, 10)
}

package notes

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzParse: what is read as a document is written as one that reads the same.
func FuzzParse(f *testing.F) {
	b, err := sample().JSON()
	require.NoError(f, err)
	f.Add(b)
	f.Add([]byte(`{"scapls-notes":1,"shift":"-1d 2:00","notes":[{"event":1},{"event":2,"marked":true,"written":"x"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Parse(text)
		if err != nil {
			return
		}
		out, err := d.JSON()
		require.NoError(t, err)
		again, err := Parse(out)
		require.NoError(t, err, string(out))
		var some []Entry // those that say nothing are not written
		for _, e := range d.Entries {
			if !e.Empty() {
				some = append(some, e)
			}
		}
		require.Len(t, again.Entries, len(some))
		require.Equal(t, d.Shift, again.Shift)
	})
}

// FuzzParseShift: an offset that is read is written as one that reads the same.
func FuzzParseShift(f *testing.F) {
	for _, s := range []string{"+1:30:00", "-2.5", "90m", "-1d 2:00", "0.000000001", "1h30m"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ns, err := ParseShift(text)
		if err != nil {
			return
		}
		again, err := ParseShift(ShiftText(ns))
		require.NoError(t, err, ShiftText(ns))
		require.Equal(t, ns, again)
	})
}

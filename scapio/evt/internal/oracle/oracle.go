// Package oracle reads captures and the text real sysdigs print for them, for the tests of package evt.
package oracle

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// Shared returns the folder with the captures and their expected texts: $SCAPLS_SHARED, else the folder "shared"
// beside the repository. Without one the test is skipped, or fails when $SCAPLS_REQUIRE names "shared".
func Shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SCAPLS_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(dir, "vectors")); err != nil {
		if slices.Contains(strings.Split(os.Getenv("SCAPLS_REQUIRE"), ","), "shared") {
			t.Fatal(err)
		}
		t.Skipf("no captures to compare with: %v (set SCAPLS_SHARED)", err)
	}
	return dir
}

// Read returns the content of a file, decompressed when it is gzip or zstd.
func Read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r io.Reader
	switch {
	case bytes.HasPrefix(b, []byte{0x1f, 0x8b}):
		r, err = gzip.NewReader(bytes.NewReader(b))
	case bytes.HasPrefix(b, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		r, err = zstd.NewReader(bytes.NewReader(b))
	default:
		return b
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil && len(out) == 0 {
		t.Fatal(err)
	}
	return out
}

// Events calls f with every event block of a capture: the event without its cpu id, and whether its header has a
// parameter count.
func Events(data []byte, f func(raw []byte, v2 bool)) {
	for len(data) >= 12 {
		typ := binary.LittleEndian.Uint32(data)
		n := int(binary.LittleEndian.Uint32(data[4:]))
		if n < 12 || n > len(data) {
			return
		}
		body := data[8 : n-4]
		switch typ {
		case 0x204, 0x216, 0x221:
			f(body[2:], typ != 0x204)
		case 0x208, 0x217, 0x222:
			f(body[6:], typ != 0x208)
		}
		data = data[n:]
	}
}

// Line is one printed event.
type Line struct {
	Time, TID, Dir, Type, Args string
}

// sysdig prints NUM TIME CPU COMM (TID) DIR TYPE ARGS. A command may hold blanks, arguments newlines.
var lineRE = regexp.MustCompile(`^(\d+) (\d\d:\d\d:\d\d\.\d{9}) -?\d+ (?s:.*?) \((-?\d+)\) ([<>]) (\S+)(?: (?s:(.*)))?$`)

var startRE = regexp.MustCompile(`^\d+ \d\d:\d\d:\d\d\.\d{9} `)

// Lines parses the output of sysdig.
func Lines(t testing.TB, text []byte) []Line {
	t.Helper()
	var (
		out []Line
		cur strings.Builder
	)
	flush := func() {
		if cur.Len() == 0 {
			return
		}
		m := lineRE.FindStringSubmatch(cur.String())
		cur.Reset()
		if m != nil {
			out = append(out, Line{m[2], m[3], m[4], m[5], m[6]})
		}
	}
	sc := bufio.NewScanner(bytes.NewReader(text))
	sc.Buffer(nil, 1<<24)
	sc.Split(func(data []byte, eof bool) (int, []byte, error) { // like ScanLines, but keeps carriage returns
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			return i + 1, data[:i], nil
		}
		if eof && len(data) > 0 {
			return len(data), data, nil
		}
		return 0, nil, nil
	})
	for sc.Scan() {
		if startRE.Match(sc.Bytes()) {
			flush()
		} else if cur.Len() > 0 {
			cur.WriteByte('\n')
		}
		cur.Write(sc.Bytes())
	}
	flush()
	return out
}

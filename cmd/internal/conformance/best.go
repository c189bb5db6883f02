package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// best holds the share of good records of every file and kind as "good/total", keyed by "file kind".
type best map[string]score

type score struct{ good, total int }

// readBest reads best.tsv; a missing file is an empty table.
func readBest(name string) (best, error) {
	b := best{}
	text, err := os.ReadFile(name)
	if os.IsNotExist(err) {
		return b, nil
	} else if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var file, kind string
		var s score
		if _, err := fmt.Sscanf(line, "%s\t%s\t%d\t%d\n", &file, &kind, &s.good, &s.total); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", name, line, err)
		}
		b[file+" "+kind] = s
	}
	return b, nil
}

// below reports whether a result is worse than the best so far.
func (b best) below(r *result) bool {
	s, ok := b[r.name+" "+r.kind]
	if !ok || s.total == 0 {
		return false
	}
	return float64(s.good)/float64(s.total) > r.share()+1e-9
}

// write stores the results over what was known of the same files.
func (b best) write(name string, results []*result) error {
	for _, r := range results {
		if r.err == nil && r.skip == "" {
			b[r.name+" "+r.kind] = score{r.good(), r.total}
		}
	}
	var out bytes.Buffer
	out.WriteString("# capture\tkind\tequal or known\trecords; written by make conformance ARGS=-update\n")
	for _, key := range slices.Sorted(maps.Keys(b)) {
		file, kind, _ := strings.Cut(key, " ")
		fmt.Fprintf(&out, "%s\t%s\t%d\t%d\n", file, kind, b[key].good, b[key].total)
	}
	return os.WriteFile(name, out.Bytes(), 0o644)
}

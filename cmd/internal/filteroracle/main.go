package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/scapls/scapls/cmd/internal/peers"
	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/format"
)

// own are the captures of the repository, others those that are asked in turn.
var (
	own    = []string{"live_old-sysmix.scap", "live_new-sysmix.scap"}
	others = []string{"xxradar_docker-curl-https.scap", "sf_nginx_nginx.scap", "libs_sample.scap"}
)

const (
	dir = "testdata/filter"
	// key tells an event: what is printed of it.
	key = "*%evt.rawtime %thread.tid %evt.type"
)

// question is a filter of oracle.txt.
type question struct {
	text  string
	lang  filter.Language
	known string // why the results differ, "" when they must not
	open  bool   // the reason is no proof: it remains to be looked at
}

// result is what one side says.
type result struct {
	refused string // the error, "" when the filter was taken
	lines   []string
}

func main() {
	shared := flag.String("shared", peers.Shared(), "`folder` of the captures that are not in the repository")
	only := flag.String("only", "", "only filters that hold this `text`")
	record := flag.Bool("record", false, "write sysdig's results to "+dir+"/expected")
	verbose := flag.Int("v", 3, "print so many lines of a difference")
	peer := flag.String("peer", "sysdig", "ask `peer`: sysdig, strato, or translations to ask each for translations of the other's filters")
	flag.Parse()
	code, err := run(*shared, *peer, options{*only, *record, *verbose})
	if err != nil {
		fmt.Fprintln(os.Stderr, "filteroracle:", err)
		code = 2
	}
	os.Exit(code)
}

// options say which filters are asked, and what is printed.
type options struct {
	only    string
	record  bool
	verbose int
}

func run(shared, peer string, o options) (int, error) {
	tmp, err := os.MkdirTemp(".cache", "filteroracle")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(tmp)
	switch peer {
	case "sysdig":
		return sysdig(shared, tmp, o)
	case "strato":
		return stratoshark(shared, tmp, o)
	case "translations":
		return translations(shared, tmp, o)
	}
	return 0, fmt.Errorf("-peer %q is none of sysdig, strato, translations", peer)
}

// sysdig compares the filters of oracle.txt with what sysdig selects.
func sysdig(shared, tmp string, o options) (int, error) {
	only, record, verbose := o.only, o.record, o.verbose
	all, err := questions(filepath.Join(dir, "oracle.txt"))
	if err != nil {
		return 0, err
	}
	var files []*capture
	for _, name := range slices.Concat(own, others) {
		c, err := openCapture(shared, tmp, name)
		if err != nil {
			return 0, err
		}
		defer c.x.Close()
		files = append(files, c)
	}
	t := &tally{verbose: verbose, peer: "sysdig"}
	for _, c := range files {
		if c.ours = c.ask(question{}); len(c.theirs.lines) == 0 {
			return 0, fmt.Errorf("sysdig shows nothing of %s: %s", c.name, c.theirs.refused)
		}
	}
	type job struct {
		i int
		c *capture
	}
	jobs := make(chan job)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for j := range jobs {
				ours, theirs := j.c.ask(all[j.i]), j.c.sysdig(all[j.i].text)
				if ours.sum() != theirs.sum() { // -d: after the event has been taken into the state
					if late := j.c.sysdig(all[j.i].text, "-d"); late.sum() == ours.sum() {
						theirs = late
					}
				}
				t.add(j.i, all[j.i], j.c, ours, theirs)
			}
		})
	}
	asked := 0
	for i, q := range all {
		if !strings.Contains(q.text, only) {
			continue
		}
		asked++
		for _, c := range append(slices.Clone(files[:len(own)]), files[len(own)+i%len(others)]) {
			jobs <- job{i, c}
		}
	}
	close(jobs)
	wg.Wait()
	if record && only == "" {
		if err := t.record(all, files[:len(own)]); err != nil {
			return 0, err
		}
	}
	return t.report(os.Stdout, asked), nil
}

// questions reads oracle.txt.
func questions(path string) ([]question, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []question
	for _, line := range strings.Split(string(b), "\n") {
		switch {
		case strings.HasPrefix(line, "#"), strings.TrimSpace(line) == "":
		case strings.HasPrefix(line, "  known: ") && len(list) > 0:
			list[len(list)-1].known = strings.TrimPrefix(line, "  known: ")
		case strings.HasPrefix(line, "  open: ") && len(list) > 0:
			list[len(list)-1].known, list[len(list)-1].open = strings.TrimPrefix(line, "  open: "), true
		default:
			list = append(list, question{text: line})
		}
	}
	return list, nil
}

// capture is a file both sides read.
type capture struct {
	name, path string
	x          *index.Index
	ours       result // every event
	theirs     result
	extra      map[string]int // events only we list
	shown      map[uint64]bool
}

// copyCapture opens a capture, of which a copy lies where the peers may read it.
func copyCapture(shared, tmp, name string) (*capture, error) {
	path, err := peers.Copy(shared, tmp, name)
	if err != nil {
		return nil, err
	}
	c := &capture{name: name, path: path}
	if c.x, err = index.Open(context.Background(), c.path); err != nil {
		return nil, err
	}
	return c, c.x.Wait(context.Background())
}

// openCapture is copyCapture that also asks both sides for all events.
func openCapture(shared, tmp, name string) (*capture, error) {
	c, err := copyCapture(shared, tmp, name)
	if err != nil {
		return nil, err
	}
	c.theirs = c.sysdig("")
	c.extra = count(c.ask(question{}).lines)
	for _, l := range c.theirs.lines {
		c.extra[l]--
	}
	return c, nil
}

// ask returns what scapls shows.
func (c *capture) ask(q question) result {
	f, err := format.Compile(key)
	if err != nil {
		return result{refused: err.Error()}
	}
	o := session.LinesOptions{
		Query: session.Query{View: session.CallsView}, Loc: time.UTC, Fields: true,
		Append: func() session.Appender { return f.Append },
	}
	if q.text != "" {
		lang := q.lang
		if lang == filter.Auto {
			lang = filter.Sysdig
		}
		r := filter.Read(q.text, lang)
		p, err := r.Compile()
		if err != nil {
			return result{refused: err.Error()}
		}
		o.Filter = p
	}
	var out bytes.Buffer
	if err := session.Lines(context.Background(), c.x, o, &out); err != nil {
		return result{refused: err.Error()}
	}
	var lines []string
	for _, l := range split(out.String()) {
		if c.extra[l] <= 0 {
			lines = append(lines, l)
		}
	}
	return result{lines: lines}
}

// sysdig returns what sysdig shows.
func (c *capture) sysdig(text string, flags ...string) result {
	args := append([]string{"-r", c.path, "-p", key}, flags...)
	if text != "" {
		args = append(args, text)
	}
	out, err := peers.Run("sysdig", args...)
	if err != nil {
		return result{refused: err.Error()}
	}
	return result{lines: split(string(out))}
}

func split(s string) []string {
	lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	if len(lines) == 1 && lines[0] == "" {
		return nil
	}
	return lines
}

func count(lines []string) map[string]int {
	m := map[string]int{}
	for _, l := range lines {
		m[l]++
	}
	return m
}

// sum is what expected files hold of a result: its length and a hash of its sorted lines.
func (r result) sum() string {
	if r.refused != "" {
		return "refused"
	}
	lines := slices.Sorted(slices.Values(r.lines))
	h := fnv.New64a()
	for _, l := range lines {
		_, _ = io.WriteString(h, l+"\n") // a hash takes everything
	}
	return fmt.Sprintf("%d %016x", len(lines), h.Sum64())
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/scapls/scapls/cmd/internal/peers"
	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
)

// display are the captures that Stratoshark is asked of: with exits only its frames are events. The first is the
// repository's; the other is asked some of the filters.
var display = []string{"live_new-sysmix.scap", "live_new-filter-net.scap"}

// someOf is of how many filters one is asked of the other capture.
const someOf = 5

// stratoshark compares the filters of display.txt with what strato selects; translations compares, both ways, what the
// other peer selects by a filter's translation.
func stratoshark(shared, tmp string, o options) (int, error) {
	questions, err := questions(filepath.Join(dir, "display.txt"))
	if err != nil {
		return 0, err
	}
	var files []*capture
	for _, name := range display {
		c, err := copyCapture(shared, tmp, name)
		if err != nil {
			return 0, err
		}
		defer c.x.Close()
		c.look()
		files = append(files, c)
	}
	t := &tally{verbose: o.verbose, peer: "strato"}
	asked := 0
	ask := map[*capture][]int{}
	for i, q := range questions {
		if !strings.Contains(q.text, o.only) {
			continue
		}
		asked++
		ask[files[0]] = append(ask[files[0]], i)
		if i%someOf == 0 {
			ask[files[1]] = append(ask[files[1]], i)
		}
	}
	for _, c := range files {
		for batch := range slices.Chunk(ask[c], batchSize) {
			var texts []string
			var ours []result
			for _, i := range batch {
				texts, ours = append(texts, questions[i].text), append(ours, c.frames(questions[i].text, filter.Wireshark))
			}
			for k, theirs := range c.stratoBatch(texts, ours) {
				t.add(batch[k], questions[batch[k]], c, ours[k], theirs)
			}
		}
	}
	if o.record && o.only == "" {
		if err := t.recordDisplay(questions, files[0]); err != nil {
			return 0, err
		}
	}
	return t.report(os.Stdout, asked), nil
}

// translations asks each peer for the translations of the other language's filters, and sysdig for what copies its own
// become.
func translations(shared, tmp string, o options) (int, error) {
	falco, err := questions(filepath.Join(dir, "oracle.txt"))
	if err != nil {
		return 0, err
	}
	shown, err := questions(filepath.Join(dir, "display.txt"))
	if err != nil {
		return 0, err
	}
	c, err := openCapture(shared, tmp, display[0])
	if err != nil {
		return 0, err
	}
	defer c.x.Close()
	c.look()
	t := &tally{verbose: o.verbose, peer: "the peer"}
	asked := 0
	var batch []int
	var list []question
	var texts []string
	var mine []result
	for i, q := range slices.Concat(falco, shown, falco) {
		from, to := filter.Sysdig, filter.Wireshark
		switch {
		case i >= len(falco)+len(shown): // copies for the tool whose language it is
			to = from
		case i >= len(falco):
			from, to = to, from
		}
		r := filter.Read(q.text, from)
		text, problems := filter.Translate(r.Tree, to)
		if !strings.Contains(q.text, o.only) || len(problems) > 0 || from == to && text == q.text { // that is asked as it is
			continue
		}
		asked++
		as := question{text: q.text + "\n  as " + text, known: q.known}
		if from == to && text != filter.Format(r.Tree) { // what differs was written in another way
			as.known = ""
		}
		if to == filter.Wireshark {
			batch, list, texts, mine = append(batch, i), append(list, as), append(texts, text), append(mine, c.frames(q.text, from))
			continue
		}
		ours, theirs := c.ask(question{text: q.text, lang: from}), c.sysdig(text)
		if ours.sum() != theirs.sum() {
			if late := c.sysdig(text, "-d"); late.sum() == ours.sum() {
				theirs = late
			}
		}
		t.add(i, as, c, ours, theirs)
	}
	for from := 0; from < len(batch); from += batchSize {
		end := min(from+batchSize, len(batch))
		for k, theirs := range c.stratoBatch(texts[from:end], mine[from:end]) {
			t.add(batch[from+k], list[from+k], c, mine[from+k], theirs)
		}
	}
	return t.report(os.Stdout, asked), nil
}

// look finds out which events Stratoshark shows: it hides those of the first state, such as lists of users.
func (c *capture) look() {
	c.shown = map[uint64]bool{}
	for _, line := range c.strato("evt").lines {
		if n, err := strconv.ParseUint(line, 10, 64); err == nil {
			c.shown[n] = true
		}
	}
}

// frames returns the numbers of the events that scapls selects, of those that Stratoshark shows.
func (c *capture) frames(text string, lang filter.Language) result {
	r := filter.Read(text, lang)
	p, err := r.Compile()
	if err != nil {
		return result{refused: err.Error()}
	}
	s := c.x.Acquire()
	defer s.Release()
	var cur index.Cursor
	var ctx field.Ctx
	var lines []string
	list, before := index.List{Internal: true}, uint32(0)
	for k := s.Next(list, 1); k != 0; k = s.Next(list, k+1) {
		if err := s.Fill(k, false, &cur, &ctx); err != nil {
			return result{refused: err.Error()}
		}
		if ctx.PrevTS = 0; before != 0 {
			ctx.PrevTS = s.Facts(before).TS
		}
		before = k
		if p.Match(&ctx) && c.shown[ctx.Num] {
			lines = append(lines, strconv.FormatUint(ctx.Num, 10))
		}
	}
	return result{lines: lines}
}

// batchSize is how many filters strato is asked at once.
const batchSize = 40

// stratoBatch asks several filters at once, each as a column that holds a mark where it matches. What matches nothing, or
// something else than ours, is asked again by itself, since a column does not tell of errors.
func (c *capture) stratoBatch(texts []string, ours []result) []result {
	columns := `"n","%m"`
	for i, text := range texts {
		if ours[i].refused != "" {
			text = "frame"
		}
		columns += fmt.Sprintf(`,"f%d","%%Cus:!!(%s):0:R"`, i, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text))
	}
	out, err := peers.Run("strato", "-r", c.path, "-T", "tabs", "-o", "gui.column.format:"+columns)
	list := make([]result, len(texts))
	for _, line := range split(string(out)) {
		cells := strings.Split(line, "\t")
		for i := range texts {
			if i+1 < len(cells) && strings.Contains(cells[i+1], "✓") {
				list[i].lines = append(list[i].lines, strings.TrimSpace(cells[0]))
			}
		}
	}
	for i, text := range texts {
		if err != nil || len(list[i].lines) == 0 || list[i].sum() != ours[i].sum() {
			list[i] = c.strato(text)
		}
	}
	return list
}

// strato returns the numbers of the frames that Stratoshark selects.
func (c *capture) strato(text string) result {
	out, err := peers.Run("strato", "-r", c.path, "-T", "fields", "-e", "frame.number", "-Y", text)
	if failed := (*peers.Error)(nil); errors.As(err, &failed) {
		var said []string
		for _, line := range strings.Split(failed.Said, "\n") {
			if strings.HasPrefix(line, "strato: ") {
				said = append(said, strings.TrimPrefix(line, "strato: "))
			}
		}
		return result{refused: fmt.Sprintf("%s (%v)", strings.Join(said, "; "), failed.Err)}
	}
	return result{lines: split(string(out))}
}

// recordDisplay writes what Stratoshark says of the repository's capture; for known differences, what we say.
func (t *tally) recordDisplay(all []question, c *capture) error {
	var b bytes.Buffer
	b.WriteString("# How many events match each filter of ../display.txt, and a hash of their numbers: see cmd/internal/filteroracle.\n")
	for _, q := range all {
		fmt.Fprintf(&b, "%s\t%s\n", t.sums[c.name+"\n"+q.text], q.text)
	}
	return os.WriteFile(filepath.Join(dir, "expected", "display.txt"), b.Bytes(), 0o644)
}

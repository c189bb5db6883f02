package assist

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/filter/manual"
	"github.com/scapls/scapls/scapio/evtable"
)

// values adds values of the field that fit the operator: those of the capture with their counts, then those that the
// language and the kernel know.
func (c *completer) values() {
	e := c.tok.left.expr(c.lang)
	if e == nil {
		return
	}
	asked := e
	if x := catalogued(e); x != nil {
		e = x
	}
	typed := c.typed
	switch c.tok.op {
	case "bcontains", "bstartswith", "regex", "matches", "~":
		return
	case "glob", "iglob":
		c.patterns(e)
		return
	}
	seen := map[string]bool{}
	if c.src.Values != nil {
		found := c.src.Values.Values(e, typed, maxItems)
		c.more = c.more || found.More
		c.adapt(e, &found)
		for i, v := range found.Values {
			if !ofFamily(asked, v.Text) {
				continue
			}
			seen[v.Text] = true
			c.value(i, e, v)
		}
	}
	if typed == "" && len(seen) > 0 && e.Kind() != field.Bool {
		c.fieldsAsValues()
		return
	}
	n := 0
	known := static(e, c.lang)
	if names := flagsOf(e, c.events); len(names) > 0 {
		known = names
	}
	for _, text := range known {
		score, ok := match(text, typed)
		if !ok || score >= fuzzy || seen[text] {
			continue
		}
		detail := staticDetail(e, text)
		if c.src.Values != nil {
			score += 500
		}
		c.addValue(score+maxItems+n, e, text, detail, false)
		n++
	}
	c.fieldsAsValues()
}

// adapt makes values of the capture such that the condition takes: networks of addresses, and where a part of a set of
// flags is asked for, the single flags.
func (c *completer) adapt(e *field.Expr, found *Found) {
	flags := e.F.Name == "evt.arg" && (c.tok.op == "contains" || c.tok.op == "icontains") && len(argumentFlags(e.Arg)) > 0
	if !flags && e.F.Type != "ipnet" {
		return
	}
	var list []Value
	at := map[string]int{}
	for _, v := range found.Values {
		parts := []string{v.Text}
		if flags {
			parts = strings.Split(v.Text, "|")
		} else if a, err := netip.ParseAddr(v.Text); err == nil {
			parts[0] = netip.PrefixFrom(a, a.BitLen()).String()
		}
		for _, text := range parts {
			i, ok := at[text]
			if !ok {
				i = len(list)
				at[text] = i
				list = append(list, Value{Text: text, Sample: v.Sample})
			}
			list[i].Count += v.Count
		}
	}
	if names := flagsOf(e, c.events); flags && len(names) > 0 {
		list = slices.DeleteFunc(list, func(v Value) bool { return !slices.Contains(names, v.Text) })
	}
	slices.SortStableFunc(list, func(a, b Value) int { return cmp.Compare(b.Count, a.Count) })
	found.Values = list
}

// value adds a value of the capture.
func (c *completer) value(i int, e *field.Expr, v Value) {
	c.addValue(i, e, v.Text, counted(v), v.Part)
}

// counted says how many events have a value.
func counted(v Value) string {
	n := thousands(v.Count)
	switch {
	case v.Sample:
		return "in a sample of the events"
	case v.Count == 1:
		return "1 event"
	}
	return n + " events"
}

func (c *completer) addValue(score int, e *field.Expr, text, detail string, part bool) {
	it := Item{Label: shown(text), Kind: ItemValue, Detail: detail}
	it.Insert = c.quote(e, text)
	if part { // the caret stays where more of it can be typed
		it.Again = true
		if strings.HasSuffix(it.Insert, `"`) {
			it.Caret = len(it.Insert) - 1
		}
	}
	c.add(score, it)
	c.items[len(c.items)-1].doc = func() string { return valueDoc(e, text) }
}

// patterns adds shell patterns made of the values of the capture.
func (c *completer) patterns(e *field.Expr) {
	if c.src.Values == nil {
		return
	}
	base := strings.TrimRight(c.typed, "*?")
	for i, v := range c.src.Values.Values(e, base, maxItems/2).Values {
		text := v.Text
		if v.Part {
			text += "*"
		}
		c.addValue(i, e, text, counted(v), false)
	}
}

// fieldsAsValues adds val(), behind which another field stands.
func (c *completer) fieldsAsValues() {
	if c.lang == filter.Wireshark || c.tok.want != wantValue || c.typed == "" || !strings.HasPrefix("val", c.typed) {
		return
	}
	f := sysdigFunctions["val"]
	c.add(5*maxItems, Item{Label: "val", Kind: ItemFunction, Detail: f.Label, Doc: f.Help + "\n\n`" + f.Example + "`", Insert: "val()", Caret: 4, Again: true})
}

// quote writes a value of a field as the language wants it.
func (c *completer) quote(e *field.Expr, text string) string {
	if c.lang == filter.Wireshark {
		return quoteWireshark(e, text)
	}
	if c.tok.quote != 0 {
		return filter.InQuotes(text)
	}
	return filter.Quote(text, strings.ContainsAny(c.tok.op, "<>"))
}

// quoteWireshark writes a value for Wireshark's language: numbers, addresses and truth values bare, texts in quotes.
func quoteWireshark(e *field.Expr, text string) string {
	switch e.Kind() {
	case field.Bool:
		switch text {
		case "true":
			return "1"
		case "false":
			return "0"
		}
		return text
	case field.Int, field.Uint, field.Float, field.Port, field.Time, field.Duration, field.IP:
		return text
	}
	return filter.InQuotes(text)
}

// shown is a value as a list shows it: in one line, valid UTF-8.
func shown(text string) string {
	if filter.Printable(text) {
		return text
	}
	s := filter.InQuotes(text)
	return s[1 : len(s)-1]
}

// thousands writes a number with commas between its thousands.
func thousands(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// static returns the values that are known without a capture.
func static(e *field.Expr, lang filter.Language) []string {
	if len(e.Chain) > 0 {
		return nil
	}
	switch name := e.F.Name; name {
	case "evt.type", "syscall.type":
		return filter.EventNames()
	case "evt.res":
		return append([]string{"SUCCESS"}, errnoNames()...)
	case "evt.category":
		return categoryNames()
	case "evt.dir":
		return []string{">", "<"}
	case "evt.io_dir":
		return []string{"read", "write"}
	case "fd.type", "fd.types", "proc.stdin.type", "proc.stdout.type", "proc.stderr.type":
		return fdTypeNames()
	case "fd.l4proto":
		return []string{"tcp", "udp", "icmp", "raw"}
	case "fd.sockfamily":
		return []string{"ip", "unix"}
	case "evt.source":
		return []string{"syscall"}
	case "fd.port", "fd.sport", "fd.cport", "fd.lport", "fd.rport", "fd.proto":
		return serviceNames(lang)
	case "evt.arg", "evt.rawarg":
		return argumentNames(e)
	}
	if e.Kind() == field.Bool {
		return []string{"true", "false"}
	}
	if e.F.Type == "ipnet" {
		return []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fe80::/10", "fc00::/7"}
	}
	return nil
}

func errnoNames() []string {
	var list []string
	for n := 1; n < 600; n++ {
		if s := evtable.Errno(n); s != "" {
			list = append(list, s)
		}
	}
	return list
}

func categoryNames() []string {
	var list []string
	for n := range uint16(evtable.CategoryMask + 1) {
		if s := evtable.CategoryName(n); s != "" && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	for _, s := range []string{"file", "net", "ipc", "unknown"} { // of reads and writes
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

func fdTypeNames() []string {
	var list []string
	for _, t := range evtable.FDTypes {
		if t.Word != "" && !slices.Contains(list, t.Word) {
			list = append(list, t.Word)
		}
	}
	return list
}

// serviceNames returns well-known ports: by name where the language takes names.
func serviceNames(lang filter.Language) []string {
	var list []string
	for _, s := range filter.Services() {
		if lang == filter.Wireshark {
			list = append(list, strconv.Itoa(int(s.Port)))
		} else {
			list = append(list, s.Name)
		}
	}
	return list
}

// argumentNames returns the names that a parameter's flags have, and errors for results.
func argumentNames(e *field.Expr) []string {
	if e.F.Name == "evt.rawarg" || e.Arg == "" {
		return nil
	}
	list := flagsByParam()[e.Arg].names
	if e.Arg == "res" {
		list = append(slices.Clone(list), errnoNames()...)
	}
	return list
}

// flagsOf returns the names of flags that a parameter has in some events only.
func flagsOf(e *field.Expr, events []string) (names []string) {
	if e.F.Name != "evt.arg" || e.Arg == "" || len(e.Chain) > 0 {
		return nil
	}
	for i := range evtable.Types {
		t := &evtable.Types[i]
		if !slices.Contains(events, t.Name) {
			continue
		}
		for _, p := range t.Params {
			for _, f := range p.Flags {
				if p.Name == e.Arg && !slices.Contains(names, f.Name) {
					names = append(names, f.Name)
				}
			}
		}
	}
	return names
}

// paramFlags are the flags of all parameters with a name.
type paramFlags struct {
	flags []evtable.Flag
	names []string // each once
}

var flagsByParam = sync.OnceValue(func() map[string]paramFlags {
	m := map[string]paramFlags{}
	seen := map[[2]string]bool{}
	for i := range evtable.Types {
		for _, p := range evtable.Types[i].Params {
			of := m[p.Name]
			for _, f := range p.Flags {
				if key := [2]string{p.Name, f.Name}; !seen[key] {
					seen[key] = true
					of.flags = append(of.flags, f)
					of.names = append(of.names, f.Name)
				}
			}
			m[p.Name] = of
		}
	}
	return m
})

// argumentFlags returns the flags of all parameters with a name, each once.
func argumentFlags(name string) []evtable.Flag { return flagsByParam()[name].flags }

// staticDetail says in few words what a known value is.
func staticDetail(e *field.Expr, text string) string {
	switch e.F.Name {
	case "evt.res", "evt.arg":
		return manual.ErrnoTitle(text)
	case "fd.port", "fd.sport", "fd.cport", "fd.lport", "fd.rport", "fd.proto":
		for _, s := range filter.Services() {
			if s.Name == text {
				return strconv.Itoa(int(s.Port))
			}
			if strconv.Itoa(int(s.Port)) == text {
				return s.Name
			}
		}
	case "fd.type":
		for _, t := range evtable.FDTypes {
			if t.Word == text {
				return t.Meaning
			}
		}
	}
	return ""
}

package assist

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
)

// Values tells which values occur in a capture. Its methods answer within milliseconds and may be called by many
// goroutines at once.
type Values interface {
	// Values returns values of a field that begin with, or else hold, what is typed: at most n, the most frequent first.
	// Paths come component by component.
	Values(e *field.Expr, typed string, n int) Found
	// Count returns how many events have the value. exact is false when it is not known for sure.
	Count(e *field.Expr, text string) (n uint64, exact bool)
	// Counting reports whether the values of a field are still to be counted. Asking for them begins that; the same
	// question a moment later finds more.
	Counting(e *field.Expr) bool
	// Fits returns how many events have a value that fits. exact is false when it is not known for sure.
	Fits(e *field.Expr, fits func(text string) bool) (n uint64, exact bool)
}

// Found is what Values returns.
type Found struct {
	Values []Value
	More   bool // there are more, or counting goes on
}

// Value is a value that occurs.
type Value struct {
	Text   string // its bytes
	Count  uint64 // events that have it
	Sample bool   // found in a sample of the events: Count is no more than a hint
	Part   bool   // the beginning of longer values: a directory
}

// Saved is a filter that somebody keeps under a name.
type Saved struct {
	Name, Text string
	Language   filter.Language
}

// Source is what completions may draw from. The zero value knows the languages only.
type Source struct {
	Values Values // nil: no capture
	Saved  []Saved
}

// ItemKind says what an item is.
type ItemKind uint8

// The kinds of items.
const (
	ItemField ItemKind = iota + 1
	ItemOperator
	ItemValue
	ItemKeyword
	ItemFunction
	ItemSnippet
	ItemSaved
)

// Item is what may stand at the caret.
type Item struct {
	Label  string
	Kind   ItemKind
	Detail string      // short: a type, "4,102 events"
	Doc    string      // markdown
	At     filter.Span // of the text it takes the place of
	Insert string
	Caret  int  // where the caret stands then, from the start of Insert
	Again  bool // ask again once it is inserted
}

// maxItems bounds an answer.
const maxItems = 100

// Complete returns what may stand at the caret, the likeliest first, and whether there is more.
func Complete(text string, caret int, lang filter.Language, src Source) (items []Item, more bool) {
	caret = max(0, min(caret, len(text)))
	c := &completer{text: text, caret: caret, lang: lang, src: src}
	c.locate()
	c.fill()
	slices.SortStableFunc(c.items, func(a, b scored) int { return cmp.Compare(a.score, b.score) })
	if len(c.items) > maxItems {
		c.items, c.more = c.items[:maxItems], true
	}
	for _, it := range c.items {
		if it.doc != nil {
			it.Doc = it.doc()
		}
		items = append(items, it.Item)
	}
	return items, c.more
}

// scored is an item with its place: the lowest score comes first.
type scored struct {
	Item
	score int
	doc   func() string // its help, which is written only for those that are returned; nil when it is there
}

type completer struct {
	text  string
	caret int
	lang  filter.Language
	src   Source

	tok   Token       // what the caret stands in or behind
	typed string      // what stands of it before the caret
	at    filter.Span // what an item takes the place of
	items []scored

	around string   // the innermost function around the caret
	events []string // the events that the rest of the filter asks for, as far as that is easily seen
	more   bool
}

// locate finds what is wanted at the caret.
func (c *completer) locate() {
	tokens, end := scan(c.text, c.lang)
	c.at = filter.Span{Start: c.caret, End: c.caret}
	c.events = eventsOf(c.text, tokens, c.caret)
	for i, t := range tokens {
		if t.Kind == Function && t.At.End <= c.caret {
			c.around = c.text[t.At.Start:t.At.End]
		}
		switch {
		case t.At.Start >= c.caret: // the caret stands before it
			c.tok = t
			return
		case t.At.End < c.caret:
			continue
		case t.At.End == c.caret && (t.Kind == Punctuation || t.quote != 0 && t.closed || symbolic(c.text, t)):
			if i+1 == len(tokens) { // what follows is wanted
				break
			}
			continue
		default:
			c.tok, c.at = t, t.At
			c.typed = c.text[t.At.Start:c.caret]
			if t.quote != 0 && len(c.typed) > 0 {
				c.typed = unquote(c.typed)
			}
			return
		}
	}
	c.tok = end
}

// eventsOf returns the events that evt.type is compared with, but at the caret.
func eventsOf(text string, tokens []Token, caret int) (names []string) {
	for _, t := range tokens {
		if t.Kind != String || caret >= t.At.Start && caret <= t.At.End || len(t.left.calls) > 0 {
			continue
		}
		switch t.left.name {
		case "evt.type", "syscall.type", "sysdig.event_name":
		default:
			continue
		}
		switch t.op {
		case "=", "==", "eq", "in", "intersects":
			word := text[t.At.Start:t.At.End]
			if t.quote != 0 {
				word = unquote(word)
			}
			names = append(names, word)
		}
	}
	return names
}

// symbolic reports whether a token is made of signs, behind which a new word begins at once.
func symbolic(text string, t Token) bool {
	return (t.Kind == Operator || t.Kind == Keyword) && !letter(text[t.At.Start])
}

// unquote returns what stands behind an opening quote, with the escapes that matter for a beginning.
func unquote(s string) string {
	s = strings.TrimPrefix(s, "r")
	q := s[:1]
	s = s[1:]
	if strings.HasSuffix(s, q) {
		s = s[:len(s)-1]
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\'`, `'`, `\n`, "\n", `\t`, "\t").Replace(s)
}

func (c *completer) fill() {
	switch c.tok.want {
	case wantCondition:
		c.fields(false)
		c.functions()
		c.conditions()
	case wantArgument:
		c.fields(true)
		if c.lang != filter.Wireshark {
			c.functions()
		}
	case wantOperator:
		c.operators()
	case wantList:
		c.list()
	case wantValue, wantItem:
		c.values()
	case wantComma:
		for c.typed == "" && c.at.Start > 0 && blank(c.text[c.at.Start-1]) {
			c.at.Start--
		}
		c.keyword(",", "another value", ", ", 0)
		c.keyword(c.listEnd(), "the end of the list", c.listEnd(), 1)
	case wantClose:
		c.keyword(")", "the end of the function", ")", 0)
	case wantConnective:
		for i, w := range []string{"and", "or", "and not", "or not"} {
			c.keyword(w, keywords[w], w+" ", i)
		}
	}
}

func (c *completer) listEnd() string {
	if c.lang == filter.Wireshark {
		return "}"
	}
	return ")"
}

// add adds an item that takes the place of what is typed.
func (c *completer) add(score int, it Item) {
	it.At = c.at
	if it.Caret == 0 {
		it.Caret = len(it.Insert)
	}
	// A blank that stands there already is not inserted twice.
	if strings.HasSuffix(it.Insert, " ") && it.Caret == len(it.Insert) && it.At.End < len(c.text) && blank(c.text[it.At.End]) {
		it.At.End++
	}
	c.items = append(c.items, scored{Item: it, score: score})
}

// keyword adds a word of the grammar if it begins with what is typed.
func (c *completer) keyword(label, help, insert string, score int) {
	if strings.HasPrefix(label, c.typed) {
		c.add(score, Item{Label: label, Kind: ItemKeyword, Detail: "", Doc: help, Insert: insert, Again: true})
	}
}

// fields adds fields whose names look like what is typed.
func (c *completer) fields(bare bool) {
	if c.arguments() {
		return
	}
	list := candidates(c.lang)
	for i := range list {
		f := &list[i]
		score, ok := match(f.name, c.typed)
		if !ok {
			continue
		}
		fl := f.expr.F.Flags
		if fl.Has(field.Deprecated) || f.expr.F.Unavailable() != "" {
			score += 400
		}
		if bare && !c.fits(f) {
			continue
		}
		c.add(score+f.rank, c.fieldItem(f, bare))
		c.items[len(c.items)-1].doc = func() string { return fieldDoc(f, c.lang) }
	}
	if c.typed == "" {
		c.classes()
	}
}

// fits reports whether the function around the caret takes a field.
func (c *completer) fits(f *candidate) bool {
	k := f.expr.Kind()
	switch {
	case f.expr.F.Flags.Has(field.NoTransformer):
		return false
	case k == field.None:
		return true
	}
	switch c.around {
	case "tolower", "toupper", "basename", "lower", "upper":
		return k == field.String
	case "b64":
		return field.B64.Takes(k) != field.None
	case "len":
		return field.Len.Takes(k) != field.None
	}
	return true
}

func (c *completer) fieldItem(f *candidate, bare bool) Item {
	it := Item{Label: f.name, Kind: ItemField, Detail: kindName(f.expr.Kind()), Insert: f.name, Again: true}
	switch {
	case f.need && strings.HasPrefix(f.expr.F.Syntax, "."):
		it.Insert += "."
	case f.need && f.expr.F.Name == "evt.arg":
		it.Insert += "."
	case f.need && c.lang != filter.Wireshark:
		it.Insert, it.Caret = f.name+"[]", len(f.name)+1
	case bare:
		it.Again = false
	default:
		it.Insert += " "
	}
	return it
}

// classes adds the groups of fields.
func (c *completer) classes() {
	seen := map[string]int{}
	var names []string
	for _, f := range candidates(c.lang) {
		first, _, ok := strings.Cut(f.name, ".")
		if !ok {
			continue
		}
		if seen[first+"."] == 0 {
			names = append(names, first+".")
		}
		seen[first+"."]++
	}
	for i, name := range names {
		c.add(len(popular)/2+i, Item{Label: name, Kind: ItemField, Detail: strconv.Itoa(seen[name]) + " fields", Insert: name, Again: true})
	}
}

// fuzzy is where the scores of names begin that only have the letters in order.
const fuzzy = 4000

// match tells how well a name fits what is typed: the lower the better.
func match(name, typed string) (score int, ok bool) {
	if typed == "" {
		return 0, true
	}
	n, t := strings.ToLower(name), strings.ToLower(typed)
	switch {
	case n == t:
		return -1000, true
	case strings.HasPrefix(n, t):
		return 0, true
	}
	last := n[strings.LastIndexByte(n, '.')+1:]
	switch {
	case strings.HasPrefix(last, t):
		return 1000, true
	case strings.Contains(n, "."+t), strings.Contains(n, "_"+t):
		return 2000, true
	case len(t) > 1 && strings.Contains(n, t):
		return 3000, true
	}
	i := 0
	for _, b := range []byte(n) { // the letters in order, the first one first of a part
		if i < len(t) && b == t[i] {
			i++
		}
	}
	if i == len(t) && len(t) > 1 && n[0] == t[0] {
		return fuzzy + len(n), true
	}
	return 0, false
}

// functions adds functions by their name.
func (c *completer) functions() {
	names := make([]string, 0, 8)
	for name := range functions(c.lang) {
		if name != "val" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for i, name := range names {
		score, ok := match(name, c.typed)
		if !ok {
			continue
		}
		f := functions(c.lang)[name]
		c.add(score+len(popular)+50+i, Item{
			Label: name, Kind: ItemFunction, Detail: f.Label, Doc: f.Help + "\n\n`" + f.Example + "`",
			Insert: name + "()", Caret: len(name) + 1, Again: true,
		})
	}
}

// conditions adds what may begin a condition besides fields: not, whole conditions, saved filters.
func (c *completer) conditions() {
	c.keyword("not", keywords["not"], "not ", len(popular)+20)
	for i, s := range snippets(c.lang) {
		if score, ok := match(s.label, c.typed); ok && (c.typed != "" || i < 4) {
			c.add(score+len(popular)+30+i, Item{Label: s.label, Kind: ItemSnippet, Detail: s.text, Doc: s.help, Insert: s.text})
		}
	}
	for i, s := range c.src.Saved {
		if s.Language != filter.Auto && s.Language != c.lang {
			continue
		}
		if score, ok := match(s.Name, c.typed); ok {
			text := s.Text
			if strings.TrimSpace(c.text[:c.at.Start]+c.text[c.at.End:]) != "" {
				text = "(" + text + ")"
			}
			c.add(score+len(popular)+60+i, Item{Label: s.Name, Kind: ItemSaved, Detail: s.Text, Insert: text})
		}
	}
}

// snippet is a condition that people often want.
type snippet struct{ label, text, help string }

func snippets(lang filter.Language) []snippet {
	if lang == filter.Wireshark {
		return []snippet{
			{"failed calls", "evt.failed == 1", "Calls that returned an error."},
			{"writes", "evt.is_io_write == 1", "Calls that wrote to a descriptor."},
			{"reads", "evt.is_io_read == 1", "Calls that read from a descriptor."},
			{"programs started", `evt.type in {"execve", "execveat"}`, "Calls that started a program."},
			{"files opened", `evt.type in {"open", "openat", "openat2", "creat"}`, "Calls that opened files."},
			{"network", `fd.type in {"ipv4", "ipv6"}`, "Events about network sockets."},
		}
	}
	return []snippet{
		{"failed calls", "evt.failed = true", "Calls that returned an error."},
		{"writes", "evt.is_io_write = true", "Calls that wrote to a descriptor."},
		{"reads", "evt.is_io_read = true", "Calls that read from a descriptor."},
		{"programs started", "evt.type in (execve, execveat)", "Calls that started a program."},
		{"files opened", "evt.type in (open, openat, openat2, creat)", "Calls that opened files."},
		{"network", "fd.type in (ipv4, ipv6)", "Events about network sockets."},
		{"connections", "evt.type in (connect, accept, accept4)", "Connections made and taken."},
		{"slow calls", "evt.latency > 1000000", "Calls that took over a millisecond; needs a capture with both halves of calls."},
	}
}

// operators adds the operators that compare what the field holds.
func (c *completer) operators() {
	e := c.tok.left.expr(c.lang)
	for i, w := range operators(c.lang) {
		if e != nil && !legal(w.text, e, c.lang) {
			continue
		}
		if w.text == "==" && c.typed == "" && c.lang != filter.Wireshark { // said by = already
			continue
		}
		if !strings.HasPrefix(w.text, c.typed) || i > 8 && c.typed == "" && c.lang == filter.Wireshark {
			continue
		}
		it := Item{Label: w.text, Kind: ItemOperator, Doc: w.help + "\n\n`" + w.example + "`", Insert: w.text + " ", Again: true}
		switch w.text {
		case "exists":
			it.Again = false
		case "in", "intersects", "pmatch":
			open := "()"
			if c.lang == filter.Wireshark {
				open = "{}"
			}
			it.Insert, it.Caret = w.text+" "+open, len(w.text)+2
		}
		if letter(w.text[0]) && c.at.Start > 0 && !blank(c.text[c.at.Start-1]) {
			it.Insert = " " + it.Insert
			if it.Caret > 0 {
				it.Caret++
			}
		}
		if e != nil && e.Kind() == field.Bool && w.text != "=" && w.text != "==" {
			i += 20
		}
		c.add(i, it)
	}
	if c.lang == filter.Wireshark { // a lone field asks for presence
		for i, w := range []string{"and", "or"} {
			c.keyword(w, keywords[w], w+" ", 40+i)
		}
	}
}

// list adds the opening of a list.
func (c *completer) list() {
	open, shut := "(", ")"
	if c.lang == filter.Wireshark {
		open, shut = "{", "}"
	}
	if c.typed == "" {
		c.add(0, Item{Label: open + shut, Kind: ItemSnippet, Detail: "a list of values", Insert: open + shut, Caret: 1, Again: true})
	}
}

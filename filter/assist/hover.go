package assist

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/filter/manual"
	"github.com/scapls/scapls/scapio/evtable"
)

// Hover explains the word at the caret in markdown; an empty text where there is nothing to say.
func Hover(text string, caret int, lang filter.Language, values Values) (at filter.Span, markdown string) {
	tokens, _ := scan(text, lang)
	for _, t := range tokens {
		if caret < t.At.Start || caret > t.At.End || caret == t.At.End && t.At.End < len(text) && !blank(text[t.At.End]) && !letter(text[t.At.End-1]) {
			continue
		}
		h := hoverer{text: text[t.At.Start:t.At.End], t: t, lang: lang, values: values}
		if md := h.markdown(); md != "" {
			return t.At, md
		}
	}
	return filter.Span{}, ""
}

type hoverer struct {
	text   string
	t      Token
	lang   filter.Language
	values Values
}

func (h *hoverer) markdown() string {
	switch h.t.Kind {
	case Field:
		return h.field()
	case Operator:
		if w, ok := operatorHelp(h.text, h.lang); ok {
			return "**" + code(h.text) + "** " + w.help + "\n\n" + code(w.example)
		}
	case Keyword:
		if s := keywords[h.text]; s != "" {
			return "**" + h.text + "** " + s
		}
	case Function:
		if f, ok := functions(h.lang)[h.text]; ok {
			return "**" + f.Label + "** " + f.Help + "\n\n" + code(f.Example)
		}
	case String, Number:
		return h.value()
	case Invalid:
		near := field.Nearest(h.text, 3)
		if h.lang == filter.Wireshark {
			near = field.NearestWireshark(h.text, 3)
		}
		if len(near) > 0 {
			return "There is no field " + code(h.text) + ". Did you mean " + code(strings.Join(near, "`, `")) + "?"
		}
	}
	return ""
}

func (h *hoverer) field() string {
	for _, c := range candidates(h.lang) {
		if c.name == h.text {
			return fieldDoc(&c, h.lang)
		}
	}
	e := fieldOf(h.text, h.lang)
	if e == nil {
		return ""
	}
	return fieldDoc(&candidate{name: h.text, expr: *e}, h.lang)
}

// fieldDoc tells all there is to say of a field.
func fieldDoc(c *candidate, lang filter.Language) string {
	f := c.expr.F
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** %s\n\n%s.", c.name, kindName(c.expr.Kind()), capital(f.Help))
	if f.Syntax != "" && lang != filter.Wireshark {
		how := "It may have an argument"
		if f.Arg == field.ArgRequired {
			how = "It needs an argument"
		}
		fmt.Fprintf(&b, " %s: %s.", how, code(f.Name+f.Syntax))
	}
	if c.expr.Several() {
		b.WriteString(" It may have several values; one that fits is enough.")
	}
	if f.Name == "evt.arg" || f.Name == "evt.rawarg" {
		if p, ok := lookupParameter(c.expr.Arg); ok {
			b.WriteString("\n\n" + paramDoc(p))
		}
	}
	if f.Flags.Has(field.Deprecated) {
		b.WriteString("\n\nDeprecated: newer tools may not know it.")
		if s := f.Instead(); s != "" {
			b.WriteString(" " + capital(s) + ".")
		}
	}
	if why := f.Unavailable(); why != "" {
		b.WriteString("\n\nNo capture answers it: " + why + ".")
	} else if s := needs(f); s != "" {
		b.WriteString("\n\nNeeds " + s + ".")
	}
	if s := otherName(&c.expr, lang); s != "" {
		b.WriteString("\n\n" + s)
	}
	if s := example(c, lang); s != "" {
		b.WriteString("\n\n" + code(s))
	}
	return b.String()
}

func capital(s string) string {
	if s == "" {
		return s
	}
	if i := strings.IndexAny(s, " [("); i > 0 && strings.ToLower(s[:i]) != s[:i] { // argv[0], CPU
		return s
	}
	if s[0] == '>' { // would quote
		return `\` + s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func code(s string) string {
	if strings.Contains(s, "`") && !strings.Contains(s, "`, `") {
		return "`` " + s + " ``"
	}
	return "`" + s + "`"
}

// needs says what a capture must hold for a field to have values.
func needs(f *field.Field) string {
	switch {
	case strings.HasPrefix(f.Name, "evt.latency"), f.Name == "evt.wait_latency":
		return "both halves of calls; newer tools capture exits only"
	case f.Class == "container":
		return "container events, or control groups that name the container"
	case f.Class == "k8s", strings.HasPrefix(f.Name, "k8s."):
		return "containers with Kubernetes labels"
	case f.Class == "syslog":
		return "writes to /dev/log"
	}
	return ""
}

// example is a condition with the field.
func example(c *candidate, lang filter.Language) string {
	e := &c.expr
	name := c.name
	if e.F.Arg == field.ArgRequired && e.Arg == "" && lang != filter.Wireshark {
		if s := argumentExamples[e.F.Name]; s != "" {
			return s
		}
		return ""
	}
	eq := " = "
	if lang == filter.Wireshark {
		eq = " == "
	}
	if v := examples[e.F.Name]; v != "" {
		if lang == filter.Wireshark {
			v = quoteWireshark(e, v)
		} else {
			v = filter.Quote(v, false)
		}
		return name + eq + v
	}
	switch e.Kind() {
	case field.Bool:
		if lang == filter.Wireshark {
			return name + " == 1"
		}
		return name + " = true"
	case field.IP:
		if e.F.Type == "ipnet" {
			return name + eq + "10.0.0.0/8"
		}
		return name + eq + "127.0.0.1"
	case field.Port:
		return name + eq + "443"
	case field.Duration, field.Time:
		return name + " > 1000000"
	case field.Int, field.Uint, field.Float:
		return name + " > 0"
	case field.Elements:
		return name + " intersects (ipv4, ipv6)"
	}
	if lang == filter.Wireshark {
		return name
	}
	return name + " exists"
}

var argumentExamples = map[string]string{
	"evt.arg": "evt.arg.flags contains O_CREAT", "evt.rawarg": "evt.rawarg.size > 4096", "evt.type.is": "evt.type.is.openat = 1",
	"evt.around": "evt.around[1404996934793590564] = 1000", "thread.cgroup": "thread.cgroup.memory contains docker",
	"container.label": "container.label[app] = web", "container.mount": "container.mount[0] exists", "k8s.pod.label": "k8s.pod.label[app] = web",
}

var examples = map[string]string{
	"proc.name": "nginx", "evt.type": "openat", "syscall.type": "openat", "evt.category": "file", "evt.res": "ENOENT", "evt.dir": "<",
	"evt.io_dir": "write", "fd.type": "ipv4", "fd.typechar": "f", "fd.name": "/etc/passwd", "fd.directory": "/etc", "fd.filename": "passwd",
	"fd.nameraw": "passwd", "fd.l4proto": "tcp", "fd.sockfamily": "ip", "proc.exe": "/usr/sbin/nginx", "proc.exepath": "/usr/sbin/nginx",
	"proc.cwd": "/tmp/", "proc.pname": "bash", "proc.aname": "sshd", "user.name": "root", "group.name": "root", "container.name": "web",
	"container.id": "host", "container.image": "nginx:latest", "container.type": "docker", "evt.buffer": "GET /", "fs.path.name": "/etc/passwd",
	"proc.sname": "bash", "evt.source": "syscall", "fd.proto": "443", "proc.cmdline": "nginx -g daemon off;", "user.uid": "0", "group.gid": "0",
	"proc.pid": "1", "thread.tid": "1", "proc.ppid": "1", "fd.num": "1", "evt.cpu": "0", "evt.num": "1000",
}

// otherName tells how the field is called in the other language.
func otherName(e *field.Expr, lang filter.Language) string {
	if lang == filter.Wireshark {
		s := e.Sysdig()
		if name, known := e.Wireshark(); !known {
			return "In sysdig and Falco: " + code(s) + ". Stratoshark has no field " + code(name) + "."
		}
		if s == "" {
			return ""
		}
		return "In sysdig and Falco: " + code(s) + "."
	}
	if s := wiresharkName(e); s != "" {
		return "In Stratoshark: " + code(s) + "."
	}
	return ""
}

// value explains a value by the field it is compared with.
func (h *hoverer) value() string {
	e := h.t.left.expr(h.lang)
	if e == nil {
		return ""
	}
	text := h.text
	if h.t.quote != 0 {
		text = unquote(text)
	}
	if x := catalogued(e); x != nil {
		e = x
	}
	md := valueDoc(e, text)
	exact := h.t.op == "=" || h.t.op == "==" || h.t.op == "eq" || h.t.op == "in" || h.t.op == "!=" || h.t.op == "ne" || h.t.op == "intersects"
	if h.values != nil && exact {
		n, sure := h.values.Count(e, text)
		switch {
		case n == 1:
			md += "\n\n1 event of this capture has it."
		case n > 0:
			md += "\n\n" + thousands(n) + " events of this capture have it."
		case sure:
			md += "\n\nNo event of this capture has it."
		}
	}
	return strings.TrimSpace(md)
}

// valueDoc explains a value of a field in markdown, "" when there is nothing to say.
func valueDoc(e *field.Expr, text string) string {
	if len(e.Chain) > 0 {
		return ""
	}
	switch e.F.Name {
	case "evt.type", "syscall.type", "evt.type.is":
		return manual.Markdown(text)
	case "evt.res":
		return errorDoc(text)
	case "evt.arg":
		if e.Arg == "res" || strings.HasPrefix(text, "E") && evtError(text) {
			return errorDoc(text)
		}
		return flagDoc(e.Arg, text)
	case "evt.rawres":
		return rawResult(text)
	case "evt.category":
		return manual.Category(text)
	case "fd.type", "fd.types":
		return descriptorDoc(text)
	case "thread.cap_effective", "thread.cap_permitted", "thread.cap_inheritable":
		return ""
	}
	switch e.Kind() {
	case field.Port:
		return portDoc(text)
	case field.IP:
		return addressDoc(text)
	case field.Duration:
		if n, err := strconv.ParseUint(text, 10, 64); err == nil {
			return code(text) + " is " + span(n) + "."
		}
	}
	return ""
}

func evtError(text string) bool { return manual.ErrnoTitle(text) != "" && text != "SUCCESS" }

func errorDoc(text string) string {
	n, meaning := manual.Errno(text)
	if meaning == "" {
		if text == "SUCCESS" {
			return "**SUCCESS** The call returned no error."
		}
		return ""
	}
	return fmt.Sprintf("**%s** (%d, %s) %s\n\n[errno(3)](%s)", text, n, manual.ErrnoTitle(text), meaning, manual.ErrnoPage)
}

func rawResult(text string) string {
	n, err := strconv.Atoi(text)
	if err != nil || n >= 0 || n < -600 {
		return ""
	}
	return errorDoc(evtable.Errno(-n))
}

func flagDoc(param, text string) string {
	for _, f := range argumentFlags(param) {
		if f.Name == text {
			s := fmt.Sprintf("**%s** (%#x)", f.Name, f.Value)
			if m := manual.Flag(f.Name); m != "" {
				s += " " + m
			}
			return s
		}
	}
	return ""
}

func descriptorDoc(text string) string {
	for _, t := range evtable.FDTypes {
		if t.Word == text {
			return fmt.Sprintf("**%s** %s. `fd.typechar` shows it as `%c`.", text, capital(t.Meaning), t.Char)
		}
	}
	return ""
}

func portDoc(text string) string {
	for _, s := range filter.Services() {
		if s.Name == text || strconv.Itoa(int(s.Port)) == text {
			return fmt.Sprintf("Port **%d** is usually **%s**.", s.Port, s.Name)
		}
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil || n < 0 || n > 65535:
		return ""
	case n >= 32768 && n <= 60999:
		return fmt.Sprintf("Port **%d** is one that Linux gives to clients.", n)
	case n < 1024:
		return fmt.Sprintf("Port **%d** is one that only privileged programs may serve.", n)
	}
	return ""
}

func addressDoc(text string) string {
	if p, err := netip.ParsePrefix(text); err == nil {
		text = p.Addr().String()
	}
	a, err := netip.ParseAddr(text)
	switch {
	case err != nil:
		return ""
	case a.IsLoopback():
		return code(text) + " is this machine itself (loopback)."
	case a.IsPrivate():
		return code(text) + " is an address of a private network."
	case a.IsLinkLocalUnicast():
		return code(text) + " is a link-local address."
	case a.IsMulticast():
		return code(text) + " is a multicast address."
	case a.IsUnspecified():
		return code(text) + " stands for any address."
	}
	return ""
}

// span writes nanoseconds with a unit that fits.
func span(ns uint64) string {
	units := []struct {
		n    uint64
		name string
	}{{3600e9, "h"}, {60e9, "min"}, {1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}}
	i := slices.IndexFunc(units, func(u struct {
		n    uint64
		name string
	},
	) bool {
		return ns >= u.n
	})
	if i < 0 {
		return strconv.FormatUint(ns, 10) + " ns"
	}
	return strconv.FormatFloat(float64(ns)/float64(units[i].n), 'f', -1, 64) + " " + units[i].name
}

package explain

import (
	"strconv"
	"strings"

	"github.com/scapls/scapls/filter/field"
)

// fill puts the parts of the event into a text. done says that the call succeeded.
func fill(c *field.Ctx, rest string, done bool) string {
	var out strings.Builder
	for i, clause := range strings.Split(rest, "|") {
		text, whole := clause, true
		for from := strings.IndexByte(text, '{'); from >= 0; from = strings.IndexByte(text, '{') {
			to := from + strings.IndexByte(text[from:], '}')
			name := text[from+1 : to]
			value := part(c, name, done)
			if value == "" && name != "access" && name != "args" {
				whole, value = false, unknown(name)
			}
			text = text[:from] + strings.NewReplacer("{", "(", "}", ")").Replace(value) + text[to+1:]
		}
		if whole || i == 0 { // what a call is about is always told
			out.WriteString(text)
		}
	}
	return strings.ReplaceAll(out.String(), " ,", ",")
}

// unknown stands for a part that the capture does not tell.
func unknown(name string) string {
	switch name {
	case "path", "pathorfd", "source", "target", "filename":
		return "a file"
	case "fd":
		return "a descriptor"
	}
	return "something"
}

// part returns the text of a part: an argument by its name, or one of those below.
func part(c *field.Ctx, name string, done bool) string {
	switch name {
	case "path":
		return orText(orText(get(c, "fs.path.name"), get(c, "evt.arg.name")), get(c, "evt.arg.path"))
	case "pathorfd":
		if p := get(c, "fs.path.name"); p != "" && !strings.HasSuffix(p, "/") {
			return p
		}
		return orText(descriptor(c), get(c, "fs.path.name"))
	case "source":
		return get(c, "fs.path.source")
	case "target":
		return get(c, "fs.path.target")
	case "fd":
		return descriptor(c)
	case "fdnum":
		if c.FDNum >= 0 && done {
			return strconv.FormatInt(c.FDNum, 10)
		}
		return ""
	case "newfdnum":
		return number(c, "newfd")
	case "fd1", "fd2":
		return number(c, name)
	case "res":
		if !done || !c.HasRes {
			return ""
		}
		return strconv.FormatInt(c.Res, 10)
	case "moved":
		return moved(c, done)
	case "access":
		return access(get(c, "evt.arg.flags"))
	case "exe":
		return orText(get(c, "evt.arg.trusted_exepath"), orText(get(c, "proc.exepath"), get(c, "evt.arg.exe")))
	case "args":
		if a := get(c, "proc.args"); a != "" {
			return " with the arguments " + short(a)
		}
		return ""
	}
	if arg, ok := strings.CutPrefix(name, "fd:"); ok {
		return named(get(c, "evt.arg."+arg), number(c, arg))
	}
	return value(get(c, "evt.arg."+name))
}

// value leaves of "2(AF_INET)" the name.
func value(s string) string {
	if i := strings.IndexByte(s, '('); i > 0 && strings.HasSuffix(s, ")") {
		if inner := s[i+1 : len(s)-1]; inner != "" {
			return inner
		}
	}
	return s
}

// number returns an argument as a number.
func number(c *field.Ctx, arg string) string {
	r, err := field.Parse("evt.rawarg." + arg)
	if err != nil {
		return ""
	}
	v := r.Value(c)
	switch v.Kind {
	case field.Int:
		return strconv.FormatInt(v.Int(), 10)
	case field.Uint:
		return strconv.FormatUint(v.U, 10)
	}
	return ""
}

// descriptor names what the event's descriptor is open on, with its number.
func descriptor(c *field.Ctx) string {
	name := get(c, "fd.name")
	if c.FDNum < 0 {
		if r := number(c, "fd"); r != "" && !strings.HasPrefix(r, "-") {
			return "fd " + r
		}
		return ""
	}
	num := strconv.FormatInt(c.FDNum, 10)
	if name == "" {
		if kind := get(c, "fd.type"); kind != "" {
			return "fd " + num + " (" + kind + ")"
		}
		return "fd " + num
	}
	return name + " (fd " + num + ")"
}

// named makes "/etc/passwd (fd 3)" of an argument as it is printed, "<f>/etc/passwd", and its number.
func named(s, num string) string {
	if strings.HasPrefix(num, "-") {
		return ""
	}
	if i := strings.IndexByte(s, '>'); i >= 0 && strings.HasPrefix(s, "<") && i+1 < len(s) {
		return s[i+1:] + " (fd " + num + ")"
	}
	if num == "" {
		return ""
	}
	return "fd " + num
}

// moved is how much a call moved, or was to move.
func moved(c *field.Ctx, done bool) string {
	if done && c.HasRes {
		switch c.Res {
		case 0:
			return "nothing (the end)"
		case 1:
			return "1 byte"
		}
		return grouped(strconv.FormatInt(c.Res, 10)) + " bytes"
	}
	if n := number(c, "size"); n != "" {
		return "up to " + grouped(n) + " bytes"
	}
	return "bytes"
}

func grouped(s string) string {
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// access says for what a file is opened.
func access(flags string) string {
	has := func(name string) bool { return strings.Contains(flags, name) }
	var s string
	switch {
	case has("O_RDWR"):
		s = " for reading and writing"
	case has("O_WRONLY"):
		s = " for writing"
	case has("O_RDONLY"):
		s = " for reading"
	}
	switch {
	case has("O_TMPFILE"):
		s += ", as a file without a name"
	case has("O_CREAT") && has("O_EXCL"):
		s += ", making it new"
	case has("O_CREAT") && has("O_TRUNC"):
		s += ", making it or emptying it"
	case has("O_CREAT"):
		s += ", making it if need be"
	case has("O_TRUNC"):
		s += ", emptying it"
	}
	if has("O_APPEND") {
		s += ", to append"
	}
	return s
}

// signalName returns the name of a signal argument.
func signalName(c *field.Ctx, arg string) string {
	return orText(value(get(c, "evt.arg."+arg)), "a signal")
}

package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func writeConsts(f *tables, b *bytes.Buffer) error {
	b.WriteString("// The wire types of parameters, with libscap's numbers.\nconst (\n")
	for _, p := range f.pts {
		fmt.Fprintf(b, "%s PT = %d\n", ptConst(p.Name), p.ID)
	}
	b.WriteString(")\n\nvar ptNames = [...]string{")
	for _, p := range f.pts {
		fmt.Fprintf(b, "%q, ", strings.TrimPrefix(p.Name, "PT_"))
	}
	b.WriteString("}\n\n// ptSizes holds the width of every wire type; 0 for those of variable length.\nvar ptSizes = [...]uint8{")
	for _, p := range f.pts {
		n, _ := p.Size.(float64)
		fmt.Fprintf(b, "%d, ", int(n))
	}
	b.WriteString("}\n\n// The event flags. Their bits are those of libscap's event table.\nconst (\nEFNone EF = 0\n")
	for _, name := range slices.SortedFunc(maps.Keys(f.ef), func(x, y string) int { return cmp.Compare(f.ef[x], f.ef[y]) }) {
		fmt.Fprintf(b, "EF%s EF = %d\n", camel(strings.TrimPrefix(name, "EF_"), true), f.ef[name])
	}
	b.WriteString(")\n\n// The event categories: the base words in the low 9 bits, and the bits that tell the source.\nconst (\n")
	for _, c := range f.cats.Values {
		fmt.Fprintf(b, "EC%s uint16 = %d\n", camel(strings.TrimPrefix(c[1].(string), "EC_"), true), number(c[0]))
	}
	for _, c := range f.cats.SourceBits {
		name, _, _ := strings.Cut(c[1].(string), " ")
		fmt.Fprintf(b, "EC%s uint16 = %d\n", camel(strings.TrimPrefix(name, "EC_"), true), number(c[0]))
	}
	b.WriteString(")\n\nvar categories = [...]string{")
	for _, c := range f.cats.Values {
		if text := c[2].(string); text != "(by fd)" {
			fmt.Fprintf(b, "%d: %q, ", number(c[0]), text)
		}
	}
	b.WriteString("}\n\n")
	if err := writeFDTypes(f, b); err != nil {
		return err
	}
	b.WriteString("// The event types: PPME_SYSCALL_OPEN_X is SyscallOpenX.\nconst (\n")
	seen := map[string]string{}
	for _, e := range f.events {
		name := typeConst(e.PPME)
		if old := seen[name]; old != "" {
			return fmt.Errorf("%s and %s share the name %s", old, e.PPME, name)
		}
		seen[name] = e.PPME
		fmt.Fprintf(b, "%s uint16 = %d\n", name, e.ID)
	}
	fmt.Fprintf(b, ")\n\n// NumTypes is the number of event types in the table.\nconst NumTypes = %d\n", len(f.events))
	return nil
}

var fdConsts = []string{
	"Unknown", "File", "Directory", "IPv4", "IPv6", "IPv4Server", "IPv6Server", "Fifo", "Unix", "Event", "Unsupported", "Signalfd",
	"Eventpoll", "Inotify", "Timerfd", "Netlink", "FileV2", "BPF", "Userfaultfd", "IOUring", "Memfd", "Pidfd",
}

func writeFDTypes(f *tables, b *bytes.Buffer) error {
	if len(fdConsts) != len(f.fds.FDTypes) {
		return fmt.Errorf("%d descriptor types, %d names", len(f.fds.FDTypes), len(fdConsts))
	}
	b.WriteString("// The types of file descriptors as a capture stores them.\nconst (\n")
	for i, name := range fdConsts {
		fmt.Fprintf(b, "FD%s uint8 = %d\n", name, i)
	}
	b.WriteString(")\n\n// FDTypes describes every descriptor type, indexed by its number.\nvar FDTypes = [...]FDType{\n")
	for i, t := range f.fds.FDTypes {
		if number(t[0]) != int64(i) {
			return fmt.Errorf("descriptor type %v stands at place %d", t[0], i)
		}
		word := t[3].(string)
		if word == "(none)" {
			word = ""
		}
		fmt.Fprintf(b, "{%q, '%s', %q},\n", t[1], t[2], word)
	}
	b.WriteString("}\n\n")
	return nil
}

func writeTypes(f *tables, b *bytes.Buffer) error {
	b.WriteString("// Types is the event table, indexed by type number.\nvar Types = [NumTypes]Type{\n")
	for _, e := range f.events {
		fmt.Fprintf(b, "{%d, %q, %q, %t, %d, %d, ", e.ID, e.PPME, e.Name, e.Dir == "enter", e.Category.Value, e.FlagsValue)
		if len(e.Params) == 0 {
			b.WriteString("nil},\n")
			continue
		}
		b.WriteString("[]Param{\n")
		for _, p := range e.Params {
			flags, dyn, dirfd := "nil", "nil", -1
			switch {
			case p.InfoKind == "flags":
				flags = camel(p.Info, false)
			case p.InfoKind == "dynamic":
				dyn = dynVar(p.Info)
			case p.Info != "":
				return fmt.Errorf("%s has an unknown kind of info %q", e.PPME, p.InfoKind)
			}
			if p.DirFD != nil {
				dirfd = *p.DirFD
			}
			if formats[p.Format] == "" {
				return fmt.Errorf("%s has an unknown format %q", e.PPME, p.Format)
			}
			fmt.Fprintf(b, "{%q, %q, %s, %s, %s, %s, %d},\n", p.Name, " "+p.Name+"=", ptConst(p.Type), formats[p.Format], flags, dyn, dirfd)
		}
		b.WriteString("}},\n")
	}
	b.WriteString("}\n\n// fdParams is the index of the descriptor among the parameters plus one, where the table names one.\nvar fdParams = [NumTypes]uint8{")
	for _, e := range f.events {
		if n, ok := f.fdloc.Enter[e.PPME]; ok {
			fmt.Fprintf(b, "%s: %d, ", typeConst(e.PPME), n+1)
		}
		if n, ok := f.fdloc.Exit[e.PPME]; ok {
			fmt.Fprintf(b, "%s: %d, ", typeConst(e.PPME), n+1)
		}
	}
	b.WriteString("}\n")
	return nil
}

func writeFlags(f *tables, b *bytes.Buffer) error {
	b.WriteString("// The tables of flag names, in libscap's order.\nvar (\n")
	for _, k := range f.flagKeys {
		fmt.Fprintf(b, "%s = []Flag{", camel(k, false))
		for _, e := range f.flags[k] {
			fmt.Fprintf(b, "{%q, %#x}, ", e[0], number(e[1]))
		}
		b.WriteString("}\n")
	}
	b.WriteString(")\n\nvar flagTables = map[string][]Flag{\n")
	for _, k := range f.flagKeys {
		fmt.Fprintf(b, "%q: %s,\n", k, camel(k, false))
	}
	b.WriteString("}\n\nvar (\n")
	for _, k := range f.dynKeys {
		fmt.Fprintf(b, "%s = []DynParam{", dynVar(k))
		for _, d := range f.dyn[k] {
			fmt.Fprintf(b, "{%s, %s}, ", ptConst(d.Type), formats[d.Format])
		}
		b.WriteString("}\n")
	}
	b.WriteString(")\n\n// sockFamilies holds the name or names of every address family.\nvar sockFamilies = [...]string{")
	byNumber := map[int64][]string{}
	for _, e := range f.flags["socket_families"] {
		byNumber[number(e[1])] = append(byNumber[number(e[1])], e[0].(string))
	}
	for _, n := range slices.Sorted(maps.Keys(byNumber)) {
		fmt.Fprintf(b, "%d: %q, ", n, strings.Join(byNumber[n], "|"))
	}
	b.WriteString("}\n")
	return nil
}

func writeNames(f *tables, b *bytes.Buffer) error {
	for _, t := range []struct {
		name, doc string
		rows      [][2]any
	}{
		{"errnos", "errnos holds the names of error numbers.", f.errno},
		{"signals", "signals holds the names of signals.", f.signals},
		{"capabilities", "capabilities holds the names of capability bits.", f.caps},
	} {
		fmt.Fprintf(b, "// %s\nvar %s = [...]string{\n", t.doc, t.name)
		for _, e := range t.rows {
			fmt.Fprintf(b, "%d: %q,\n", number(e[0]), e[1])
		}
		b.WriteString("}\n\n")
	}
	fmt.Fprintf(b, "// scs holds the names of system calls by libscap's own number.\nvar scs = [...]string{\n")
	for _, s := range f.sc {
		fmt.Fprintf(b, "%d: %q,\n", s.ID, s.Name)
	}
	b.WriteString("}\n\n")
	for _, t := range []struct {
		name string
		rows []syscall
	}{{"x8664", f.x86}, {"aarch64", f.arm}} {
		fmt.Fprintf(b, "// %s holds the names of the system calls by the number the kernel gives them there.\nvar %s = [...]string{\n", t.name, t.name)
		for _, s := range t.rows {
			fmt.Fprintf(b, "%d: %q,\n", s.NR, s.Name)
		}
		b.WriteString("}\n\n")
	}
	return nil
}

var (
	ops     = map[string]string{"": "OpEmpty", "empty": "OpEmpty", "default": "OpDefault", "from_old": "OpFromOld", "from_enter": "OpFromEnter"}
	actions = map[string]string{
		"pass": "ActPass", "store": "ActStore", "store_and_pass": "ActStoreAndPass",
		"add_params": "ActAddParams", "change_type": "ActChangeType",
	}
)

func writeConvert(f *tables, b *bytes.Buffer) error {
	rows := make([][]*conversion, len(f.events))
	for i := range f.convs {
		c := &f.convs[i]
		for len(rows[c.ID]) <= c.NParams {
			rows[c.ID] = append(rows[c.ID], nil)
		}
		rows[c.ID][c.NParams] = c
	}
	b.WriteString("// conversions is indexed by event type and number of parameters.\nvar conversions = [NumTypes][]*Conversion{\n")
	for id, cs := range rows {
		if cs == nil {
			continue
		}
		fmt.Fprintf(b, "%s: {", typeConst(f.events[id].PPME))
		for n, c := range cs {
			if c != nil {
				text, err := conversionText(f, c)
				if err != nil {
					return fmt.Errorf("%s with %d parameters: %w", f.events[id].PPME, n, err)
				}
				fmt.Fprintf(b, "%d: %s, ", n, text)
			}
		}
		b.WriteString("},\n")
	}
	b.WriteString("}\n")
	return nil
}

// conversionText writes one row. The only row with a callback turns a CONTAINER_E of 2015 (id, type, name, image) into
// the JSON of the later container events. It becomes a plain pass: the old shape says the same and costs no memory.
func conversionText(f *tables, c *conversion) (string, error) {
	act, ok := actions[c.Action]
	if !ok {
		return "", fmt.Errorf("unknown action %q", c.Action)
	}
	to := "0"
	if c.Action == "change_type" {
		to = typeConst(f.events[c.ToID].PPME)
	}
	var b strings.Builder
	for _, in := range c.Instrs {
		if in.Op == "callback" {
			return "{Action: ActPass}", nil
		}
		op, ok := ops[in.Op]
		fall, ok2 := ops[in.Fallback]
		if !ok || !ok2 {
			return "", fmt.Errorf("unknown instruction %q", in.Op)
		}
		fmt.Fprintf(&b, "{%s, %d, %s}, ", op, in.Param, fall)
	}
	if b.Len() == 0 {
		if to == "0" {
			return fmt.Sprintf("{Action: %s}", act), nil
		}
		return fmt.Sprintf("{Action: %s, To: %s}", act, to), nil
	}
	return fmt.Sprintf("{%s, %s, []Instr{%s}}", act, to, strings.TrimSuffix(b.String(), ", ")), nil
}

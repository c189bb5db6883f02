package main

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	whenEnter = 1
	whenExit  = 2
	whenFail  = 4
	whenOK    = 8
)

// op is one thing the probe reads.
type op struct {
	text string // with its condition
	kind string
	arg  [3]int
	when int
}

// compiler makes the operations and parameters of one call.
type compiler struct {
	rule    *rule
	ops     []op
	maxArg  int
	control bool // the control data of a message are wanted
	kept    bool // the exit needs what the enter record read
}

// Sources of numbers, as in record.h.
const (
	srcRet  = 6
	srcNone = 7
	srcSent = 8 // + argument
)

// params returns the rules of one event type as Go text, and how many of them sysdig 0.41 knows.
func (c *compiler) params(t *eventType, list []paramRule, when int) (texts []string, n int, err error) {
	if len(list) != len(t.Params) {
		return nil, 0, fmt.Errorf("%d parameters, the event type has %d", len(list), len(t.Params))
	}
	for i, p := range list {
		if p.name != t.Params[i].Name {
			return nil, 0, fmt.Errorf("parameter %d is %s, the event type has %s", i, p.name, t.Params[i].Name)
		}
		text, err := c.param(p, strings.TrimPrefix(t.Params[i].Type, "PT_"), when)
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", p.name, err)
		}
		texts = append(texts, text)
		if !p.newer {
			n = i + 1
		}
	}
	return texts, n, nil
}

// How a register becomes a parameter of a type, when the rule names no conversion.
var byType = map[string]string{
	"FD": "convInt", "PID": "convInt", "ERRNO": "conv64", "UINT64": "conv64", "INT64": "conv64", "RELTIME": "conv64", "ABSTIME": "conv64",
	"UINT32": "conv32", "INT32": "conv32", "FLAGS32": "conv32", "ENUMFLAGS32": "conv32", "MODE": "conv32", "UID": "conv32", "GID": "conv32", "SIGSET": "conv32",
	"UINT16": "conv16", "INT16": "conv16", "FLAGS16": "conv16", "ENUMFLAGS16": "conv16",
	"UINT8": "conv8", "INT8": "conv8", "FLAGS8": "conv8", "ENUMFLAGS8": "conv8", "SIGTYPE": "conv8",
}

var sizes = map[string]int{"conv64": 8, "convInt": 8, "conv32": 4, "conv16": 2, "conv8": 1}

func (c *compiler) param(p paramRule, typ string, when int) (string, error) {
	src, reg, err := c.source(p.source, when)
	if err != nil {
		return "", err
	}
	second := "noSource"
	if p.second != "" {
		if second, _, err = c.source(p.second, when); err != nil {
			return "", err
		}
	}
	if p.conv == "control" {
		c.control = true
	}
	size := sizes[byType[typ]]
	conv := "conv" + camel(p.conv)
	if p.conv == "" {
		switch {
		case p.source == "none":
			conv = "convNone"
		case reg && byType[typ] != "":
			conv = byType[typ]
			if conv == "convInt" && p.source == "ret" {
				conv = "conv64"
			}
		case strings.HasPrefix(p.source, "str("), p.source == "kept":
			conv = "convStr"
		case strings.HasPrefix(p.source, "data("):
			conv = "convBytes"
		default:
			return "", fmt.Errorf("%s needs a conversion to %s", p.source, typ)
		}
	}
	return fmt.Sprintf("{src: %s, second: %s, conv: %s, size: %d} /* %s */", src, second, conv, size, p.name), nil
}

func camel(s string) string {
	var b strings.Builder
	for w := range strings.SplitSeq(s, "_") {
		if w != "" {
			b.WriteString(strings.ToUpper(w[:1]) + w[1:])
		}
	}
	return b.String()
}

// source returns a source as Go text; reg says that it is a number in a register.
func (c *compiler) source(s string, when int) (text string, reg bool, err error) {
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && n < 6 {
		c.maxArg = max(c.maxArg, n+1)
		return strconv.Itoa(n), true, nil
	}
	switch s {
	case "ret":
		return "srcRet", true, nil
	case "none":
		return "noSource", false, nil
	case "kept":
		c.kept = true
		return "srcKept", false, nil
	case "const(0)":
		return "srcZero", true, nil
	}
	i, err := c.op(s, when)
	return fmt.Sprintf("srcOp + %d", i), false, err
}

var opKinds = map[string]string{
	"str": "opStr", "data": "opData", "mem": "opMem", "array": "opArray", "memlen": "opMemLen", "memval": "opMemLen", "addr": "opSockAddr", "addrp": "opSockAddr",
	"sock": "opSock", "iov": "opIov", "msg": "opMsg", "mmsg": "opMmsg", "file": "opFile", "vm": "opVM", "pair": "opPair", "prctl": "opPrctl",
	"clone": "opClone", "exec": "opExec", "argv": "opArgv", "clone3": "opClone3",
}

// op returns the index of an operation, which it adds when the call has none like it.
func (c *compiler) op(s string, when int) (int, error) {
	for i := range c.ops {
		if c.ops[i].text == s {
			c.ops[i].when |= when
			return i, nil
		}
	}
	call, cond, _ := strings.Cut(strings.TrimSuffix(s, "]"), "[")
	name, args, ok := strings.Cut(strings.TrimSuffix(call, ")"), "(")
	o := op{text: s, kind: opKinds[name], when: when}
	if !ok || o.kind == "" {
		return 0, fmt.Errorf("%q is no source", s)
	}
	switch cond {
	case "e":
		if when != whenEnter {
			return 0, fmt.Errorf("%s: [e] is of the enter event", s)
		}
	case "ok":
		o.when |= whenOK
	case "fail":
		o.when |= whenFail
	case "":
	default:
		return 0, fmt.Errorf("condition [%s]", cond)
	}
	if args != "" {
		for i, a := range splitArgs(args) {
			if i == len(o.arg) {
				return 0, fmt.Errorf("%q has too many arguments", s)
			}
			n, err := c.opArg(a)
			if err != nil {
				return 0, err
			}
			o.arg[i] = n
		}
	}
	switch name {
	case "memval", "addrp":
		o.arg[2] = 1
	case "prctl":
		c.maxArg = max(c.maxArg, 2)
	}
	c.ops = append(c.ops, o)
	return len(c.ops) - 1, nil
}

// splitArgs splits at commas outside parentheses.
func splitArgs(s string) []string {
	var list []string
	depth, from := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				list = append(list, s[from:i])
				from = i + 1
			}
		}
	}
	return append(list, s[from:])
}

func (c *compiler) opArg(a string) (int, error) {
	switch a {
	case "ret":
		return srcRet, nil
	case "-":
		return srcNone, nil
	case "sent": // of a vector: its own sum is the length
		return srcSent + srcNone, nil
	}
	if s, ok := strings.CutPrefix(a, "sent("); ok {
		n, err := strconv.Atoi(strings.TrimSuffix(s, ")"))
		return srcSent + n, err
	}
	return strconv.Atoi(a)
}

func (c *compiler) nargs() int { return c.maxArg }

// check refuses what the probe could not do.
func (c *compiler) check() error {
	if len(c.ops) > maxOps {
		return fmt.Errorf("%d operations, the probe has room for %d", len(c.ops), maxOps)
	}
	var enterOnly bool
	for i := range c.ops {
		o := &c.ops[i]
		enterOnly = enterOnly || o.when == whenEnter
		if o.kind == "opMsg" || o.kind == "opMmsg" {
			o.arg[2] = 0
			if c.control {
				o.arg[2] = 1
			}
		}
		if o.when&(whenEnter|whenExit) == whenEnter && !c.rule.marks["eager"] {
			return fmt.Errorf("%s is read only for the enter event, which needs !eager", o.text)
		}
	}
	if c.kept && !enterOnly {
		return fmt.Errorf("nothing is read under [e] that could be kept")
	}
	return nil
}

func (c *compiler) opTexts() []string {
	var list []string
	for _, o := range c.ops {
		list = append(list, fmt.Sprintf("{%s, %d, %d, %d, %d}", o.kind, o.arg[0], o.arg[1], o.arg[2], o.when))
	}
	return list
}

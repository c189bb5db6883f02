package explain

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/filter/manual"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/session/format"
)

// Sentence says what happened, without a full stop. c is filled for the calls view.
func Sentence(c *field.Ctx) string {
	t := c.Ev.Info()
	switch {
	case c.Packet != nil:
		return fmt.Sprintf("a packet of %d bytes passed %s", c.Packet.Len, orText(c.Packet.Interface, "the interface"))
	case t == nil:
		return fmt.Sprintf("an event of type %d, which this version does not know", c.Ev.Type)
	case t.Category&evtable.ECSyscall == 0:
		return other(c, t)
	}
	name := get(c, "evt.type")
	if s, ok := made(c, name); ok {
		return s
	}
	v, known := verbs[name]
	who := actor(c)
	enter := c.Ev.Enter()
	failed := c.HasRes && c.Res < 0
	if !known {
		switch {
		case enter:
			return who + " called " + name
		case failed:
			return who + " called " + name + why(c)
		}
		return who + " called " + name + arguments(c)
	}
	done, undone, two := strings.Cut(v.rest, "!")
	if !two {
		undone = done
	}
	switch {
	case enter && returnsNot[name]:
		return join(who, v.past, fill(c, done, true))
	case enter:
		return join(who, "was about to", v.plain, fill(c, undone, false))
	case failed:
		return join(who, "tried to", v.plain, fill(c, undone, false)) + why(c)
	}
	return join(who, v.past, fill(c, done, true))
}

// returnsNot are calls that do not return: what they are to do is done with their enter half.
var returnsNot = map[string]bool{"exit": true, "exit_group": true, "rt_sigreturn": true, "sigreturn": true}

func join(words ...string) string { return strings.Join(strings.Fields(strings.Join(words, " ")), " ") }

func orText(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// arguments are the call's, for those that no words are written for.
func arguments(c *field.Ctx) string {
	if s := get(c, "evt.args"); s != "" {
		return " (" + short(s) + ")"
	}
	return ""
}

// why says which error a call returned.
func why(c *field.Ctx) string {
	name := get(c, "evt.res")
	if _, meaning := manual.Errno(name); meaning != "" {
		return ": " + manual.ErrnoTitle(name) + " (" + name + ")"
	}
	return ": " + name
}

// actor is who did it: "curl (108261)", with the thread where it is not the main one.
func actor(c *field.Ctx) string {
	if c.T == nil {
		return "thread " + strconv.FormatInt(c.Ev.TID, 10)
	}
	name := orText(text(c.T.Comm), "a process")
	if c.T.PID == c.Ev.TID || c.T.PID < 0 {
		return fmt.Sprintf("%s (%d)", name, c.Ev.TID)
	}
	return fmt.Sprintf("%s (%d, thread %d)", name, c.T.PID, c.Ev.TID)
}

func text(s string) string { return string(format.Text(nil, []byte(s))) }

// get returns a field as text, "" where it has no value.
func get(c *field.Ctx, name string) string {
	r, err := field.Parse(name)
	if err != nil {
		return ""
	}
	b, ok := r.Append(nil, c)
	if !ok {
		return ""
	}
	s := text(string(b))
	if s == "<NA>" {
		return ""
	}
	return s
}

// short cuts what is too long for a sentence.
func short(s string) string {
	const most = 160
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// made tells of calls that make processes: the parent's return, and the child's.
func made(c *field.Ctx, name string) (string, bool) {
	switch name {
	case "clone", "clone3", "fork", "vfork":
	default:
		return "", false
	}
	what := "process"
	if strings.Contains(get(c, "evt.arg.flags"), "CLONE_THREAD") || c.T != nil && c.T.PID != c.T.TID {
		what = "thread"
	}
	switch {
	case !c.HasRes:
		return join(actor(c), "was about to make a", what), true
	case c.Res < 0:
		return join(actor(c), "tried to make a", what) + why(c), true
	case c.Res == 0:
		return fmt.Sprintf("%s is a new %s, made by %s", actor(c), what, orText(parent(c), "another")), true
	}
	return fmt.Sprintf("%s made the %s %d", actor(c), what, c.Res), true
}

func parent(c *field.Ctx) string {
	if c.T == nil {
		return ""
	}
	if p := c.View.Thread(c.T.PTID); p != nil && p.Comm != "" {
		return fmt.Sprintf("%s (%d)", text(p.Comm), p.TID)
	}
	if c.T.PTID > 0 {
		return strconv.FormatInt(c.T.PTID, 10)
	}
	return ""
}

package stats

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/manual"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// ErrUnknown says that there is no table with the name.
var ErrUnknown = errors.New("there is no such table")

const noTimes = "Times are known only of calls whose both halves are in the capture."

const noIdle = "With a filter, only servers that one of its events is about."

// questions are the tables.
var questions = []question{
	{
		name: "calls", title: "System calls", help: "every call with its number, errors and times, as strace -c shows them", hist: true,
		columns:  []Column{{"call", "Call", Text}},
		measures: []measure{mCalls, mErrors, mTotal, mMean, mP50, mP99, mMax, mIn, mOut},
		key: func(e *event) (key, bool) {
			return key{s: e.name()}, e.call
		},
		cells:  func(k key) []Value { return []Value{{Text: k.s}} },
		filter: func(k key) string { return is("evt.type", k.s) },
	},
	{
		name: "processes", title: "Processes", help: "what each process did: events, errors, bytes, time in calls",
		columns:  []Column{{"name", "Process", Text}, {"pid", "PID", Text}, {"container", "Container", Text}},
		measures: []measure{mEvents, mErrors, mOpens, mIn, mOut, mTotal, mMax, mFirst, mSpan},
		key: func(e *event) (key, bool) {
			if e.thread == nil {
				return key{}, false
			}
			return key{s: e.thread.Comm, t: e.thread.Container, n: e.thread.PID}, true
		},
		opens: func(e *event) bool { return opened(e) && !e.failed },
		cells: func(k key) []Value { return []Value{{Text: k.s}, number(k.n), {Text: k.t}} },
		filter: func(k key) string {
			return inContainer(fmt.Sprintf("proc.pid=%d and %s", k.n, is("proc.name", k.s)), k.t)
		},
	},
	threads, descriptors,
	{
		name: "files", title: "Files", help: "which files were opened, read and written, and how often that failed",
		columns:  []Column{{"file", "File", Text}},
		measures: []measure{mCalls, mOpens, mErrors, mIn, mOut, mTotal, mMax},
		key: func(e *event) (key, bool) {
			name, ok := file(e)
			return key{s: name}, ok
		},
		opens:  opened,
		cells:  func(k key) []Value { return []Value{{Text: k.s}} },
		filter: func(k key) string { return onFile(is("fd.name", k.s), is("fs.path.name", k.s)) },
	},
	{
		name: "directories", title: "Directories", help: "files by the directory they are in",
		columns:  []Column{{"directory", "Directory", Text}},
		measures: []measure{mCalls, mOpens, mErrors, mIn, mOut, mTotal},
		key: func(e *event) (key, bool) {
			name, ok := file(e)
			if !ok || !strings.HasPrefix(name, "/") {
				return key{}, false
			}
			if e.fd != nil && e.fd.Type == scapio.FDDirectory {
				return key{s: name}, true
			}
			return key{s: path.Dir(name)}, true
		},
		opens: opened,
		cells: func(k key) []Value { return []Value{{Text: k.s}} },
		filter: func(k key) string {
			below := strings.TrimSuffix(globbed.Replace(k.s), "/") + "/*"
			return onFile(is("fd.directory", k.s), fmt.Sprintf("fs.path.name glob %s and not fs.path.name glob %s",
				filter.Quote(below, false), filter.Quote(below+"/*", false)))
		},
	},
	{
		name: "connections", title: "Connections", help: "bytes each way of every connection, and whose it is",
		columns: []Column{
			{"connection", "Connection", Text}, {"protocol", "Protocol", Text}, {"process", "Process", Text}, {"pid", "PID", Text}, {"container", "Container", Text},
		},
		measures: []measure{mMoved, mIn, mOut, mCalls, mErrors, mSpan, mFirst},
		key: func(e *event) (key, bool) {
			if e.fd == nil || e.thread == nil || !e.fd.Inet() || !strings.Contains(e.fd.Name, "->") || e.fd.Tuple == (state.Tuple{}) { // it has but one end, or none yet
				return key{}, false
			}
			return key{s: e.fd.Name, t: e.thread.Comm, u: e.thread.Container, n: e.thread.PID, m: transport(e.fd)}, true
		},
		cells: func(k key) []Value {
			return []Value{{Text: k.s}, {Text: protocol(uint8(k.m))}, {Text: k.t}, number(k.n), {Text: k.u}}
		},
		filter: func(k key) string {
			return inContainer(over(fmt.Sprintf("proc.pid=%d and %s and %s", k.n, is("proc.name", k.t), is("fd.name", k.s)), k.m), k.u)
		},
	},
	conversations,
	{
		name: "endpoints", title: "Endpoints", help: "the addresses at the other ends of connections",
		columns:  []Column{{"address", "Address", Text}},
		measures: []measure{mMoved, mIn, mOut, mCalls, mErrors, mFirst, mSpan},
		key: func(e *event) (key, bool) {
			if e.fd == nil || !e.fd.Inet() || e.fd.Role == state.NoRole || e.fd.Tuple == (state.Tuple{}) {
				return key{}, false
			}
			ip := e.fd.Tuple.DIP
			if e.fd.Role == state.Server {
				ip = e.fd.Tuple.SIP
			}
			return key{s: address(ip, e.fd.V6())}, true
		},
		cells: func(k key) []Value { return []Value{{Text: k.s}} },
		filter: func(k key) string {
			cond := fmt.Sprintf("((fd.role=client and %s) or (fd.role=server and %s))", is("fd.sip", k.s), is("fd.cip", k.s))
			if unspecified(k.s) {
				cond += fmt.Sprintf(" and not (%s and %s and fd.cport=0 and fd.sport=0)", is("fd.cip", k.s), is("fd.sip", k.s))
			}
			return cond
		},
	},
	servers,
	{
		name: "users", title: "Users", help: "what each user's processes did",
		columns:  []Column{{"user", "User", Text}, {"uid", "UID", Text}, {"container", "Container", Text}},
		measures: []measure{mEvents, mErrors, mIn, mOut, mTotal},
		key: func(e *event) (key, bool) {
			if e.thread == nil {
				return key{}, false
			}
			name, known := e.snap.View(e.key).UserName(e.thread.Container, e.thread.UID)
			if !known {
				name = "<NA>"
			}
			return key{s: name, t: e.thread.Container, n: int64(e.thread.UID)}, true
		},
		cells: func(k key) []Value { return []Value{{Text: k.s}, number(k.n), {Text: k.t}} },
		filter: func(k key) string {
			return inContainer(fmt.Sprintf("user.uid=%d and %s", k.n, is("user.name", k.s)), k.t)
		},
	},
	{
		name: "containers", title: "Containers", help: "what each container did; the host is one of them",
		columns:  []Column{{"container", "Container", Text}, {"name", "Name", Text}, {"image", "Image", Text}},
		measures: []measure{mEvents, mErrors, mIn, mOut, mTotal},
		key: func(e *event) (key, bool) {
			if e.thread == nil {
				return key{}, false
			}
			return key{s: containerID(e.thread)}, true
		},
		at:     container,
		filter: func(k key) string { return is("container.id", k.s) },
	},
	{
		name: "errors", title: "Errors", help: "which calls failed, and why, with an example", example: true,
		columns:  []Column{{"error", "Error", Text}, {"call", "Call", Text}, {"meaning", "Meaning", Text}},
		measures: []measure{{Column{"errors", "Errors", Count}, mCalls.of}, mFirst},
		key: func(e *event) (key, bool) {
			if !e.failed {
				return key{}, false
			}
			return key{s: string(evt.AppendRes(nil, e.res)), t: e.name()}, true
		},
		cells:  func(k key) []Value { return []Value{{Text: k.s}, {Text: k.t}, {Text: manual.ErrnoTitle(k.s)}} },
		filter: func(k key) string { return is("evt.type", k.t) + " and " + is("evt.res", k.s) },
	},
	{
		name: "scheduling", title: "Switches and faults", help: "context switches and page faults of each process", pages: true,
		columns: []Column{{"name", "Process", Text}, {"pid", "PID", Text}},
		measures: []measure{
			{Column{"switches", "Switches", Count}, num(func(t *tally) int64 { return t.calls - t.opens })},
			{Column{"faults", "Page faults", Count}, mOpens.of},
			{Column{"minor", "Minor faults", Count}, func(t *tally) Value { return t.pages.grown(1) }},
			{Column{"major", "Major faults", Count}, func(t *tally) Value { return t.pages.grown(0) }},
			mFirst, mSpan,
		},
		key: func(e *event) (key, bool) {
			if e.typ == nil || e.thread == nil || !schedules(e.typ) && !faults(e.typ) {
				return key{}, false
			}
			return key{s: e.thread.Comm, n: e.thread.PID}, true
		},
		opens: func(e *event) bool { return faults(e.typ) },
		cells: func(k key) []Value { return []Value{{Text: k.s}, number(k.n)} },
		filter: func(k key) string {
			return fmt.Sprintf("evt.type in (switch, page_fault) and proc.pid=%d and %s", k.n, is("proc.name", k.s))
		},
	},
	{name: "slow", title: "Slow calls", help: "the calls that took longest", ask: slowest},
}

func schedules(t *evtable.Type) bool { return t.Category&evtable.ECScheduler != 0 }

func faults(t *evtable.Type) bool { return t.Name == "page_fault" }

func is(field, value string) string { return field + "=" + filter.Quote(value, false) }

func number(n int64) Value { return Value{Text: strconv.FormatInt(n, 10), N: n} }

func containerID(t *state.Thread) string {
	if t.Container == "" {
		return "host"
	}
	return t.Container
}

// container makes the cells of a container, with what the capture tells of it in the end, or else at one of its events.
func container(s index.Snapshot, example uint32) []Value {
	cells := make([]Value, 3)
	t := s.Facts(example).Thread
	cells[0].Text = containerID(t)
	c := s.View(s.Len()).Container(t.Container)
	if c == nil {
		c = s.View(example).Container(t.Container)
	}
	if c != nil {
		cells[1].Text, cells[2].Text = c.Name, c.Image
	}
	return cells
}

func inContainer(cond, id string) string {
	if id == "" {
		id = "host"
	}
	return cond + " and " + is("container.id", id)
}

func protocol(l4 uint8) string {
	switch l4 {
	case state.L4TCP:
		return "tcp"
	case state.L4UDP:
		return "udp"
	case state.L4ICMP:
		return "icmp"
	case state.L4Raw:
		return "raw"
	}
	return ""
}

// transport is the protocol of a socket as its group has it, 0 for what protocol does not name.
func transport(f *state.FD) int64 {
	l4 := f.ShownL4()
	if protocol(l4) == "" {
		return 0
	}
	return int64(l4)
}

// over adds the protocol to a condition.
func over(cond string, l4 int64) string {
	if p := protocol(uint8(l4)); p != "" {
		return cond + " and fd.l4proto=" + p
	}
	return cond + " and " + is("fd.l4proto", "<NA>")
}

// unspecified reports whether an address is none: a socket that has it at both ends, without a port, is not connected.
func unspecified(address string) bool { return address == "0.0.0.0" || address == "::" }

func address(ip [16]byte, v6 bool) string {
	if v6 {
		return string(evt.AppendIPv6(nil, ip[:]))
	}
	return string(evt.AppendIPv4(nil, ip[:4]))
}

// opened reports whether the event opens a file. (userfaultfd makes a descriptor and is of files' category, but opens none.)
func opened(e *event) bool {
	return e.exit && e.typ != nil && e.typ.Flags&evtable.EFCreatesFD != 0 && e.typ.Category&evtable.CategoryMask == evtable.ECFile &&
		e.typ.Name != "userfaultfd"
}

// file returns the file an event is about: that of its descriptor, or the path that it names.
func file(e *event) (string, bool) {
	switch {
	case e.fd != nil && e.fd.File():
		return e.fd.Name, e.fd.Name != ""
	case e.call && e.typ != nil && e.typ.Category&evtable.CategoryMask == evtable.ECFile:
		name := e.text(&pathField)
		return name, name != ""
	}
	return "", false
}

// onFile is the filter to file: conditions for the descriptor's name and for the path.
func onFile(fd, path string) string {
	return fmt.Sprintf("((fd.typechar in (f, d) and %s) or (not fd.typechar in (f, d) and %s))", fd, path)
}

// globbed takes the meaning from what is special in a shell pattern.
var globbed = strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`)

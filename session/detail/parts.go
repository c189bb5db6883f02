package detail

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

func (b *builder) process() Node {
	c := b.c
	t, v := c.T, c.View
	n := Node{Label: "Process", Value: fmt.Sprintf("%s (%d)", text(t.Comm), t.TID)}
	add := func(nodes ...Node) { n.Children = append(n.Children, nodes...) }
	if t.Fake || t.PID < 0 {
		add(leaf("Unknown", "the capture never told of this thread: only its number is known", ""))
	}
	add(b.fields("Name", "proc.name", "Executable", "proc.exepath", "First argument", "proc.exe", "Command line", "proc.cmdline", "Working directory", "proc.cwd")...)
	if t.Root != "" && t.Root != "/" {
		add(leaf("Root directory", text(t.Root), ""))
	}
	ids := Node{Label: "IDs", Value: fmt.Sprintf("pid %d, tid %d", t.PID, t.TID)}
	ids.Children = b.fields("Process", "proc.pid", "Thread", "thread.tid", "Parent process", "proc.ppid", "Session", "proc.sid", "Process group", "proc.pgid",
		"Process group in its namespace", "proc.vpgid", "Process in its namespace", "proc.vpid", "Thread in its namespace", "thread.vtid")
	ids.Children = slices.DeleteFunc(ids.Children, func(n Node) bool { return n.Value == "-1" }) // not known
	add(ids)
	if t.TTY != 0 {
		add(leaf("Terminal", ttyName(t.TTY), "proc.tty"))
	}
	if t.Born > 0 {
		add(b.link("Made by", uint64(t.Born)))
	} else {
		add(leaf("Made", "before the capture", ""))
	}
	if t.ExecTS != 0 {
		add(leaf("Program started", b.moment(t.ExecTS).Format(dateTime), ""))
	}
	add(listNode("Arguments", t.ArgList()), listNode("Environment", splitEnv(v.Env(t))), listNode("Control groups", t.CgroupList()))
	caps := Node{Label: "Capabilities", Value: capSummary(t.CapEffective)}
	for _, k := range []struct {
		label, field string
		set          uint64
	}{
		{"Effective", "thread.cap_effective", t.CapEffective},
		{"Permitted", "thread.cap_permitted", t.CapPermitted},
		{"Inheritable", "thread.cap_inheritable", t.CapInheritable},
	} {
		node := leaf(k.label, capSummary(k.set), k.field)
		for bit := range 64 {
			if name := evtable.Capability(bit); name != "" && k.set&(1<<bit) != 0 {
				node.Children = append(node.Children, leaf(name, "", ""))
			}
		}
		caps.Children = append(caps.Children, node)
	}
	add(caps, b.program())
	add(b.fields("Descriptor limit", "proc.fdlimit", "Open descriptors", "proc.fdopencount", "Threads", "proc.nthreads", "Memory size (KiB)", "proc.vmsize", "Resident memory (KiB)", "proc.vmrss")...)
	add(b.ancestors())
	return n
}

func splitEnv(s string) []string {
	s = strings.TrimSuffix(s, "\x00")
	if s == "" {
		return nil
	}
	return strings.Split(s, "\x00")
}

func listNode(label string, list []string) Node {
	n := Node{Label: label, Value: strconv.Itoa(len(list))}
	for i, s := range list {
		key, val := strconv.Itoa(i+1), s
		if k, v, ok := strings.Cut(s, "=/"); ok && label == "Control groups" { // a controller may be called name=systemd
			key, val = k, "/"+v
		} else if k, v, ok := strings.Cut(s, "="); ok && label != "Arguments" {
			key, val = k, v
		}
		n.Children = append(n.Children, leaf(text(key), text(val), ""))
	}
	return n
}

// ttyName names a device number as the kernel stores it: pts and tty by their majors.
func ttyName(dev uint32) string {
	major, minor := dev>>8&0xfff, dev&0xff|dev>>12&0xfff00
	switch {
	case major >= 136 && major <= 143:
		return fmt.Sprintf("%d (pts/%d)", dev, (major-136)<<8|minor)
	case major == 4 && minor < 64:
		return fmt.Sprintf("%d (tty%d)", dev, minor)
	case major == 4:
		return fmt.Sprintf("%d (ttyS%d)", dev, minor-64)
	}
	return fmt.Sprintf("%d (major %d, minor %d)", dev, major, minor)
}

func capSummary(set uint64) string {
	n := 0
	var missing []string
	for bit := range 64 {
		switch name := evtable.Capability(bit); {
		case name == "":
		case set&(1<<bit) != 0:
			n++
		default:
			missing = append(missing, name)
		}
	}
	switch {
	case n == 0:
		return "none"
	case len(missing) == 0:
		return "all"
	case len(missing) <= 3:
		return "all but " + strings.Join(missing, ", ")
	}
	return fmt.Sprintf("%d of %d", n, n+len(missing))
}

func (b *builder) program() Node {
	t := b.c.T
	var marks []string
	for _, m := range []struct {
		on   bool
		text string
	}{{t.ExeWritable, "writable by its user"}, {t.ExeUpper, "in an overlay's upper layer"}, {t.ExeLower, "in an overlay's lower layer"}, {t.ExeMemfd, "from memory (memfd)"}} {
		if m.on {
			marks = append(marks, m.text)
		}
	}
	n := Node{Label: "Program file", Value: text(t.ExePath)}
	n.Children = []Node{leaf("Path", text(t.ExePath), "proc.exepath")}
	if t.ExeIno != 0 {
		n.Children = append(n.Children, leaf("Inode", strconv.FormatUint(t.ExeIno, 10), "proc.exe_ino"))
	}
	for _, k := range []struct {
		label, field string
		ts           uint64
	}{{"Changed", "proc.exe_ino.ctime", t.ExeCtime}, {"Written", "proc.exe_ino.mtime", t.ExeMtime}} {
		if k.ts != 0 {
			n.Children = append(n.Children, leaf(k.label, b.moment(k.ts).Format(dateTime), k.field))
		}
	}
	if len(marks) > 0 {
		n.Children = append(n.Children, leaf("Marks", strings.Join(marks, ", "), ""))
	}
	return n
}

const maxAncestors = 64

func (b *builder) ancestors() Node {
	v := b.c.View
	n := Node{Label: "Ancestors"}
	seen := map[int64]bool{}
	var names []string
	for p, i := v.Parent(b.c.T), 1; p != nil && i <= maxAncestors && !seen[p.TID]; p, i = v.Parent(p), i+1 {
		seen[p.TID] = true
		node := Node{Label: strconv.Itoa(i), Value: fmt.Sprintf("%s (%d)", text(p.Comm), p.TID), Field: fmt.Sprintf("proc.aname[%d]", i)}
		node.Children = []Node{
			leaf("Command line", text(commandLine(p)), fmt.Sprintf("proc.acmdline[%d]", i)),
			leaf("Executable", text(p.ExePath), fmt.Sprintf("proc.aexepath[%d]", i)),
			leaf("Process", strconv.FormatInt(p.PID, 10), fmt.Sprintf("proc.apid[%d]", i)),
		}
		born(&node, p.Born)
		n.Children = append(n.Children, node)
		names = append(names, text(p.Comm))
	}
	n.Value = strings.Join(names, " ← ")
	return n
}

// commandLine is the command name and the arguments behind it.
func commandLine(t *state.Thread) string {
	if args := t.ArgList(); len(args) > 0 {
		return t.Comm + " " + strings.Join(args, " ")
	}
	return t.Comm
}

func (b *builder) descriptor() Node {
	c := b.c
	f := c.FD
	n := Node{Label: "Descriptor", Value: strconv.FormatInt(c.FDNum, 10)}
	n.Children = []Node{leaf("Number", strconv.FormatInt(c.FDNum, 10), "fd.num")}
	if f == nil {
		n.Value += " (not known)"
		return n
	}
	add := func(nodes ...Node) { n.Children = append(n.Children, nodes...) }
	typ := typeText(f)
	add(leaf("Type", fmt.Sprintf("%s (%c)", typ, f.TypeChar()), "fd.type"))
	if f.Name != "" {
		n.Value += " " + text(f.Name)
		add(leaf("Name", text(f.Name), "fd.name"))
	} else {
		n.Value += " (" + typ + ")"
	}
	if f.Raw != "" && f.Raw != f.Name {
		add(leaf("As the call named it", text(f.Raw), "fd.nameraw"))
	}
	if f.File() {
		add(b.fields("Directory", "fd.directory", "File name", "fd.filename")...)
	}
	if f.Inet() || f.InetServer() {
		add(b.socket(f)...)
	}
	if f.Type == scapio.FDUnix && (f.Src != 0 || f.Dst != 0) {
		add(leaf("Source", fmt.Sprintf("%x", f.Src), ""), leaf("Destination", fmt.Sprintf("%x", f.Dst), ""))
	}
	if f.Role != state.NoRole {
		add(leaf("Side", roleText(f.Role), "fd.is_server"))
	}
	if f.Dev != 0 {
		add(b.fields("Device", "fd.dev")...)
	}
	if f.Ino != 0 {
		add(leaf("Inode", strconv.FormatUint(f.Ino, 10), "fd.ino"))
	}
	if f.OpenFlags != 0 {
		o := leaf("Open flags", fmt.Sprintf("%#x", f.OpenFlags), "")
		o.Children = flagNodes(evtable.FileFlags, f.OpenFlags)
		add(o)
	}
	switch {
	case f.Born > 0:
		add(b.link("Opened by", uint64(f.Born)))
		born(&n, f.Born)
	default:
		add(leaf("Opened", "before the capture", ""))
	}
	return n
}

// typeText says what a descriptor is: file, directory, ipv4 socket …
func typeText(f *state.FD) string {
	switch {
	case f.Type == scapio.FDFileV2:
		return "file"
	case int(f.Type) < len(evtable.FDTypes):
		return evtable.FDTypes[f.Type].Meaning
	}
	return "unknown"
}

func roleText(r state.Role) string {
	switch r {
	case state.Client:
		return "client"
	case state.Server:
		return "server"
	}
	return "not known"
}

func (b *builder) socket(f *state.FD) []Node {
	proto := map[uint8]string{state.L4TCP: "tcp", state.L4UDP: "udp", state.L4ICMP: "icmp", state.L4Raw: "raw"}[f.L4]
	nodes := []Node{}
	if proto != "" {
		n := leaf("Protocol", proto, "")
		if v, ok := b.field("", "fd.l4proto"); ok && v.Value == proto { // the field has no value before there are ends
			n.Field = v.Field
		}
		nodes = append(nodes, n)
	}
	if f.Tuple == (state.Tuple{}) && !f.InetServer() {
		return append(nodes, leaf("Ends", "not known yet: no call has told of them", ""))
	}
	end := func(label, ipField, portField string, ip [16]byte, port uint16) Node {
		n := leaf(label, text(address(ip, f.V6()))+":"+strconv.Itoa(int(port)), "")
		where := "another machine"
		switch {
		case ip == [16]byte{}:
			where = "any address of this machine"
		case b.c.View.Local(ip, f.V6()):
			where = "this machine"
		}
		n.Children = []Node{leaf("Address", text(address(ip, f.V6())), ipField), leaf("Port", strconv.Itoa(int(port)), portField), leaf("Where", where, "")}
		return n
	}
	if f.InetServer() {
		return append(nodes, end("Listens on", "fd.sip", "fd.sport", f.Tuple.SIP, f.Tuple.SPort))
	}
	src, dst := "Source", "Destination"
	if f.Role != state.NoRole {
		src, dst = "Client", "Server"
	}
	return append(nodes, end(src, "fd.cip", "fd.cport", f.Tuple.SIP, f.Tuple.SPort), end(dst, "fd.sip", "fd.sport", f.Tuple.DIP, f.Tuple.DPort))
}

func address(ip [16]byte, v6 bool) []byte {
	if v6 {
		return evt.AppendIPv6(nil, ip[:])
	}
	return evt.AppendIPv4(nil, ip[:4])
}

func (b *builder) user() Node {
	c := b.c
	u := c.View.User(c.T.Container, c.T.UID)
	n := Node{Label: "User", Value: idName(c.T.UID, c.View.UserName, c.T.Container)}
	n.Children = b.known("Name", "user.name", "Number", "user.uid")
	if c.T.LoginUID == ^uint32(0) {
		n.Children = append(n.Children, leaf("Login user", "none: no one logged in to start this", "user.loginuid"))
	} else {
		n.Children = append(n.Children, b.known("Login user", "user.loginname", "Login number", "user.loginuid")...)
	}
	if u != nil {
		for _, k := range [][3]string{{"Home directory", u.Home, "user.homedir"}, {"Shell", u.Shell, "user.shell"}} {
			if k[1] != "" {
				n.Children = append(n.Children, leaf(k[0], text(k[1]), k[2]))
			}
		}
	}
	return n
}

func (b *builder) group() Node {
	c := b.c
	n := Node{Label: "Group", Value: idName(c.T.GID, c.View.GroupName, c.T.Container)}
	n.Children = b.known("Name", "group.name", "Number", "group.gid")
	return n
}

// known is fields with words for what the capture does not tell.
func (b *builder) known(pairs ...string) []Node {
	nodes := b.fields(pairs...)
	for i := range nodes {
		if nodes[i].Value == "<NA>" {
			nodes[i].Value = "not in the capture"
		}
	}
	return nodes
}

func idName(id uint32, name func(string, uint32) (string, bool), container string) string {
	if id == ^uint32(0) {
		return "not known"
	}
	if s, ok := name(container, id); ok {
		return fmt.Sprintf("%s (%d)", text(s), id)
	}
	return strconv.FormatUint(uint64(id), 10)
}

func (b *builder) container() Node {
	c := b.c
	id := c.T.Container
	if id == "" {
		return Node{Label: "Container", Value: "none: on the host", Field: "container.id"}
	}
	k := c.View.Container(id)
	n := Node{Label: "Container", Value: id, Field: "container.id"}
	n.Children = []Node{leaf("ID", id, "container.id")}
	if k == nil {
		n.Children = append(n.Children, leaf("Name", "not in the capture: the id is from the control groups", ""))
		return n
	}
	n.Value = fmt.Sprintf("%s (%s)", text(k.Name), id)
	for _, f := range [][3]string{
		{"Name", k.Name, "container.name"},
		{"Kind", k.TypeName(), "container.type"},
		{"Image", k.Image, "container.image"},
		{"Image ID", k.ImageID, "container.image.id"},
		{"Repository", k.ImageRepo, "container.image.repository"},
		{"Tag", k.ImageTag, "container.image.tag"},
		{"Digest", k.Digest, "container.image.digest"},
		{"Full ID", k.FullID, "container.full_id"},
		{"Address", k.IP, "container.ip"},
		{"User", k.User, ""},
	} {
		if f[1] != "" {
			n.Children = append(n.Children, leaf(f[0], text(f[1]), f[2]))
		}
	}
	n.Children = append(n.Children, leaf("Privileged", strconv.FormatBool(k.Privileged), "container.privileged"))
	if len(k.Labels) > 0 {
		n.Children = append(n.Children, mapNode("Labels", k.Labels))
	}
	if len(k.Env) > 0 {
		n.Children = append(n.Children, listNode("Environment", k.Env))
	}
	if len(k.Mounts) > 0 {
		m := Node{Label: "Mounts", Value: strconv.Itoa(len(k.Mounts))}
		for _, x := range k.Mounts {
			mode := "read only"
			if x.RW {
				mode = "writable"
			}
			m.Children = append(m.Children, leaf(text(x.Destination), text(x.Source)+" ("+mode+")", ""))
		}
		n.Children = append(n.Children, m)
	}
	born(&n, k.Born)
	return n
}

func mapNode(label string, m map[string]string) Node {
	n := Node{Label: label, Value: strconv.Itoa(len(m))}
	for _, k := range sortedKeys(m) {
		n.Children = append(n.Children, leaf(text(k), text(m[k]), ""))
	}
	return n
}

func sortedKeys(m map[string]string) []string {
	return slices.Sorted(maps.Keys(m))
}

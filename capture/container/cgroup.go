package container

import "strings"

// Ref is a container as the control groups of its processes name it.
type Ref struct {
	ID   string // as processes show it: the first 12 digits, or the name
	Full string // all 64 digits, or the name
	Type int    // the engine, as far as the path tells
}

const (
	fullID  = 64 // hex digits of an id
	shortID = 12
)

// Of returns the container that control groups belong to; ok is false for the host. The first group with a path that an
// engine makes decides, as in readers of captures.
func Of(cgroups string) (r Ref, ok bool) {
	for e := range strings.SplitSeq(cgroups, "\x00") {
		_, path, _ := strings.Cut(e, "=")
		if r, ok = ofPath(path); ok {
			return r, true
		}
	}
	return Ref{}, false
}

// engines are the words before an id in the last component of its path. The one without a word stands for what the
// folder above says.
var engines = []struct {
	prefix string
	typ    int
}{
	{"libpod-payload-", Podman},
	{"libpod-", Podman},
	{"docker-", Docker},
	{"cri-containerd-", Containerd},
	{"crio-", CRIO},
	{"nerdctl-", Containerd},
	{"", Docker},
}

func ofPath(path string) (Ref, bool) {
	comps := strings.Split(path, "/")
	for i := len(comps) - 1; i >= 0; i-- {
		c, up := comps[i], ""
		if i > 0 {
			up = comps[i-1]
		}
		if strings.HasPrefix(c, "libpod-conmon-") || strings.HasPrefix(c, "crio-conmon-") {
			return Ref{}, false // who watches over a container is none of it
		}
		if r, ok := hexID(c, path); ok {
			return r, true
		}
		if r, ok := named(c, up); ok {
			return r, true
		}
	}
	return Ref{}, false
}

// hexID reads a path component that holds an id of 64 digits.
func hexID(c, path string) (Ref, bool) {
	typ := -1
	if j := strings.LastIndexByte(c, ':'); j >= 0 { // systemd driver without systemd: SLICE:cri-containerd:ID
		if strings.HasSuffix(c[:j], "crio") {
			typ = CRIO
		} else {
			typ = Containerd
		}
		c = c[j+1:]
	}
	c = strings.TrimSuffix(c, ".scope")
	for _, e := range engines {
		id, ok := strings.CutPrefix(c, e.prefix)
		if !ok || len(id) != fullID || !isHex(id) {
			continue
		}
		if typ < 0 {
			typ = e.typ
		}
		if e.prefix == "" && typ == Docker && strings.Contains(path, "kubepods") {
			typ = CRI
		}
		return Ref{ID: id[:shortID], Full: id, Type: typ}, true
	}
	return Ref{}, false
}

// named reads a path component that holds a container's name. up is the component above it.
func named(c, up string) (Ref, bool) {
	ref := func(name string, typ int) (Ref, bool) { return Ref{name, name, typ}, name != "" }
	switch {
	case strings.HasPrefix(c, "lxc.payload."):
		return ref(strings.TrimPrefix(c, "lxc.payload."), LXC)
	case c != "" && (up == "lxc" || up == "lxc.payload"):
		return ref(c, LXC)
	case strings.HasSuffix(c, ".libvirt-lxc"):
		return ref(strings.TrimSuffix(c, ".libvirt-lxc"), LibvirtLXC)
	}
	if _, rest, ok := strings.Cut(c, `-lxc\x2`); ok && len(rest) > 1 { // machine-lxc\x2dID\x2dNAME.scope
		return ref(strings.TrimSuffix(rest[1:], ".scope"), LibvirtLXC)
	}
	if n, ok := nspawn(c); ok {
		return ref(n, Custom)
	}
	return Ref{}, false
}

// nspawn returns the machine's name of the scope or service that systemd-nspawn runs in.
func nspawn(c string) (string, bool) {
	if n, ok := strings.CutPrefix(c, "systemd-nspawn@"); ok {
		n, ok = strings.CutSuffix(n, ".service")
		return unescape(n), ok
	}
	n, ok := strings.CutPrefix(c, "machine-")
	n, ok2 := strings.CutSuffix(n, ".scope")
	if !ok || !ok2 || strings.HasPrefix(n, "qemu") {
		return "", false
	}
	return unescape(n), true
}

// unescape undoes systemd's escapes of names: \x2d is a dash.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x' {
			hi, lo := strings.IndexByte(digits, s[i+2]), strings.IndexByte(digits, s[i+3])
			if hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

const digits = "0123456789abcdef"

func isHex(s string) bool { return strings.Trim(s, digits) == "" }

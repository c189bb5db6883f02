package state

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Container is what a capture says of one container, in versions.
type Container struct {
	From, To uint32
	Born     uint32 // event that told of it; 0: known from its processes only

	ID         string            `json:"id"`
	FullID     string            `json:"full_id"`
	Type       int               `json:"type"`
	Name       string            `json:"name"`
	Image      string            `json:"image"`
	ImageID    string            `json:"imageid"`
	ImageRepo  string            `json:"imagerepo"`
	ImageTag   string            `json:"imagetag"`
	Digest     string            `json:"imagedigest"`
	IP         string            `json:"ip"`
	User       string            `json:"User"`
	Privileged bool              `json:"privileged"`
	PodSandbox bool              `json:"is_pod_sandbox"`
	Labels     map[string]string `json:"labels"`
	PodLabels  map[string]string `json:"pod_sandbox_labels"`
	Env        []string          `json:"env"`
	Mounts     []Mount           `json:"Mounts"`
	Raw        []byte            `json:"-"` // the JSON as the capture has it
}

// Mount is one mount of a container.
type Mount struct {
	Source      string
	Destination string
	Mode        string
	RW          bool
	Propagation string
}

// containerTypes are the names of libsinsp's container types (STATE_ENGINE §4).
var containerTypes = map[int]string{
	0: "docker", 1: "lxc", 2: "libvirt-lxc", 3: "mesos", 4: "rkt", 5: "custom", 6: "cri", 7: "containerd", 8: "cri-o",
	9: "bpm", 10: "static", 11: "podman", 0xfffe: "host", 0xffff: "unknown",
}

// TypeName returns the container's kind: docker, podman, cri …
func (c *Container) TypeName() string {
	if s, ok := containerTypes[c.Type]; ok {
		return s
	}
	return "unknown"
}

// parseContainer reads the JSON of a container event. Fields of a wrong type are left out, the others stay.
func parseContainer(data []byte) *Container {
	if i := strings.IndexByte(string(data), 0); i >= 0 {
		data = data[:i]
	}
	var outer struct {
		Container json.RawMessage `json:"container"`
	}
	if json.Unmarshal(data, &outer) != nil || outer.Container == nil {
		return nil
	}
	c := &Container{}
	if json.Unmarshal(outer.Container, c) != nil { // keep what can be read, field by field
		var fields map[string]json.RawMessage
		if json.Unmarshal(outer.Container, &fields) != nil {
			return nil
		}
		for k, v := range fields {
			one, err := json.Marshal(map[string]json.RawMessage{k: v})
			if err == nil {
				_ = json.Unmarshal(one, c) // a field of a wrong type is left out
			}
		}
	}
	if c.ID == "" {
		return nil
	}
	c.Raw = append([]byte(nil), data...)
	return c
}

// JSON returns what is known of the container in the form of container events, nil if no event told of it.
func (c *Container) JSON() []byte {
	if c.Born == 0 && c.Raw == nil && c.Name == "" {
		return nil
	}
	if c.Raw != nil {
		return append([]byte(nil), c.Raw...)
	}
	b, err := json.Marshal(map[string]any{"container": map[string]any{"id": c.ID, "type": c.Type, "name": c.Name, "image": c.Image}})
	if err != nil {
		return nil
	}
	return b
}

func (m *Machine) addContainer(c *Container) {
	if c == nil {
		return
	}
	c.From, c.Born = m.now, m.now
	h := m.containers[c.ID]
	if k := len(h); k > 0 && h[k-1].To == 0 {
		if len(c.Raw) > 0 && bytes.Equal(c.Raw, h[k-1].Raw) {
			return // told again
		}
		c.Born = h[k-1].Born
	}
	closeContainer(h, m.now)
	if m.present {
		h = h[:0]
	}
	m.containers[c.ID] = append(h, c)
}

// closeContainer ends the latest version of a container at event n, if it still held.
func closeContainer(h []*Container, n uint32) {
	if k := len(h); k > 0 && h[k-1].To == 0 {
		h[k-1].To = n
	}
}

// cgroups normalises the NUL-separated control groups of a thread (STATE_ENGINE §2).
func (m *Machine) cgroups(raw []byte) string {
	if s, ok := m.cgroupText[string(raw)]; ok {
		return s
	}
	var out []string
	for _, e := range strings.Split(string(raw), "\x00") {
		if e == "" {
			continue
		}
		name, path, ok := strings.Cut(e, "=")
		if !ok {
			break
		}
		name = strings.Replace(name, "_cgroup", "", 1)
		switch name {
		case "perf":
			name = "perf_event"
		case "mem":
			name = "memory"
		case "io":
			name = "blkio"
		}
		out = append(out, name+"="+path)
	}
	s := strings.Join(out, "\x00")
	m.shared += len(raw) + len(s)
	m.cgroupText[string(raw)] = s
	return s
}

// containerID returns the id of the container the control groups belong to, "" for the host: the first group that
// one of the engines' path shapes fits.
func containerID(cgroups string) string {
	for _, e := range strings.Split(cgroups, "\x00") {
		_, path, _ := strings.Cut(e, "=")
		if id := containerOfPath(path); id != "" {
			return id
		}
	}
	return ""
}

const (
	fullID  = 64 // hex digits of a docker-like container id
	shortID = 12 // as it is shown
)

// prefixes before the id in the last path component, and suffixes behind it.
var idPrefixes = []string{"", "docker-", "libpod-", "libpod-payload-", "crio-", "cri-containerd-", "nerdctl-"}

func containerOfPath(path string) string {
	if path == "" || path == "/" {
		return ""
	}
	comps := strings.Split(path, "/")
	for i := len(comps) - 1; i >= 0; i-- {
		if id := hexComponent(comps[i]); id != "" {
			return id
		}
		if strings.HasPrefix(comps[i], "lxc.payload.") {
			return strings.TrimPrefix(comps[i], "lxc.payload.")
		}
		if i > 0 && comps[i] != "" && (comps[i-1] == "lxc" || comps[i-1] == "lxc.payload") {
			return comps[i]
		}
		if name, ok := strings.CutSuffix(comps[i], ".libvirt-lxc"); ok {
			return name
		}
		if name := nspawn(comps[i]); name != "" {
			return name
		}
	}
	if j := strings.Index(path, "-lxc\\x2"); j >= 0 {
		name := path[j+len("-lxc\\x2"):]
		if len(name) > 1 {
			name, _, _ = strings.Cut(name[1:], "/")
			return strings.TrimSuffix(name, ".scope")
		}
	}
	return ""
}

// nspawn returns the machine that a scope or service of systemd-nspawn is for; "" for others. Machines of qemu and
// libvirt-lxc have such scopes, too.
func nspawn(c string) string {
	name, ok := strings.CutPrefix(c, "systemd-nspawn@")
	if ok {
		name, ok = strings.CutSuffix(name, ".service")
	} else if name, ok = strings.CutPrefix(c, "machine-"); ok {
		name, ok = strings.CutSuffix(name, ".scope")
		ok = ok && !strings.HasPrefix(name, "qemu") && !strings.Contains(c, `-lxc\x2`)
	}
	if !ok {
		return ""
	}
	return strings.ReplaceAll(name, `\x2d`, "-")
}

func hexComponent(c string) string {
	if j := strings.LastIndexByte(c, ':'); j >= 0 { // slice:cri-containerd:ID
		c = c[j+1:]
	}
	c = strings.TrimSuffix(c, ".scope")
	for _, p := range idPrefixes {
		id, ok := strings.CutPrefix(c, p)
		if ok && len(id) == fullID && isHex(id) {
			return id[:shortID]
		}
	}
	return ""
}

func isHex(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

package field

import (
	"encoding/json"
	"sort"
	"strconv"
	"strings"

	"github.com/scapls/scapls/scapio/state"
)

// containerFields are the fields of classes container and k8s. The host's processes have an id, a name and a type only.
var containerFields = map[string]extractor{
	"container.id":   {scope: ScopeThread, text: containerID},
	"container.name": {scope: ScopeView, text: containerName},
	"container.type": {scope: ScopeView, text: containerType},

	"container.full_id":          ofContainer(func(c *state.Container) string { return c.FullID }),
	"container.image":            ofContainer(func(c *state.Container) string { return c.Image }),
	"container.image.id":         ofContainer(func(c *state.Container) string { return c.ImageID }),
	"container.image.repository": ofContainer(func(c *state.Container) string { return c.ImageRepo }),
	"container.image.tag":        ofContainer(func(c *state.Container) string { return c.ImageTag }),
	"container.image.digest":     ofContainer(func(c *state.Container) string { return c.Digest }),
	"container.ip":               ofContainer(containerIP),
	"container.privileged": containerValue(func(_ *Ctx, c *state.Container) Value {
		return boolValue(c.Privileged)
	}),
	"container.start_ts": containerValue(func(_ *Ctx, c *state.Container) Value {
		return unlessZero(timeValue(createdAt(c)))
	}),
	"container.duration": containerValue(func(x *Ctx, c *state.Container) Value {
		return between(createdAt(c), x.TS)
	}),
	"container.cni.json":     ofContainer(func(c *state.Container) string { return jsonText(c, "cni_json") }),
	"container.host_pid":     containerValue(func(_ *Ctx, c *state.Container) Value { return jsonBool(c, "host_pid") }),
	"container.host_network": containerValue(func(_ *Ctx, c *state.Container) Value { return jsonBool(c, "host_network") }),
	"container.host_ipc":     containerValue(func(_ *Ctx, c *state.Container) Value { return jsonBool(c, "host_ipc") }),
	"container.labels":       ofContainer(func(c *state.Container) string { return labels(c.Labels) }),
	"container.label":        withKey(func(c *state.Container, key string) (string, bool) { return label(c.Labels, key) }),

	"container.mounts":            ofContainer(mounts),
	"container.mount":             mountOf(mountText),
	"container.mount.source":      mountOf(func(m *state.Mount) string { return m.Source }),
	"container.mount.dest":        mountOf(func(m *state.Mount) string { return m.Destination }),
	"container.mount.mode":        mountOf(func(m *state.Mount) string { return m.Mode }),
	"container.mount.rdwr":        mountOf(func(m *state.Mount) string { return strconv.FormatBool(m.RW) }),
	"container.mount.propagation": mountOf(func(m *state.Mount) string { return m.Propagation }),

	"container.healthcheck":     probe("Healthcheck"),
	"container.liveness_probe":  probe("LivenessProbe"),
	"container.readiness_probe": probe("ReadinessProbe"),

	"k8s.pod.name":            podLabel("io.kubernetes.pod.name"),
	"k8s.pod.uid":             podLabel("io.kubernetes.pod.uid"),
	"k8s.pod.id":              podLabel("io.kubernetes.pod.uid"),
	"k8s.ns.name":             podLabel("io.kubernetes.pod.namespace"),
	"k8s.rs.name":             ofContainer(func(c *state.Container) string { set, _ := workload(c); return set }),
	"k8s.deployment.name":     ofContainer(func(c *state.Container) string { _, deployment := workload(c); return deployment }),
	"k8s.pod.full_sandbox_id": ofContainer(sandboxID),
	"k8s.pod.sandbox_id": ofContainer(func(c *state.Container) string {
		id := sandboxID(c)
		return id[:min(len(id), 12)]
	}),
	"k8s.pod.ip":       podText(func(c *state.Container) string { return containerIP(c) }),
	"k8s.pod.cni.json": podText(func(c *state.Container) string { return jsonText(c, "cni_json") }),
	"k8s.pod.labels":   ofContainer(func(c *state.Container) string { return labels(c.PodLabels) }),
	"k8s.pod.label":    withKey(func(c *state.Container, key string) (string, bool) { return label(c.PodLabels, key) }),
}

// container returns what is known of the container of the event's thread, nil for the host's.
func (c *Ctx) container() *state.Container {
	if c.T == nil || c.T.Container == "" {
		return nil
	}
	return c.View.Container(c.T.Container)
}

const hostContainer = "host"

func containerID(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	switch {
	case c.T == nil:
		return dst, false
	case c.T.Container == "":
		return append(dst, hostContainer...), true
	}
	return append(dst, c.T.Container...), true
}

// hostOr is host for the host's threads, else a text of the container.
func hostOr(dst []byte, c *Ctx, take func(*state.Container) string) ([]byte, bool) {
	switch x := c.container(); {
	case c.T == nil:
		return dst, false
	case c.T.Container == "":
		return append(dst, hostContainer...), true
	case x == nil:
		return dst, false
	default:
		s := take(x)
		return append(dst, s...), s != ""
	}
}

func containerName(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	return hostOr(dst, c, func(x *state.Container) string { return x.Name })
}

func containerType(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	return hostOr(dst, c, (*state.Container).TypeName)
}

// ofContainer is a text that events told of the container, none when it is empty.
func ofContainer(take func(*state.Container) string) extractor {
	return extractor{scope: ScopeView, text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		x := c.container()
		if x == nil {
			return dst, false
		}
		s := take(x)
		return append(dst, s...), s != ""
	}}
}

func containerValue(take func(*Ctx, *state.Container) Value) extractor {
	return extractor{scope: ScopeView, value: func(c *Ctx, _ *Ref) Value {
		if x := c.container(); x != nil {
			return take(c, x)
		}
		return Value{}
	}}
}

func withKey(take func(c *state.Container, key string) (string, bool)) extractor {
	return extractor{scope: ScopeView, text: func(dst []byte, c *Ctx, r *Ref) ([]byte, bool) {
		x := c.container()
		if x == nil {
			return dst, false
		}
		s, ok := take(x, r.Arg)
		return append(dst, s...), ok
	}}
}

func label(m map[string]string, key string) (string, bool) {
	s, ok := m[key]
	return s, ok
}

func containerIP(c *state.Container) string {
	if c.IP == "0.0.0.0" { // how the writers say that they do not know
		return ""
	}
	return c.IP
}

// labels joins labels as key:value with ", ", by key.
func labels(m map[string]string) string {
	list := make([]string, 0, len(m))
	for k, v := range m {
		list = append(list, k+":"+v)
	}
	sort.Strings(list)
	return strings.Join(list, ", ")
}

func mountText(m *state.Mount) string {
	return m.Source + ":" + m.Destination + ":" + m.Mode + ":" + strconv.FormatBool(m.RW) + ":" + m.Propagation
}

func mounts(c *state.Container) string {
	list := make([]string, len(c.Mounts))
	for i := range c.Mounts {
		list[i] = mountText(&c.Mounts[i])
	}
	return strings.Join(list, ",")
}

// mountOf is a text of the mount with a number, or with a source or destination.
func mountOf(take func(*state.Mount) string) extractor {
	return extractor{scope: ScopeView, text: func(dst []byte, c *Ctx, r *Ref) ([]byte, bool) {
		x := c.container()
		if x == nil {
			return dst, false
		}
		for i := range x.Mounts {
			m := &x.Mounts[i]
			if r.Index == i || r.Index < 0 && (m.Source == r.Arg || m.Destination == r.Arg) {
				return append(dst, take(m)...), true
			}
		}
		return dst, false
	}}
}

// probe is the command of a health probe, N/A when the container has none.
func probe(key string) extractor {
	return extractor{scope: ScopeView, text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		x := c.container()
		if x == nil {
			return dst, false
		}
		var p struct {
			Exe  string   `json:"exe"`
			Args []string `json:"args"`
		}
		if json.Unmarshal(jsonField(x, key), &p) != nil || p.Exe == "" {
			return append(dst, "N/A"...), true
		}
		return append(dst, strings.Join(append([]string{p.Exe}, p.Args...), " ")...), true
	}}
}

// podLabel is a label that the kubelet puts on containers, or on the sandbox of their pod.
func podLabel(key string) extractor {
	return ofContainer(func(c *state.Container) string { return podLabelOf(c, key) })
}

func podLabelOf(c *state.Container, key string) string {
	if s := c.Labels[key]; s != "" {
		return s
	}
	return c.PodLabels[key]
}

// workload returns the replica set a pod belongs to and the deployment behind that. Kubernetes names pods
// DEPLOYMENT-HASH-RANDOM, and puts the hash in a label.
func workload(c *state.Container) (set, deployment string) {
	pod := podLabelOf(c, "io.kubernetes.pod.name")
	hash := podLabelOf(c, "pod-template-hash")
	i := strings.LastIndexByte(pod, '-')
	if i < 0 || hash == "" {
		return "", ""
	}
	deployment, ok := strings.CutSuffix(pod[:i], "-"+hash)
	if !ok || deployment == "" {
		return "", ""
	}
	return pod[:i], deployment
}

// podText is a text of containers that belong to a pod.
func podText(take func(*state.Container) string) extractor {
	return ofContainer(func(c *state.Container) string {
		if c.Labels["io.kubernetes.pod.name"] == "" && len(c.PodLabels) == 0 {
			return ""
		}
		return take(c)
	})
}

func sandboxID(c *state.Container) string {
	if c.PodSandbox {
		if c.FullID != "" {
			return c.FullID
		}
		return c.ID
	}
	if s := c.Labels["io.kubernetes.sandbox.id"]; s != "" {
		return s
	}
	return jsonText(c, "pod_sandbox_id")
}

// jsonField returns a member of the container's JSON that the state does not hold by itself, nil when it has none.
func jsonField(c *state.Container, key string) json.RawMessage {
	var outer struct {
		Container map[string]json.RawMessage `json:"container"`
	}
	if json.Unmarshal(c.Raw, &outer) != nil {
		return nil
	}
	return outer.Container[key]
}

func jsonText(c *state.Container, key string) string {
	var s string
	if json.Unmarshal(jsonField(c, key), &s) != nil {
		return ""
	}
	return s
}

func jsonBool(c *state.Container, key string) Value {
	var b bool
	if json.Unmarshal(jsonField(c, key), &b) != nil {
		return Value{}
	}
	return boolValue(b)
}

// createdAt is when the container was made, in ns since the epoch; 0 when not known. The JSON has seconds.
func createdAt(c *state.Container) uint64 {
	var sec uint64
	if json.Unmarshal(jsonField(c, "created_time"), &sec) != nil {
		return 0
	}
	return sec * 1e9
}

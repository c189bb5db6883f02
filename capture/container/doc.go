// Package container tells which container a process runs in, and what that container is called.
//
// Input are the control groups of a process, as "controller=path" separated by NULs, and the API sockets of the
// container engines on this machine. Output is an Info per container, which becomes a container event of a capture.
//
// Of knows the paths of docker, podman, containerd and CRI-O under Kubernetes, nerdctl, LXC, libvirt-lxc and
// systemd-nspawn, of both cgroup versions and both cgroup drivers. Names, images and labels come from the
// docker-compatible API (docker, podman) and from CRI (containerd, CRI-O, cri-dockerd), by unix sockets only. LXC and
// nspawn have no API worth the name: theirs is the name of the container itself.
//
// An engine that does not answer costs time, never events: a Resolver asks in the background, each question has an end,
// and who gets no answer is told what the path alone says.
package container

import "encoding/json"

// Types as libsinsp numbers them.
const (
	Docker     = 0
	LXC        = 1
	LibvirtLXC = 2
	Custom     = 5 // systemd-nspawn: captures have no number for it
	CRI        = 6
	Containerd = 7
	CRIO       = 8
	Podman     = 11
)

// Info is what is known of a container, named and ordered as in container events.
type Info struct {
	ID         string            `json:"id"` // as processes show it: 12 digits, or the name
	FullID     string            `json:"full_id"`
	Type       int               `json:"type"`
	Name       string            `json:"name"`
	Image      string            `json:"image"`
	ImageID    string            `json:"imageid"`
	ImageRepo  string            `json:"imagerepo"`
	ImageTag   string            `json:"imagetag"`
	Digest     string            `json:"imagedigest"`
	Created    int64             `json:"created_time"` // s since the epoch
	User       string            `json:"User"`
	Privileged bool              `json:"privileged"`
	HostPID    bool              `json:"host_pid"`
	HostNet    bool              `json:"host_network"`
	HostIPC    bool              `json:"host_ipc"`
	IP         string            `json:"ip"`
	Sandbox    bool              `json:"is_pod_sandbox"`
	SandboxID  string            `json:"pod_sandbox_id"`
	CNI        string            `json:"cni_json"`
	PodLabels  map[string]string `json:"pod_sandbox_labels"`
	Labels     map[string]string `json:"labels"`
	Env        []string          `json:"env"`
	Mounts     []Mount           `json:"Mounts"`
	Ports      []Port            `json:"port_mappings"`
	CPUShares  int64             `json:"cpu_shares"`
	CPUQuota   int64             `json:"cpu_quota"`
	CPUPeriod  int64             `json:"cpu_period"`
	CPUSet     int               `json:"cpuset_cpu_count"`
	Memory     int64             `json:"memory_limit"`
	Swap       int64             `json:"swap_limit"`
	Size       int64             `json:"size"`
	State      int               `json:"lookup_state"` // 1: answered, 2: not
}

// Mount is one mount of a container.
type Mount struct {
	Source      string
	Destination string
	Mode        string
	RW          bool
	Propagation string
}

// Port is a port of the host that leads into a container. Addresses are IPv4 in host order.
type Port struct {
	HostIP        uint32 `json:"HostIp"`
	HostPort      int
	ContainerPort int
}

// JSON returns the text of a container event.
func (i *Info) JSON() []byte {
	c := *i
	if c.Env == nil {
		c.Env = []string{}
	}
	if c.Mounts == nil {
		c.Mounts = []Mount{}
	}
	if c.Ports == nil {
		c.Ports = []Port{}
	}
	b, err := json.Marshal(struct {
		Container *Info `json:"container"`
	}{&c})
	if err != nil {
		panic(err) // nothing of it cannot be written
	}
	return b
}

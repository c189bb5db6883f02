package container

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// errUnknown says that an engine does not know a container.
var errUnknown = errors.New("the engine does not know the container")

// maxAnswer bounds an engine's answer: what comes out of a socket may be anything.
const maxAnswer = 4 << 20

// docker asks an engine with a docker-compatible API.
type docker struct {
	socket string
	typ    int // Docker or Podman: what its containers are
	http   *http.Client
}

func newDocker(socket string, typ int) *docker {
	return &docker{socket: socket, typ: typ, http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
		MaxIdleConns: 1, IdleConnTimeout: time.Second,
	}}}
}

// inspection is what the API says of a container, as far as a capture can hold it.
type inspection struct {
	ID, Name, Image string
	Created         string
	Config          struct {
		Image, User string
		Labels      map[string]string
	}
	HostConfig struct {
		Privileged                     bool
		NetworkMode, PidMode, IpcMode  string
		CPUShares                      int64 `json:"CpuShares"`
		CPUQuota                       int64 `json:"CpuQuota"`
		CPUPeriod                      int64 `json:"CpuPeriod"`
		CpusetCpus                     string
		Memory, MemorySwap, SizeRootFs int64
	}
	Mounts          []Mount
	NetworkSettings struct {
		IPAddress string
		Networks  map[string]struct{ IPAddress string }
		Ports     map[string][]struct{ HostIP, HostPort string }
	}
}

type image struct {
	RepoTags    []string
	RepoDigests []string
}

// Lookup asks for a container. It returns errUnknown when the engine has none such. The container's environment is left
// out: it holds passwords, and its processes tell theirs.
func (d *docker) Lookup(ctx context.Context, r Ref) (*Info, error) {
	var c inspection
	if err := d.get(ctx, "/containers/"+url.PathEscape(r.Full)+"/json", &c); err != nil {
		return nil, err
	}
	i := &Info{
		ID: r.ID, FullID: r.Full, Type: d.typ, Name: strings.TrimPrefix(c.Name, "/"), Image: c.Config.Image,
		ImageID: strings.TrimPrefix(c.Image, "sha256:"), User: c.Config.User, Labels: c.Config.Labels,
		Mounts: c.Mounts, Privileged: c.HostConfig.Privileged, HostNet: c.HostConfig.NetworkMode == "host",
		HostPID: c.HostConfig.PidMode == "host", HostIPC: c.HostConfig.IpcMode == "host", IP: c.NetworkSettings.IPAddress,
		CPUShares: c.HostConfig.CPUShares, CPUQuota: c.HostConfig.CPUQuota, CPUPeriod: c.HostConfig.CPUPeriod,
		CPUSet: countCPUs(c.HostConfig.CpusetCpus), Memory: c.HostConfig.Memory, Swap: c.HostConfig.MemorySwap, Size: -1, State: 1,
	}
	if r.Type == Podman { // its API is asked through docker's socket, too
		i.Type = Podman
	}
	if i.CPUShares == 0 {
		i.CPUShares = 1024 // the kernel's own
	}
	if i.CPUPeriod == 0 {
		i.CPUPeriod = 100_000
	}
	for _, n := range c.NetworkSettings.Networks {
		if i.IP == "" {
			i.IP = n.IPAddress
		}
	}
	if t, err := time.Parse(time.RFC3339Nano, c.Created); err == nil {
		i.Created = t.Unix()
	}
	for port, hosts := range c.NetworkSettings.Ports {
		for _, h := range hosts {
			i.Ports = append(i.Ports, portOf(port, h.HostIP, h.HostPort))
		}
	}
	var img image
	if c.Image != "" {
		_ = d.get(ctx, "/images/"+url.PathEscape(c.Image)+"/json", &img) // without it the name says enough
	}
	i.nameImage(img)
	i.kubernetes()
	return i, nil
}

// nameImage fills in repository, tag and digest. An image that runs by its id is named by its first tag.
func (i *Info) nameImage(img image) {
	if strings.HasPrefix(i.Image, "sha256:") || i.Image == "" {
		for _, t := range img.RepoTags {
			i.Image = t
			break
		}
	}
	for _, d := range img.RepoDigests {
		if _, digest, ok := strings.Cut(d, "@"); ok {
			i.Digest = digest
			break
		}
	}
	i.ImageRepo, i.ImageTag = splitImage(i.Image)
	if i.ImageTag == "" && i.ImageRepo != "" && !strings.Contains(i.Image, "@") {
		i.ImageTag = "latest"
	}
	if _, d, ok := strings.Cut(i.Image, "@"); ok && i.Digest == "" {
		i.Digest = d
	}
}

// splitImage returns repository and tag of an image's name: host:5000/path/name:tag@digest.
func splitImage(name string) (repo, tag string) {
	name, _, _ = strings.Cut(name, "@")
	if j := strings.LastIndexByte(name, ':'); j > strings.LastIndexByte(name, '/') {
		return name[:j], name[j+1:]
	}
	return name, ""
}

// kubernetes tells whether the container is the sandbox of a pod, by the labels that Kubernetes gives.
func (i *Info) kubernetes() {
	i.Sandbox = i.Labels["io.kubernetes.docker.type"] == "podsandbox" || i.Labels["io.cri-containerd.kind"] == "sandbox" ||
		i.Labels["io.kubernetes.container.name"] == "POD"
	if id := i.Labels["io.kubernetes.sandbox.id"]; id != "" {
		i.SandboxID = id
	}
}

func portOf(port, hostIP, hostPort string) Port {
	number, _, _ := strings.Cut(port, "/")
	p := Port{}
	p.ContainerPort, _ = strconv.Atoi(number)
	p.HostPort, _ = strconv.Atoi(hostPort)
	if a, err := netip.ParseAddr(hostIP); err == nil && a.Is4() {
		b := a.As4()
		p.HostIP = binary.BigEndian.Uint32(b[:])
	}
	return p
}

// countCPUs counts the processors of a list like 0-2,5.
func countCPUs(list string) int {
	n := 0
	for part := range strings.SplitSeq(list, ",") {
		from, to, ok := strings.Cut(part, "-")
		a, err := strconv.Atoi(strings.TrimSpace(from))
		if err != nil {
			continue
		}
		b := a
		if ok {
			if b, err = strconv.Atoi(strings.TrimSpace(to)); err != nil || b < a {
				continue
			}
		}
		n += b - a + 1
	}
	return n
}

func (d *docker) get(ctx context.Context, path string, answer any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://engine"+path, nil)
	if err != nil {
		return err
	}
	res, err := d.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask %s: %w", d.socket, err)
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return errUnknown
	default:
		return fmt.Errorf("ask %s for %s: it answers %s", d.socket, path, res.Status)
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(answer); err != nil {
		return fmt.Errorf("read the answer of %s for %s: %w", d.socket, path, err)
	}
	return nil
}

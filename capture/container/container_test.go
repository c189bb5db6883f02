package container

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/scapio/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const id64 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestContainersByTheirControlGroups(t *testing.T) {
	for _, c := range []struct {
		what, path string
		id         string
		typ        int
	}{
		{"docker, cgroupfs driver", "/docker/" + id64, "0123456789ab", Docker},
		{"docker, systemd driver", "/system.slice/docker-" + id64 + ".scope", "0123456789ab", Docker},
		{"docker inside of a parent", "/system.slice/docker-" + id64 + ".scope/init", "0123456789ab", Docker},
		{"podman, systemd driver", "/machine.slice/libpod-" + id64 + ".scope", "0123456789ab", Podman},
		{"podman, split", "/machine.slice/libpod-" + id64 + ".scope/container", "0123456789ab", Podman},
		{"podman, cgroupfs driver", "/libpod_parent/libpod-" + id64, "0123456789ab", Podman},
		{"podman in a service", "/system.slice/web.service/libpod-payload-" + id64, "0123456789ab", Podman},
		{"podman of a user", "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id64 + ".scope", "0123456789ab", Podman},
		{"podman's monitor is none of it", "/machine.slice/libpod-conmon-" + id64 + ".scope", "", 0},
		{"containerd under Kubernetes, systemd driver", "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-" + id64 + ".scope", "0123456789ab", Containerd},
		{"containerd without systemd", "/kubepods-besteffort-pod1.slice:cri-containerd:" + id64, "0123456789ab", Containerd},
		{"CRI, cgroupfs driver", "/kubepods/burstable/pod1/" + id64, "0123456789ab", CRI},
		{"docker under Kubernetes", "/kubepods.slice/kubepods-pod1.slice/docker-" + id64 + ".scope", "0123456789ab", Docker},
		{"CRI-O", "/kubepods.slice/kubepods-pod1.slice/crio-" + id64 + ".scope", "0123456789ab", CRIO},
		{"nerdctl", "/system.slice/nerdctl-" + id64 + ".scope", "0123456789ab", Containerd},
		{"LXC, old", "/lxc/web", "web", LXC},
		{"LXC", "/lxc.payload.web/init.scope", "web", LXC},
		{"LXC below a folder", "/lxc.payload/web", "web", LXC},
		{"libvirt-lxc, old", "/machine/web.libvirt-lxc", "web", LibvirtLXC},
		{"libvirt-lxc", `/machine.slice/machine-lxc\x2d1234\x2dweb.scope`, `1234\x2dweb`, LibvirtLXC},
		{"nspawn", `/machine.slice/machine-my\x2dbox.scope/payload`, "my-box", Custom},
		{"nspawn as a service", "/machine.slice/systemd-nspawn@box.service/payload", "box", Custom},
		{"a virtual machine", `/machine.slice/machine-qemu\x2d1\x2dvm.scope`, "", 0},
		{"a session", "/user.slice/user-1000.slice/session-3.scope", "", 0},
		{"a service", "/system.slice/docker.service", "", 0},
		{"the root", "/", "", 0},
		{"a short id", "/docker/0123456789ab", "", 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			groups := "cpu=/\x00memory=" + c.path + "\x00"
			r, ok := Of(groups)
			require.Equal(t, c.id != "", ok)
			require.Equal(t, c.id, r.ID)
			require.Equal(t, c.typ, r.Type)
			m := state.NewMachine()
			m.LoadThreads([]scapio.Thread{{TID: 1, PID: 1, Cgroups: groups}})
			require.Equal(t, c.id, m.At(0).Thread(1).Container, "readers of a capture find the same id")
		})
	}
}

// serve answers on a unix socket.
func serve(t *testing.T, h http.Handler, protocols func(*http.Protocols)) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "engine") // socket paths are short
	require.NoError(t, err)
	path := filepath.Join(dir, "s")
	l, err := net.Listen("unix", path)
	require.NoError(t, err)
	srv := &http.Server{Handler: h, Protocols: new(http.Protocols)}
	protocols(srv.Protocols)
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() { srv.Close(); <-done; os.RemoveAll(dir) })
	return path
}

// ask resolves one container and returns its event.
func ask(t *testing.T, o Options, path string) *Info {
	t.Helper()
	return askFound(t, o, path).Info
}

func askFound(t *testing.T, o Options, path string) *Found {
	t.Helper()
	r := Open(o)
	defer r.Close()
	require.NotEmpty(t, r.See("cpu="+path+"\x00", 42))
	require.NotEmpty(t, r.See("cpu="+path+"\x00", 42), "asked once")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	list := r.Wait(ctx)
	require.Len(t, list, 1)
	require.Nil(t, r.Answer())
	return list[0]
}

func TestDockerAnswers(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containers/"+id64+"/json", func(w http.ResponseWriter, _ *http.Request) {
		http.ServeFile(w, whole(t), "testdata/docker-container.json")
	})
	mux.HandleFunc("GET /images/{id}/json", func(w http.ResponseWriter, _ *http.Request) {
		http.ServeFile(w, whole(t), "testdata/docker-image.json")
	})
	path := serve(t, mux, func(p *http.Protocols) { p.SetHTTP1(true) })
	i := ask(t, Options{Sockets: []Socket{{path, Docker}}}, "/docker/"+id64)
	want := &Info{
		ID: "0123456789ab", FullID: id64, Type: Docker, Name: "web", Image: "registry.example.com:5000/team/nginx:1.25",
		ImageID:   "8b3d99e9b3926a2432832d05da92781b70d7e12499c945f5952ab9ebffd3411b",
		ImageRepo: "registry.example.com:5000/team/nginx", ImageTag: "1.25",
		Digest:  "sha256:6a67b2721e98084db288e42aac0022dbd6ad337e806fa2eaa8eefe72fb5023a2",
		Created: 1736244890, User: "www", Privileged: true, HostPID: true, IP: "172.18.0.2",
		Labels: map[string]string{"com.example.team": "core"},
		Mounts: []Mount{{"/srv/www", "/usr/share/nginx/html", "ro", false, "rprivate"}},
		Ports:  []Port{{0x7f000001, 8080, 80}}, CPUShares: 512, CPUPeriod: 100000, CPUSet: 4, Memory: 1 << 29, Swap: 1 << 30,
		Size: -1, State: 1,
	}
	require.Equal(t, want, i)

	t.Run("readers understand the event", func(t *testing.T) {
		m := state.NewMachine()
		feed(t, m, i.JSON())
		c := m.At(1).Container("0123456789ab")
		require.NotNil(t, c)
		require.Equal(t, []string{"web", "registry.example.com:5000/team/nginx:1.25", "docker", "172.18.0.2", "core", "/srv/www"},
			[]string{c.Name, c.Image, c.TypeName(), c.IP, c.Labels["com.example.team"], c.Mounts[0].Source})
	})
	t.Run("no secret of the environment", func(t *testing.T) { require.NotContains(t, string(i.JSON()), "PASSWORD") })
	t.Run("the event has what libsinsp's has", func(t *testing.T) {
		var have, like map[string]map[string]any
		require.NoError(t, json.Unmarshal(i.JSON(), &have))
		b, err := os.ReadFile("testdata/libsinsp.json")
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(b, &like))
		for k := range like["container"] {
			if k != "metadata_deadline" { // of libsinsp's own look-up
				require.Contains(t, have["container"], k)
			}
		}
	})
}

// whole returns a request without conditions, for a file to be served whole.
func whole(t *testing.T) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "/", nil)
	require.NoError(t, err)
	return r
}

func feed(t *testing.T, m *state.Machine, event []byte) {
	t.Helper()
	ev := scapiotest.Event(t, 1, -1, evtable.ContainerJson2E, append(event, 0))
	m.Apply(&ev)
}

func TestCRIAnswers(t *testing.T) {
	entry := func(k, v string) []byte { return appendField(appendField(nil, 1, []byte(k)), 2, []byte(v)) }
	meta := appendField(nil, 1, []byte("app"))
	status := appendField(appendField(nil, 1, []byte(id64)), 2, meta)
	status = binary.AppendUvarint(append(status, 4<<3), 1664530384e9) // created_at
	status = appendField(status, 8, appendField(nil, 1, []byte("docker.io/library/redis:7")))
	status = appendField(status, 9, []byte("docker.io/library/redis@sha256:aa"))
	for k, v := range map[string]string{"io.kubernetes.pod.name": "cache-0", "io.kubernetes.pod.namespace": "prod", "io.kubernetes.container.name": "redis", "io.kubernetes.pod.uid": "u-1"} {
		status = appendField(status, 12, entry(k, v))
	}
	status = appendField(status, 14, append(appendField(appendField(nil, 1, []byte("/data")), 2, []byte("/var/data")), 3<<3, 1, 5<<3, 2))
	sandbox := appendField(appendField(nil, 2, appendField(nil, 1, []byte("cache-0"))), 5, appendField(nil, 1, []byte("10.1.2.3")))

	grpc := func(w http.ResponseWriter, code string, message []byte) {
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Trailer", "Grpc-Status")
		if message != nil {
			_, _ = w.Write(append([]byte{0, 0, 0, byte(len(message) >> 8), byte(len(message))}, message...))
		}
		w.Header().Set("Grpc-Status", code)
	}
	const pod = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
	path := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		asked := textField(b[5:], 1)
		switch {
		case r.ProtoMajor != 2 || r.Header.Get("Content-Type") != "application/grpc":
			http.Error(w, "no gRPC", http.StatusBadRequest)
		case r.URL.Path == runtimeService+"ContainerStatus" && asked == id64:
			grpc(w, "0", appendField(nil, 1, status))
		case r.URL.Path == runtimeService+"PodSandboxStatus" && asked == pod:
			grpc(w, "0", appendField(nil, 1, sandbox))
		default:
			grpc(w, "5", nil)
		}
	}), func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) })
	o := Options{Sockets: []Socket{{path, CRI}}, Pause: time.Millisecond}

	i := ask(t, o, "/kubepods.slice/cri-containerd-"+id64+".scope")
	require.Equal(t, "k8s_redis_cache-0_prod_u-1_0", i.Name)
	require.Equal(t, []string{"docker.io/library/redis", "7", "sha256:aa"}, []string{i.ImageRepo, i.ImageTag, i.Digest})
	require.Equal(t, Containerd, i.Type)
	require.EqualValues(t, 1664530384, i.Created)
	require.Equal(t, []Mount{{"/var/data", "/data", "", false, "rshared"}}, i.Mounts)

	i = ask(t, o, "/kubepods/pod1/"+pod)
	require.True(t, i.Sandbox)
	require.Equal(t, []string{"cache-0", "10.1.2.3"}, []string{i.Name, i.IP})

	o.Accounts = func(pid int64) ([]scapio.User, []scapio.Group) {
		return []scapio.User{{UID: uint32(pid)}}, []scapio.Group{{Name: "g"}}
	}
	f := askFound(t, o, "/kubepods/pod1/"+pod)
	require.Equal(t, []scapio.User{{UID: 42}}, f.Users)
	require.Equal(t, "g", f.Groups[0].Name)

	i = ask(t, o, "/kubepods/pod1/"+id64[1:]+"0")
	require.Equal(t, 2, i.State, "unknown to the engine")
}

func TestEnginesThatDoNotAnswer(t *testing.T) {
	t.Run("none there", func(t *testing.T) {
		i := ask(t, Options{Sockets: []Socket{{"/no/such/socket", Docker}}}, "/docker/"+id64)
		require.Equal(t, &Info{ID: id64[:12], FullID: id64, Type: Docker, Size: -1, State: 2}, i)
	})
	t.Run("one that hangs", func(t *testing.T) {
		stop := make(chan struct{})
		path := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-stop:
			case <-r.Context().Done():
			}
		}), func(p *http.Protocols) { p.SetHTTP1(true) })
		defer close(stop)
		start := time.Now()
		i := ask(t, Options{Sockets: []Socket{{path, Docker}}, Timeout: 20 * time.Millisecond}, "/docker/"+id64)
		require.Equal(t, 2, i.State)
		require.Less(t, time.Since(start), 5*time.Second)
	})
	t.Run("one that knows it a little later", func(t *testing.T) {
		asked := 0
		path := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if asked++; asked < 3 {
				http.NotFound(w, r)
				return
			}
			_, _ = io.WriteString(w, `{"Name":"/late"}`)
		}), func(p *http.Protocols) { p.SetHTTP1(true) })
		require.Equal(t, "late", ask(t, Options{Sockets: []Socket{{path, Podman}}, Pause: time.Millisecond}, "/libpod-"+id64).Name)
	})
	t.Run("one that talks nonsense", func(t *testing.T) {
		path := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }), func(p *http.Protocols) { p.SetHTTP1(true) })
		require.Equal(t, 2, ask(t, Options{Sockets: []Socket{{path, Docker}, {path, CRI}}}, "/docker/"+id64).State)
	})
	t.Run("a name needs no answer", func(t *testing.T) {
		i := ask(t, Options{Sockets: []Socket{}}, "/lxc/web")
		require.Equal(t, []any{"web", LXC, 1}, []any{i.Name, i.Type, i.State})
	})
}

func TestUsersAreThoseOfTheLatestProcess(t *testing.T) {
	asked := make(chan int64, 10)
	r := Open(Options{Sockets: []Socket{}, Pause: 200 * time.Millisecond, Accounts: func(pid int64) ([]scapio.User, []scapio.Group) {
		asked <- pid
		if pid == 1 { // the engine's own process, whose root is the host's
			return nil, nil
		}
		return []scapio.User{{Name: "inside"}}, nil
	}})
	defer r.Close()
	groups := "cpu=/docker/" + id64 + "\x00"
	r.See(groups, 1)
	require.EqualValues(t, 1, <-asked)
	r.See(groups, 2)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	list := r.Wait(ctx)
	require.Equal(t, "inside", list[0].Users[0].Name)
}

func TestImagesByName(t *testing.T) {
	for name, want := range map[string][2]string{
		"nginx": {"nginx", ""}, "nginx:1": {"nginx", "1"}, "host:5000/a/b": {"host:5000/a/b", ""}, "host:5000/a:2@sha256:1": {"host:5000/a", "2"},
	} {
		repo, tag := splitImage(name)
		require.Equal(t, want, [2]string{repo, tag}, name)
	}
	require.Equal(t, 4, countCPUs("0-2,5"))
	require.Equal(t, 0, countCPUs("x,3-1,"))
}

func FuzzAnswers(f *testing.F) {
	f.Add([]byte{10, 4, 8, 1, 18, 0})
	f.Fuzz(func(_ *testing.T, b []byte) {
		var i Info
		containerStatus(&i, b)
		sandboxStatus(&i, b)
		_ = i.JSON()
		_, _ = Of(string(b))
	})
}

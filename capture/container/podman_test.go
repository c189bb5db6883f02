//go:build linux

package container

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/capture/procscan"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// engineUnderTest is a real podman with an image that holds one program, in folders of its own.
type engineUnderTest struct {
	t    *testing.T
	dir  string
	args []string
}

func (p *engineUnderTest) run(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "podman", append(p.args, args...)...)
	cmd.Env = append(os.Environ(), "CONTAINERS_STORAGE_CONF="+filepath.Join(p.dir, "storage.conf"))
	b, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(b)), err
}

func (p *engineUnderTest) write(name, text string) {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	require.NoError(p.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(p.t, os.WriteFile(path, []byte(text), 0o600))
}

func podman(t *testing.T) *engineUnderTest {
	t.Helper()
	if _, err := exec.LookPath("podman"); err != nil {
		scapiotest.Skip(t, "podman", "there is no podman")
	}
	if os.Geteuid() != 0 {
		scapiotest.Skip(t, "podman", "a container without a cgroup manager needs root")
	}
	dir, err := os.MkdirTemp("", "podman")
	require.NoError(t, err)
	p := &engineUnderTest{t: t, dir: dir, args: []string{"--cgroup-manager=cgroupfs", "--events-backend=file"}}
	if _, err := exec.LookPath("runc"); err == nil { // crun refuses machines with both cgroup versions
		p.args = append(p.args, "--runtime=runc")
	}
	t.Cleanup(func() {
		_, _ = p.run("rm", "-fa")
		_, _ = p.run("rmi", "-fa")
		os.RemoveAll(dir)
	})
	p.write("storage.conf", fmt.Sprintf("[storage]\ndriver=\"vfs\"\nrunroot=%q\ngraphroot=%q\n", filepath.Join(dir, "run"), filepath.Join(dir, "graph")))
	p.write("root/etc/passwd", "app:x:5:5::/:/sleeper\n")
	p.write("main.go", "package main\n\nimport \"time\"\n\nfunc main() { time.Sleep(time.Minute) }\n")
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "root", "sleeper"), filepath.Join(dir, "main.go"))
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	out, err = exec.Command("tar", "-C", filepath.Join(dir, "root"), "-cf", filepath.Join(dir, "image.tar"), ".").CombinedOutput()
	require.NoError(t, err, string(out))
	text, err := p.run("import", "--change", `CMD=["/sleeper"]`, "--change", "LABEL=team=core", filepath.Join(dir, "image.tar"), "localhost/sleeper:7")
	require.NoError(t, err, text)
	return p
}

func TestARealPodman(t *testing.T) {
	p := podman(t)
	id, err := p.run("run", "-d", "--name", "web", "--network=none", "--ulimit=nofile=1000:1000", "--ulimit=nproc=1000:1000", "localhost/sleeper:7")
	if err != nil {
		scapiotest.Skip(t, "podman", "podman runs no container here: "+id)
	}
	socket := filepath.Join(p.dir, "api")
	service := exec.Command("podman", append(p.args, "system", "service", "--time=60", "unix://"+socket)...)
	service.Env = append(os.Environ(), "CONTAINERS_STORAGE_CONF="+filepath.Join(p.dir, "storage.conf"))
	require.NoError(t, service.Start())
	defer func() { _ = service.Process.Signal(syscall.SIGTERM); _ = service.Wait() }()
	require.Eventually(t, func() bool { _, err := os.Stat(socket); return err == nil }, 20*time.Second, 50*time.Millisecond)

	s := procscan.Scanner{}
	snap, err := s.Scan(context.Background())
	require.NoError(t, err)
	groups, pid := "", int64(0)
	for i := range snap.Threads {
		if snap.Threads[i].Comm == "sleeper" {
			groups, pid = snap.Threads[i].Cgroups, snap.Threads[i].PID
			require.EqualValues(t, 1, snap.Threads[i].VPID, "it is the first of its pid namespace")
			require.NotZero(t, snap.Threads[i].PIDNSInitStart)
			break
		}
	}
	require.Contains(t, groups, id)
	r := Open(Options{Sockets: []Socket{{socket, Podman}}, Timeout: 20 * time.Second, Accounts: s.Accounts})
	defer r.Close()
	require.Equal(t, id[:12], r.See(groups, pid))
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	list := r.Wait(ctx)
	require.Len(t, list, 1)
	i := list[0]
	require.Equal(t, "app", i.Users[0].Name)
	require.Equal(t, []any{"web", "localhost/sleeper:7", "localhost/sleeper", "7", "core", Podman, 1},
		[]any{i.Name, i.Image, i.ImageRepo, i.ImageTag, i.Labels["team"], i.Type, i.State})
	require.WithinDuration(t, time.Now(), time.Unix(i.Created, 0), 2*time.Minute)
}

package remote

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/capture/remote/remotetest"
)

// failing runs a capture that must fail, and returns its error.
func failing(t *testing.T, h *remotetest.Host, target Target, o Options) *Error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	var out bytes.Buffer
	st, err := Capture(ctx, target, o, &out)
	var e *Error
	require.ErrorAs(t, err, &e)
	require.NoError(t, ctx.Err())
	require.Equal(t, StateError, st.State)
	require.Equal(t, e, st.Err)
	require.NotEmpty(t, e.Message)
	require.Zero(t, out.Len(), "nothing is written for a capture that never began")
	t.Logf("%s\nfix: %s", e, e.Fix)
	return e
}

// together runs tests at the same time, since most of each is waiting, and then looks whether anything is left there.
func together(t *testing.T, h *remotetest.Host, list []alone) {
	t.Helper()
	t.Run("all", func(t *testing.T) {
		for _, f := range list {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				f.test(t)
			})
		}
	})
	h.Clean(t, 15*time.Second)
}

// alone is a test that needs no other.
type alone struct {
	name string
	test func(t *testing.T)
}

func TestCaptureTellsWhyItCannotConnect(t *testing.T) {
	h := remotetest.Need(t)
	write := func(name, text string) string {
		require.NoError(t, os.WriteFile(h.Path(name), []byte(text), 0o644))
		return h.Path(name)
	}
	write("other_config", "IdentitiesOnly yes\nIdentityAgent none\nHostKeyAlias scapls-test-host\nUserKnownHostsFile "+h.Path("known_hosts")+"\n")
	together(t, h, []alone{
		{"the host key is not known", func(t *testing.T) {
			o := options(h, nil)
			o.SSHOptions = append(o.SSHOptions, "-o", "UserKnownHostsFile="+write("empty", ""))
			e := failing(t, h, target(h, h.Root), o)
			require.Equal(t, KindHostKey, e.Kind)
			require.Contains(t, e.Detail, "Host key verification failed.")
			require.Contains(t, e.Fix, "ssh -p")
		}},
		{"the host key is another than before", func(t *testing.T) {
			require.NoError(t, h.Knows("otherhostkey", "changed"))
			o := options(h, nil)
			o.SSHOptions = append(o.SSHOptions, "-o", "UserKnownHostsFile="+h.Path("changed"))
			e := failing(t, h, target(h, h.Root), o)
			require.Equal(t, KindHostChanged, e.Kind)
			require.Contains(t, e.Fix, "ssh-keygen -R '[127.0.0.1]:")
		}},
		{"the key is refused", func(t *testing.T) {
			o := options(h, nil)
			o.SSHOptions = append(o.SSHOptions, "-i", h.Path("otherid"), "-F", h.Path("other_config"))
			e := failing(t, h, target(h, h.Root), o)
			require.Equal(t, KindAuth, e.Kind)
			require.Contains(t, e.Detail, "Permission denied")
		}},
		{"there is no such user", func(t *testing.T) {
			e := failing(t, h, target(h, "nobody-of-that-name"), options(h, nil))
			require.Equal(t, KindAuth, e.Kind)
			require.Contains(t, e.Message, "nobody-of-that-name")
		}},
		{"the key has a passphrase", func(t *testing.T) {
			require.NoError(t, os.RemoveAll(h.Path("locked")))
			require.NoError(t, remotetest.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", h.Path("locked")))
			o := options(h, nil)
			o.SSHOptions = append(o.SSHOptions, "-i", h.Path("locked"), "-F", h.Path("other_config"))
			e := failing(t, h, target(h, h.Root), o)
			require.Contains(t, []Kind{KindAuth, KindKeyLocked}, e.Kind)
		}},
		{"there is no such host", func(t *testing.T) {
			e := failing(t, h, Target{User: h.Root, Host: "no-such-host.invalid"}, options(h, nil))
			require.Equal(t, KindUnknownHost, e.Kind)
		}},
		{"nothing listens", func(t *testing.T) {
			port, err := remotetest.FreePort()
			require.NoError(t, err)
			e := failing(t, h, Target{User: h.Root, Host: "127.0.0.1", Port: port}, options(h, nil))
			require.Equal(t, KindRefused, e.Kind)
		}},
		{"nothing answers", func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer l.Close()
			o := options(h, nil)
			o.SSHOptions = append([]string{"-o", "ConnectTimeout=2"}, o.SSHOptions...)
			e := failing(t, h, Target{User: h.Root, Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}, o)
			require.Equal(t, KindTimeout, e.Kind)
		}},
		{"ssh does not take an option", func(t *testing.T) {
			o := options(h, nil)
			o.SSHOptions = append(o.SSHOptions, "-o", "NoSuchOption=1")
			require.Equal(t, KindConfig, failing(t, h, target(h, h.Root), o).Kind)
		}},
		{"there is no ssh", func(t *testing.T) {
			o := options(h, nil)
			o.SSH = filepath.Join(h.Dir, "nothing-here")
			require.Equal(t, KindNoSSH, failing(t, h, target(h, h.Root), o).Kind)
		}},
	})
}

func TestCaptureTellsWhyItCannotCapture(t *testing.T) {
	h := remotetest.Need(t)
	together(t, h, []alone{
		{"no rights", func(t *testing.T) {
			e := failing(t, h, target(h, h.None), options(h, nil))
			require.Equal(t, KindNoRights, e.Kind)
			require.Contains(t, e.Fix, "scapls remote sudoers "+h.None+"@127.0.0.1:")
		}},
		{"sudo wants a password and there is none", func(t *testing.T) {
			require.Equal(t, KindNoRights, failing(t, h, target(h, h.Asks), options(h, nil)).Kind)
		}},
		{"the password is wrong", func(t *testing.T) {
			o := options(h, nil)
			asked := 0
			o.Password = func(context.Context, PasswordAsk) ([]byte, error) { asked++; return []byte("wrong"), nil }
			e := failing(t, h, target(h, h.Asks), o)
			require.Equal(t, KindPassword, e.Kind)
			require.Equal(t, 3, asked)
			require.NotContains(t, e.Error(), "wrong")
		}},
		{"no password is given", func(t *testing.T) {
			o := options(h, nil)
			o.Password = func(context.Context, PasswordAsk) ([]byte, error) { return nil, errors.New("cancelled") }
			require.Equal(t, KindPassword, failing(t, h, target(h, h.Asks), o).Kind)
		}},
		{"there is no agent", func(t *testing.T) {
			o := options(h, nil)
			o.Agents = []string{t.TempDir()} // and the test's own program needs the system's libraries or is no agent
			e := failing(t, h, target(h, h.Root), o)
			require.Contains(t, []Kind{KindNoAgent, KindAgent}, e.Kind)
		}},
		{"the agent's sum is wrong", func(t *testing.T) {
			dir := t.TempDir()
			name := "scapls-linux-" + runtime.GOARCH
			b, err := os.ReadFile(filepath.Join(h.Agents, name))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), b, 0o644))
			require.NoError(t, os.WriteFile(filepath.Join(dir, Sums), []byte("00ff  "+name+"\n"), 0o644))
			_, err = openAgent(filepath.Join(dir, name), runtime.GOARCH, true)
			require.ErrorContains(t, err, "is not what SHA256SUMS beside it says")
		}},
		{"the filter is wrong", func(t *testing.T) {
			o := options(h, nil)
			o.Spec.Filter = "fail"
			e := failing(t, h, target(h, h.Root), o)
			require.Equal(t, KindFilter, e.Kind)
			require.Equal(t, "write another", e.Fix)
		}},
		{"sysdig is wanted and absent", func(t *testing.T) {
			o := options(h, nil)
			o.Use = UseSysdig
			require.Equal(t, KindAgent, failing(t, h, target(h, h.Root), o).Kind)
		}},
	})
}

// TestNoSudoersLineWithoutASum looks at what is told where an agent is there already, in a file that the user may write.
func TestNoSudoersLineWithoutASum(t *testing.T) {
	h := remotetest.Need(t)
	const nobody = 65534
	program, err := os.ReadFile(filepath.Join(h.Agents, "scapls-linux-"+runtime.GOARCH))
	require.NoError(t, err)
	for _, c := range []struct{ name, file string }{
		{"kept", ".local/share/scapls/agent"},
		{"there", "bin/scapls"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home, err := os.MkdirTemp(h.Path("tmp"), "home")
			require.NoError(t, err)
			defer os.RemoveAll(home)
			file := filepath.Join(home, c.file)
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
			require.NoError(t, os.WriteFile(file, program, 0o700))
			require.NoError(t, filepath.WalkDir(home, func(path string, _ os.DirEntry, _ error) error { return os.Chown(path, nobody, nobody) }))
			s := hereAs(t, nobody, Options{}, "HOME="+home, "PATH="+home+"/bin:"+os.Getenv("PATH"))
			s.t = Target{User: "alice", Host: "web1"}
			_, err = s.agent(context.Background(), true)
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, KindNoRights, e.Kind)
			require.Equal(t, file, s.path)
			require.Equal(t, c.name, s.st.Agent)
			require.NotContains(t, e.Fix, "NOPASSWD")
			require.Contains(t, e.Fix, "scapls remote sudoers alice@web1 ")
		})
	}
}

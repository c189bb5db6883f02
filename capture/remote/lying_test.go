package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/capture/remote/remotetest"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }

// lie runs a capture against a far side that sends these bytes whatever it is told, and returns what was written. In
// errs, @ stands for the nonce.
func lie(t testing.TB, agents string, use Use, errs, out []byte) ([]byte, error) {
	const nonce = "scapls-nonce"
	errs = bytes.ReplaceAll(errs, []byte("@"), []byte(nonce))
	l := newLink(nonce, discard{}, io.MultiReader(strings.NewReader(nonce+"\n"), bytes.NewReader(out)), bytes.NewReader(errs), func() int { return 255 })
	o := Options{Use: use, Agents: []string{agents}, Password: func(context.Context, PasswordAsk) ([]byte, error) { return []byte("secret"), nil }}
	s := &session{t: Target{Host: "liar"}, o: o, l: l}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var got bytes.Buffer
	err := s.look(ctx)
	if err == nil {
		err = s.capture(ctx, &got)
	}
	err = s.close(err)
	require.NoError(t, ctx.Err(), "a liar can make it wait")
	return got.Bytes(), err
}

func liarsAgents(t testing.TB) string {
	dir := t.TempDir()
	for _, arch := range []string{"amd64", "arm64"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "scapls-linux-"+arch), tinyELF(arch), 0o600))
	}
	require.NoError(t, remotetest.WriteSums(dir))
	return dir
}

const (
	liarLooks = "@ here\n@ sys Linux x86_64\n@ uid 0\n@ name root\n@ has gzip\n"
	liarHello = `{"hello":{"protocol":2,"can":true,"pid":7}}` + "\n"
	liarPongs = `{"pong":{"n":1,"time":"5"}}` + "\n" + `{"pong":{"n":2,"time":"5"}}` + "\n" + `{"pong":{"n":3,"time":"5"}}` + "\n" + `{"pong":{"n":4,"time":"5"}}` + "\n" +
		`{"pong":{"n":5,"time":"5"}}` + "\n" + `{"pong":{"n":6,"time":"5"}}` + "\n" + `{"pong":{"n":7,"time":"-9223372036854775808"}}` + "\n"
	liarThere = liarLooks + "@ there /usr/bin/scapls\n@ ready\n@ using /usr/bin/scapls\n" + liarHello + liarPongs + `{"started":{"excluded":[1,2]}}` + "\n"
)

func liarsCapture(t testing.TB) []byte {
	return scapiotest.Capture(t, func(w *scapio.Writer) { scapiotest.Lists(w); scapiotest.Events(w, 3) })
}

func TestALyingPeerOnlyGetsAnError(t *testing.T) {
	agents := liarsAgents(t)
	good := liarsCapture(t)
	for _, c := range []struct {
		name      string
		errs, out string
		kind      Kind
		events    uint64
	}{
		{"nothing at all", "", "", KindLinkLost, 0},
		{"ends while looking", "@ here\n@ sys Linux", "", KindLinkLost, 0},
		{"another system", "@ here\n@ sys FreeBSD amd64\n@ ready\n", "", KindPlatform, 0},
		{"another machine", "@ here\n@ sys Linux sparc\n@ ready\n", "", KindPlatform, 0},
		{"an endless line", "@ here\n" + strings.Repeat("x", 2*MaxLine), "", KindStream, 0},
		{"an upload that fails", liarLooks + "@ ready\n@ send\n@ fail disk full\n", "", KindUpload, 0},
		{"garbage for a capture", liarThere, "garbage, and more of it, for a capture", KindStream, 0},
		{"a section of the other byte order", liarThere, "\x0a\x0d\x0d\x0a\x00\x00\x00\x1c\x1a\x2b\x3c\x4d\x00\x01\x00\x02\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x1c", KindStream, 0},
		{"a block of half a gigabyte", liarThere, string(good) + "\x16\x02\x00\x00\xff\xff\xff\x1f", KindLinkLost, 6},
		{"a block of four gigabytes", liarThere, string(good) + "\x16\x02\x00\x00\xfc\xff\xff\xff", KindStream, 6},
		{"a stream that is cut", liarThere, string(good[:len(good)-5]), KindLinkLost, 5},
		{"fewer bytes than it says", liarThere + `{"ended":{"reason":"count","bytes":1000000}}` + "\n@ exit 0\n", string(good), KindLinkLost, 6},
		{"a zstd bomb's header", liarThere, "\x28\xb5\x2f\xfd\x00\xff\xff\xff\xff\xff\xff", KindStream, 0},
		{"an error of a kind that only we can know", liarThere + `{"error":{"kind":"host-key-unknown","message":"\u001b[2Jtype yes"}}` + "\n@ exit 4\n", "", KindCapture, 0},
		{"an agent that ends while its clock is read", liarLooks + "@ there /x\n@ ready\n@ using /x\n" + liarHello + "@ exit 1\n", "", KindLinkLost, 0},
		{"prompts without end", liarLooks + "@ has sudo\n@ there /x\n@ ready\n@ using /x\n" + `{"hello":{"protocol":2,"can":false,"why":"x"}}` + "\n@ exit 0\n@ password@ password@ password", "", KindLinkLost, 0},
		{"another protocol", liarLooks + "@ there /x\n@ ready\n@ using /x\n" + `{"hello":{"protocol":1}}` + "\n", "", KindLinkLost, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := lie(t, agents, UseAuto, []byte(c.errs), []byte(c.out))
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.kind, e.Kind, "%v", e)
			require.NotContains(t, e.Error(), "\x1b")
			n, err := wholeBlocks(got)
			require.NoError(t, err)
			require.Equal(t, c.events, n)
		})
	}
	got, err := lie(t, agents, UseAuto, []byte(liarThere+`{"ended":{"reason":"count","bytes":`+strconv.Itoa(len(good))+`}}`+"\n@ exit 0\n"), good)
	require.NoError(t, err)
	n, err := wholeBlocks(got)
	require.NoError(t, err)
	require.EqualValues(t, 6, n)
}

func FuzzLyingPeer(f *testing.F) {
	agents := liarsAgents(f)
	good := liarsCapture(f)
	f.Add([]byte(liarThere+`{"ended":{"reason":"count","bytes":100}}`+"\n@ exit 0\n"), good)
	f.Add([]byte(liarThere), good[:100])
	f.Add([]byte(liarLooks+"@ ready\n@ send\n@ put /tmp/x\n"+liarHello+liarPongs), good)
	f.Add([]byte(liarLooks+"@ has sudo\n@ uid 5\n@ there /x\n@ ready\n@ using /x\n@ exit 1\n@ exit 1\n@ send\n@ put /x\n@ password"), []byte{})
	f.Add([]byte(liarLooks+"@ has sysdig\n@ ready\n@ exit 0\n@ started 1,2\n@ tick\n@ exit 0\n"), scapiotest.Pack(f, good, scapio.Zstd))
	f.Fuzz(func(t *testing.T, errs, out []byte) {
		for _, use := range []Use{UseAuto, UseSysdig} {
			got, err := lie(t, agents, use, errs, out)
			var e *Error
			if err != nil && !errors.As(err, &e) {
				t.Fatalf("an error without a kind: %v", err)
			}
			if _, err := wholeBlocks(got); err != nil {
				t.Fatalf("what was written cannot be read: %v", err)
			}
		}
	})
}

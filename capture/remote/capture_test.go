package remote

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/capture/remote/remotetest"
	"github.com/scapls/scapls/scapio"
)

// whole reads a capture to its end and returns its comment and number of events; it must hold whole blocks only.
func whole(t testing.TB, b []byte) (comment string, events uint64) {
	t.Helper()
	r := scapio.NewReader(bytes.NewReader(b))
	var at int64
	for {
		block, err := r.Next()
		if err != nil {
			require.Equal(t, int64(len(b)), at, "the capture ends inside a block: %v", err)
			return comment, events
		}
		at = block.Off + int64(block.Len)
		if block.Type == scapio.SectionHeader {
			scapio.Options(block.Body[sectionBody:], func(_ uint16, v []byte) { comment += string(v) + "\n" })
		}
		if block.Type.IsEvent() {
			events++
		}
	}
}

func TestCaptureWithEveryRight(t *testing.T) {
	h := remotetest.Need(t)
	var list []alone
	for _, c := range []struct{ name, user, way string }{
		{"as root", h.Root, "direct"},
		{"by sudo without a password", h.Free, "sudo"},
		{"by sudo with a password", h.Asks, "password"},
		{"by doas", "", "doas"},
	} {
		list = append(list, alone{c.name, func(t *testing.T) {
			if c.way == "doas" {
				c.user = h.Doas(t)
			}
			rec := newRecorder()
			o := options(h, rec)
			o.Spec = CaptureSpec{Count: 300, Compress: "zstd"}
			asked := 0
			o.Password = func(_ context.Context, ask PasswordAsk) ([]byte, error) {
				asked++
				require.Equal(t, PasswordAsk{User: c.user, Host: "127.0.0.1", Attempt: asked}, ask)
				if asked == 1 {
					return []byte("wrong"), nil
				}
				return []byte(remotetest.Password), nil
			}
			var out bytes.Buffer
			st, err := Capture(context.Background(), target(h, c.user), o, &out)
			require.NoError(t, err)
			require.Equal(t, "count", st.Reason)
			require.Equal(t, "uploaded", st.Agent)
			require.Equal(t, c.way, st.Way)
			require.EqualValues(t, 300, st.Events)
			require.EqualValues(t, 300, st.FarEvents)
			if c.way == "password" {
				require.Equal(t, 2, asked)
			}
			comment, events := whole(t, out.Bytes())
			require.EqualValues(t, 300, events)
			require.Contains(t, comment, "made up")
			require.Contains(t, comment, "clock offset")
			require.Less(t, st.Clock.Offset.Abs(), st.Clock.RTT, "both clocks are the same one")
			states := rec.states()
			require.Equal(t, []State{StateConnecting, StateChecking, StateUploading}, states[:3])
			require.Equal(t, []State{StateStarting, StateCapturing, StateEnded}, states[len(states)-3:])
		}})
	}
	together(t, h, list)
}

package state_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/scapio/state"
)

// TestAWrittenStateReadsAsTheSame writes the state as of many events and reads it back.
func TestAWrittenStateReadsAsTheSame(t *testing.T) {
	check := func(t *testing.T, path string) {
		m, first, events := replayAll(scapiotest.Bytes(t, path))
		for k := uint32(0); k <= 4; k++ {
			n := first + (events-first)*k/4
			dump := scapiotest.Capture(t, func(w *scapio.Writer) {
				_ = w.Section()
				_, err := m.At(n).Write(w, state.Dump{TS: scapiotest.T0})
				require.NoError(t, err)
				// An event of no thread that ends the opening phase.
				require.NoError(t, w.Event(0, 0, scapiotest.T0, -1, evtable.CpuHotplugE, scapiotest.U32(0), scapiotest.U32(0)))
			})
			back, _, k := replayAll(dump)
			require.Equal(t, comparable(m.At(n)), comparable(back.At(k)), "%s as of event %d", filepath.Base(path), n)
		}
	}
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		t.Run(name, func(t *testing.T) { check(t, scapiotest.Repo(t, name)) })
	}
	t.Run("shared", func(t *testing.T) {
		for _, f := range scapiotest.Shared(t, "falco_", "libs_", "sf_a", "sf_n", "sf_r", "sf_c", "xxradar_", "live_head", "live_old-mixed") {
			check(t, f)
		}
	})
}

func TestAWrittenStateNamesSocketsByTheConnectThatFailed(t *testing.T) {
	unix := append([]byte{1}, "/run/no-such\x00"...)
	before := scapiotest.Capture(t, func(w *scapio.Writer) {
		scapiotest.Lists(w)
		for fd, c := range map[uint64]struct {
			domain, typ uint32
			addr        [][]byte
		}{20: {1, 1, [][]byte{unix}}, 21: {1, 1, nil}, 22: {2, 2, nil}} {
			num := scapiotest.U64(fd)
			require.NoError(t, w.Event(0, 0, scapiotest.T0, 200, evtable.SocketSocketX, num, scapiotest.U32(c.domain), scapiotest.U32(c.typ), scapiotest.U32(0)))
			require.NoError(t, w.Event(0, 0, scapiotest.T0, 200, evtable.SocketConnectE, append([][]byte{num}, c.addr...)...))
			require.NoError(t, w.Event(0, 0, scapiotest.T0, 200, evtable.SocketConnectX, scapiotest.U64(1<<64-2), nil))
		}
	})
	m, _, n := replayAll(before)
	dump := scapiotest.Capture(t, func(w *scapio.Writer) {
		require.NoError(t, w.Section())
		_, err := m.At(n).Write(w, state.Dump{TS: scapiotest.T0})
		require.NoError(t, err)
	})
	back, _, k := replayAll(dump)
	for fd, name := range map[int64]string{20: "/run/no-such", 21: "21", 22: "0.0.0.0:0->0.0.0.0:0"} {
		for _, v := range []state.View{m.At(n), back.At(k)} {
			require.Equal(t, name, v.FD(v.Thread(200), fd).Shown(true))
			require.Empty(t, v.FD(v.Thread(200), fd).Name)
		}
	}
}

// comparable returns what a capture's lists can hold of a state, a line for each thing.
func comparable(v state.View) (lines []string) {
	for _, t := range v.Threads() {
		fds := v.FDs(t)
		if t.Flags&state.Closed != 0 && len(v.ProcessThreads(t.PID)) == 0 {
			continue
		}
		c, u := *t, v.Usage(t)
		c.VMSize, c.VMRSS, c.VMSwap, c.PFMajor, c.PFMinor = u.VMSize, u.VMRSS, u.VMSwap, u.PFMajor, u.PFMinor
		c.From, c.To, c.Row, c.Born, c.CloneTS, c.ExecTS = 0, 0, 0, 0, 0, 0
		if !c.Main() { // readers ask the main thread
			p := *c.Program
			c.Program, c.Cwd, p.Env = &p, "", ""
		} else if c.Cwd == "" { // not known; lists are read so that it ends with a slash
			c.Cwd = "/"
		}
		lines = append(lines, scapiotest.Exported(&c))
		for _, o := range fds {
			fd := o.FD
			line := fmt.Sprintf("%d:%d %s %s dev=%d", t.TID, o.Num, fd.TypeName(), fd.Name, fd.Dev)
			if !fd.File() {
				line += " legacy=" + fd.Legacy
			}
			if fd.Inet() { // calls make some of them, and do not tell inodes
				if fd.L4 == state.L4TCP {
					line += fmt.Sprintf(" role=%d l4=%d", fd.Role, fd.ShownL4())
				}
			} else {
				line += fmt.Sprintf(" ino=%d", fd.Ino)
			}
			lines = append(lines, line)
		}
	}
	for _, u := range v.Users() {
		c := *u
		c.From = 0
		lines = append(lines, scapiotest.Exported(&c))
	}
	for _, g := range v.Groups() {
		c := *g
		c.From = 0
		lines = append(lines, scapiotest.Exported(&c))
	}
	for _, c := range v.Containers() {
		lines = append(lines, fmt.Sprintf("container %s %s", c.ID, c.JSON()))
	}
	return append(lines, fmt.Sprintf("%+v %+v", v.Machine().Info, v.Machine().Interfaces))
}

// replayAll returns the machine behind a capture, its first event that is not about the capture itself, and its last.
func replayAll(b []byte) (m *state.Machine, first, last uint32) {
	r := scapio.NewReader(bytes.NewReader(b))
	for {
		blk, err := r.Next()
		if err != nil {
			return replay(b), first, last
		}
		if !blk.Type.IsEvent() {
			continue
		}
		last++
		if _, _, raw, err := scapio.EventBody(blk.Type, blk.Body); err == nil && first == 0 && !aboutCapture[binary.LittleEndian.Uint16(raw[20:])] {
			first = last
		}
	}
}

var aboutCapture = map[uint16]bool{
	evtable.ContainerE: true, evtable.ContainerJsonE: true, evtable.ContainerJson2E: true, evtable.UserAddedE: true,
	evtable.UserDeletedE: true, evtable.GroupAddedE: true, evtable.GroupDeletedE: true, evtable.AsynceventE: true, evtable.PlugineventE: true,
}

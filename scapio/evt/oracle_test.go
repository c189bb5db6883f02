package evt

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/scapls/scapls/scapio/evt/internal/oracle"
	"github.com/scapls/scapls/scapio/evtable"
)

// stateful says that the resolved part of a value depends on the machine's state, which these tests do not have.
func stateful(pt evtable.PT) bool {
	switch pt {
	case evtable.PTFD, evtable.PTFD32, evtable.PTPID, evtable.PTPid32, evtable.PTUID, evtable.PTGID, evtable.PTFspath,
		evtable.PTFsrelpath, evtable.PTDyn:
		return true
	}
	return false
}

// younger are the parameters that gained names or types after sysdig 0.36.
var younger = map[string]bool{
	"op of futex": true, "res of setpgid": true, "flags of clone": true, "flags of vfork": true, "flags of openat": true,
	"flags of fork": true, "flags of clone3": true, "flags of execve": true,
}

// differ walks the parameters of a along the expected text. It returns "" when all agree, else what differs; what only
// the state can know is skipped.
func differ(a *Args, want string, st *Style) string {
	if st.Legacy {
		if a.Type.ID == evtable.SocketSendtoX && strings.HasPrefix(want, "syslog sev=") {
			return "" // sysdig 0.36 decoded what goes to the system log
		}
		if a.Type.Name == "execve" {
			want = strings.Replace(want, " pgid=", " vpgid=", 1)
		}
	}
	if len(AppendArgs(nil, a, nil, st)) == 0 {
		if want != "" {
			return "text where none was expected"
		}
		return ""
	}
	for i := range a.N {
		var have []byte
		if i > 0 {
			have = append(have, ' ')
		}
		have = append(AppendName(have, a, i), '=')
		if !strings.HasPrefix(want, string(have)) {
			return fmt.Sprintf("parameter %d: have %q, want %.80q", i, have, want)
		}
		want = want[len(have):]
		end := len(want)
		if i+1 < a.N {
			next := " " + string(AppendName(nil, a, i+1)) + "="
			if end = strings.Index(want, next); end < 0 {
				return fmt.Sprintf("no parameter %q in %.80q", next, want)
			}
		}
		text := AppendParam(nil, a, i, nil, st)
		value := want[:end]
		want = want[end:]
		if value == string(text) {
			continue
		}
		if i < len(a.Type.Params) {
			pt := a.Type.Params[i].Type
			if stateful(pt) && strings.HasPrefix(value, string(text)+"(") && strings.HasSuffix(value, ")") {
				continue
			}
			if st.Legacy && strings.HasPrefix(string(text), strings.TrimSuffix(value, ")")) && younger[a.Type.Params[i].Name+" of "+a.Type.Name] {
				continue
			}
			if pt == evtable.PTFdlist && len(value) == len(text) {
				continue
			}
		}
		return fmt.Sprintf("parameter %d %s: have %q, want %q", i, AppendName(nil, a, i), text, value)
	}
	if want != "" {
		return fmt.Sprintf("more text: %q", want)
	}
	return ""
}

type lineKey struct{ time, tid, dir string }

func key(e *Event, enter bool) lineKey {
	dir := "<"
	if enter {
		dir = ">"
	}
	return lineKey{time.Unix(0, int64(e.TS)).UTC().Format("15:04:05.000000000"), fmt.Sprint(e.TID), dir}
}

// compare prints every event of a capture and compares it with the expected lines.
func compare(t *testing.T, capture, expected string, calls, legacy bool) (compared int, diffs map[string]int) {
	want := map[lineKey][]oracle.Line{}
	for _, l := range oracle.Lines(t, oracle.Read(t, expected)) {
		k := lineKey{l.Time, l.TID, l.Dir}
		want[k] = append(want[k], l)
	}
	diffs = map[string]int{}
	enters := map[int64]*Event{}
	st := &Style{Legacy: legacy}
	head := strings.Contains(expected, "libs-head")
	if head {
		st.BufLimit = -1 // not sysdig, but an example program of libs
	}
	var a Args
	oracle.Events(oracle.Read(t, capture), func(raw []byte, v2 bool) {
		e := new(Event)
		if err := e.Decode(raw, v2); err != nil {
			diffs["decode: "+err.Error()]++
			return
		}
		if calls {
			shown := a.Join(e, enters[e.TID])
			if e.Enter() && e.Stored() {
				enters[e.TID] = e
			} else if !e.Enter() {
				delete(enters, e.TID)
			}
			if !shown {
				return
			}
		} else {
			a.Load(e)
		}
		enter := a.Type == nil || a.Type.Enter
		lines := want[key(e, enter)]
		if len(lines) == 0 {
			return // hidden, or never reached
		}
		want[key(e, enter)] = lines[1:]
		compared++
		args, _, _ := strings.Cut(lines[0].Args, "\nRetrieved events: ")
		if legacy {
			args = strings.TrimSuffix(args, " ")
		}
		if calls && a.Type != nil && !head { // parameters younger than sysdig 0.41
			switch a.Type.ID {
			case evtable.SocketSocketX:
				a.N = min(a.N, 4)
			case evtable.SyscallFcntlX:
				a.N = min(a.N, 3)
			}
		}
		if d := differ(&a, args, st); d != "" {
			diffs[fmt.Sprintf("%s/%s: %s", lines[0].Type, a.Type.PPME, d)]++
		}
	})
	left := 0
	for _, lines := range want {
		left += len(lines)
	}
	if left > 0 {
		t.Logf("%d lines were not compared", left)
	}
	return compared, diffs
}

func report(t *testing.T, name string, compared int, diffs map[string]int) {
	keys := make([]string, 0, len(diffs))
	for k := range diffs {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		t.Errorf("%s: %dx %s", name, diffs[k], k)
	}
	if compared == 0 {
		t.Errorf("%s: nothing was compared", name)
	}
	t.Logf("%s: %d events compared", name, compared)
}

func TestVectorsReadAsSysdigPrintsThem(t *testing.T) {
	dir := filepath.Join(oracle.Shared(t), "vectors")
	for _, name := range []string{"random1", "random2", "random3", "random4", "history1"} {
		n, diffs := compare(t, filepath.Join(dir, name+".scap"), filepath.Join(dir, name+".sysdig-0.41.4.txt"), true, false)
		report(t, name, n, diffs)
	}
}

func TestCapturesReadAsSysdigPrintsThem(t *testing.T) {
	if testing.Short() {
		t.Skip("compares more than a million lines")
	}
	dir := oracle.Shared(t)
	files, _ := filepath.Glob(filepath.Join(dir, "captures", "*"))
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".zst")
		for _, o := range []struct {
			suffix        string
			calls, legacy bool
		}{{"sysdig-0.41", true, false}, {"sysdig-0.36", false, true}, {"libs-head", true, false}} {
			expected := filepath.Join(dir, "expected", name+"."+o.suffix+".txt.gz")
			if _, err := os.Stat(expected); err != nil || o.legacy && (strings.HasPrefix(name, "live_new") || strings.HasPrefix(name, "live_head")) {
				continue
			}
			t.Run(name+"/"+o.suffix, func(t *testing.T) {
				n, diffs := compare(t, file, expected, o.calls, o.legacy)
				report(t, name, n, diffs)
			})
		}
	}
}

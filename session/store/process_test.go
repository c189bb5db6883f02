package store

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// child is what the test's own binary does when it is started as another process.
//
//	write NAME N   keeps N filters and tells of each on stdout when it is kept
//	count N        uses one filter N times
//	forever NAME   as write, until it is killed
func child(task string) {
	f := strings.Fields(task)
	s := Open(Options{})
	if p := s.Problems(); len(p) > 0 {
		fmt.Fprintln(os.Stderr, p)
		os.Exit(1)
	}
	n := 1 << 30
	if len(f) > 1 {
		if k, err := strconv.Atoi(f[len(f)-1]); err == nil {
			n = k
		}
	}
	for i := range n {
		var err error
		name := ""
		if f[0] == "count" {
			err = s.AddHistory(Filter{Text: "evt.type = open"})
		} else {
			name = fmt.Sprintf("%s-%d", f[1], i)
			_, err = s.PutSaved(Saved{ID: name, Name: name, Filter: Filter{Text: strings.Repeat("x", rand.IntN(3000))}})
			if f[0] == "forever" && i%50 == 49 { // keep it small
				err = s.Delete(KindSaved, name)
				name = "-" + name
			}
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Fprintln(os.Stdout, name)
	}
	if err := s.Close(); err != nil {
		os.Exit(1)
	}
}

func start(t *testing.T, dir, task string) (*exec.Cmd, io.Reader) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "STORE_TEST_TASK="+task, DirEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return cmd, out
}

func savedIDs(t *testing.T, s *Store) map[string]bool {
	t.Helper()
	list, err := s.Saved()
	require.NoError(t, err)
	ids := map[string]bool{}
	for _, f := range list {
		ids[f.ID] = true
	}
	return ids
}

func TestProcessesThatWriteAtOnceLoseNothing(t *testing.T) {
	dir := t.TempDir()
	own := open(t, dir)
	const each = 100
	var cmds []*exec.Cmd
	for _, task := range []string{"write a 100", "write b 100", "write c 100", "count 100", "count 100"} {
		cmd, out := start(t, dir, task)
		go func() { _, _ = io.Copy(io.Discard, out) }()
		cmds = append(cmds, cmd)
	}
	for i := range each {
		_, err := own.PutSaved(Saved{ID: fmt.Sprintf("own-%d", i), Name: "x"})
		require.NoError(t, err)
	}
	for _, cmd := range cmds {
		require.NoError(t, cmd.Wait())
	}
	for name, s := range map[string]*Store{"this process": own, "a new one": open(t, dir)} {
		ids := savedIDs(t, s)
		require.Len(t, ids, 4*each, name)
		for i := range each {
			for _, p := range []string{"a", "b", "c", "own"} {
				require.True(t, ids[fmt.Sprintf("%s-%d", p, i)], name)
			}
		}
		h, err := s.History(0)
		require.NoError(t, err)
		require.Len(t, h, 1)
		require.Equal(t, 2*each, h[0].Count, "two processes counted up: %s", name)
		require.Empty(t, s.Problems())
	}
}

func TestAProcessThatIsKilledLosesNothingThatWasKept(t *testing.T) {
	dir := t.TempDir()
	want := map[string]bool{}
	other := open(t, dir) // lives through all of it
	for round := range 12 {
		cmd, out := start(t, dir, fmt.Sprintf("forever r%d", round))
		var mu sync.Mutex
		told := 0
		done := make(chan struct{})
		go func() {
			defer close(done)
			for sc := bufio.NewScanner(out); sc.Scan(); {
				mu.Lock()
				id, gone := strings.CutPrefix(sc.Text(), "-")
				want[id] = !gone
				if gone {
					delete(want, id)
				}
				told++
				mu.Unlock()
			}
		}()
		require.Eventually(t, func() bool { mu.Lock(); defer mu.Unlock(); return told > 0 }, 20*time.Second, time.Millisecond)
		time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
		<-done

		ids := savedIDs(t, other)
		for id := range want {
			require.True(t, ids[id], "%s was kept before the kill of round %d", id, round)
		}
		require.LessOrEqual(t, len(ids), len(want)+round+1, "at most the record being written when it was killed is more")
		fresh := open(t, dir)
		require.Empty(t, fresh.Problems())
		require.Equal(t, ids, savedIDs(t, fresh))
		require.NoError(t, fresh.Close())
	}
}

// A kill rarely hits the middle of a write, so that is made here: every possible half of the last command.
func TestAHalfWrittenRecordIsCutOff(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	_, err := s.PutSaved(Saved{ID: "first", Name: "first"})
	require.NoError(t, err)
	path := s.Path()
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	_, err = s.PutSaved(Saved{ID: "second", Name: "second", Filter: Filter{Text: "evt.type = open\r\n*3\r\n"}})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for n := len(before); n < len(whole); n++ {
		require.NoError(t, os.WriteFile(path, whole[:n], 0o600))
		s := open(t, dir)
		require.Empty(t, s.Problems(), n)
		require.Equal(t, map[string]bool{"first": true}, savedIDs(t, s), n)
		_, err = s.PutSaved(Saved{ID: "third", Name: "third"})
		require.NoError(t, err)
		require.NoError(t, s.Close())
		s = open(t, dir)
		require.Equal(t, map[string]bool{"first": true, "third": true}, savedIDs(t, s), n)
		require.NoError(t, s.Close())
	}
}

func TestAnotherProcessesChangeIsTold(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	changes := make(chan Change, 100)
	defer s.OnChange(func(c Change) { changes <- c })()
	cmd, out := start(t, dir, "write a 1")
	_, err := io.Copy(io.Discard, out)
	require.NoError(t, err)
	require.NoError(t, cmd.Wait())
	select {
	case c := <-changes:
		require.Equal(t, Change{Kinds: []Kind{KindSaved}}, c)
	case <-time.After(10 * time.Second):
		require.Fail(t, "nothing was told")
	}
	require.True(t, savedIDs(t, s)["a-0"])

	require.NoError(t, s.AddHistory(Filter{Text: "x"}))
	require.Equal(t, Change{Kinds: []Kind{KindHistory}, Own: true}, <-changes)
}

func TestALockThatIsHeldForTooLongIsAnError(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for the lock for 5 s")
	}
	dir := t.TempDir()
	s := open(t, dir)
	l, err := openLock(filepath.Join(dir, "store.lock"))
	require.NoError(t, err)
	defer l.close()
	require.NoError(t, l.lock())
	require.ErrorContains(t, s.AddHistory(Filter{Text: "x"}), "another process has held it")
	require.NoError(t, l.unlock())
	require.NoError(t, s.AddHistory(Filter{Text: "x"}))
}

func raw(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

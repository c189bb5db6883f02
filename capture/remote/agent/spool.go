package agent

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scapls/scapls/capture/remote"
)

// The spool keeps captures that go on without a connection: a folder for each, in it a description, the files of the
// ring, and what the process that captures said. It is a folder of the effective user's own, of root's when the agent
// runs as root, and there one for each user who came by sudo or doas.

// Names in a folder of the spool.
const (
	entryFile = "spool.json"
	errorFile = "error"
	begunFile = "begun" // is there when events are recorded
	ringName  = "capture.scap"
)

// The defaults and limits of a ring.
const (
	defaultFileSize = 16_000_000
	defaultFiles    = 8
	maxFiles        = 1000
	defaultSpool    = time.Hour
	maxSpool        = 7 * 24 * time.Hour
)

// entry is the description of a spooled capture.
type entry struct {
	Job     remote.CaptureSpec
	Size    int64 // of each file, bytes
	Files   int
	Started int64 // ns since the epoch
	PID     int
	Start   string // of the process, see startOf
}

var spoolID = regexp.MustCompile(`^[0-9]{8}-[0-9]{6}-[0-9a-f]{8}$`)

// spool does what the client asks of the spool. It returns the exit status, -1 to go on listening.
func (a *agent) spool(ctx context.Context, r remote.SpoolRequest) int {
	base, err := spoolFolder()
	if err == nil && r.Do != "start" && r.Do != "list" && !spoolID.MatchString(r.ID) {
		err = fmt.Errorf("%q is no name of a spooled capture", r.ID)
	}
	var reply remote.SpoolReply
	if err == nil {
		switch r.Do {
		case "start":
			reply.Done, err = spoolStart(base, r)
		case "list":
			reply.List, err = spoolList(base)
		case "stop":
			reply.Done, err = r.ID, spoolStop(ctx, base, r.ID)
		case "remove":
			reply.Done, err = r.ID, spoolRemove(ctx, base, r.ID)
		case "fetch":
			return a.spoolFetch(ctx, base, r)
		default:
			err = fmt.Errorf("the spool cannot %q", r.Do)
		}
	}
	if err != nil {
		a.fault(remote.KindSpool, err)
		return -1
	}
	a.say(remote.Reply{Spool: &reply})
	return -1
}

// spoolFolder makes and checks the folder of the spool.
func spoolFolder() (string, error) {
	if os.Geteuid() != 0 {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		return private(home, ".local", "state", "scapls", "spool")
	}
	return private("/var/lib", "scapls", "spool", strconv.Itoa(behind(os.Getenv)))
}

// behind returns the user who became root: the one that sudo names, root where it names none. doas names none that can be
// relied upon by number.
func behind(getenv func(string) string) int {
	if uid, err := strconv.ParseUint(getenv("SUDO_UID"), 10, 32); err == nil {
		return int(uid)
	}
	return 0
}

// private makes folders below a root, of mode 0700, and refuses any that is a link, another user's, or open to others
// for writing.
func private(root string, names ...string) (string, error) {
	dir := root
	for _, n := range names {
		dir = filepath.Join(dir, n)
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return "", err
		}
		st, err := os.Lstat(dir)
		if err != nil {
			return "", err
		}
		uid, known := owner(st)
		switch {
		case st.Mode()&os.ModeSymlink != 0:
			return "", fmt.Errorf("%s is a symbolic link; the spool keeps away from it", dir)
		case !st.IsDir():
			return "", fmt.Errorf("%s is no folder", dir)
		case !known || uid != os.Geteuid():
			return "", fmt.Errorf("%s belongs to another user; the spool keeps away from it", dir)
		case st.Mode().Perm()&0o022 != 0:
			return "", fmt.Errorf("others may write to %s; the spool keeps away from it", dir)
		}
	}
	return dir, nil
}

// spoolStart makes the folder and starts the process that captures into it, detached from the connection.
func spoolStart(base string, r remote.SpoolRequest) (string, error) {
	e := entry{Size: r.FileSize, Files: r.Files, Started: time.Now().UnixNano()}
	if r.Spec != nil {
		e.Job = *r.Spec
	}
	if e.Size == 0 {
		e.Size = defaultFileSize
	}
	if e.Files == 0 {
		e.Files = defaultFiles
	}
	if e.Job.Duration <= 0 {
		e.Job.Duration = defaultSpool
	}
	if e.Job.Duration > maxSpool {
		return "", fmt.Errorf("a spooled capture may last %d days at most", maxSpool/(24*time.Hour))
	}
	if e.Files < 1 || e.Files > maxFiles || e.Size < 1e6 || e.Size > 1<<40 {
		return "", fmt.Errorf("a ring may have 1 to %d files of 1 MB or more", maxFiles)
	}
	room, err := free(base)
	if err != nil {
		return "", err
	}
	if need := e.Size * int64(e.Files); need > room/10*9 {
		return "", fmt.Errorf("a ring of %d MiB does not fit into the %d MiB that are free there", need>>20, room>>20)
	}
	var tail [4]byte
	_, _ = rand.Read(tail[:])
	id := time.Now().UTC().Format("20060102-150405-") + hex.EncodeToString(tail[:])
	dir := filepath.Join(base, id)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	return id, startSpooler(dir, e)
}

// startSpooler writes the description and starts the process.
func startSpooler(dir string, e entry) error {
	if err := writeEntry(dir, e); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(dir, errorFile), os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command("/proc/self/exe", "agent", "spool", dir) // the file itself may be gone already
	cmd.Dir, cmd.Stderr, cmd.SysProcAttr = dir, log, detached()
	if err := cmd.Start(); err != nil {
		return err
	}
	e.PID, e.Start = cmd.Process.Pid, startOf(cmd.Process.Pid)
	if err := writeEntry(dir, e); err != nil {
		_ = cmd.Process.Kill()
		return err
	}
	return earlyEnd(cmd, dir)
}

// earlyEnd waits until the process records, or has failed, so that the client hears why.
func earlyEnd(cmd *exec.Cmd, dir string) error {
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // ends with the process; this one ends first
	for limit := time.Now().Add(15 * time.Second); time.Now().Before(limit); {
		select {
		case err := <-ended:
			if err == nil {
				return nil
			}
			return fmt.Errorf("the capture ended at once: %w: %s", err, lastError(dir))
		case <-time.After(20 * time.Millisecond):
		}
		if _, err := os.Stat(filepath.Join(dir, begunFile)); err == nil {
			return nil
		}
	}
	return errors.New("the capture does not begin")
}

// Spool is the process that startSpooler starts: it captures into the ring until its end, or SIGTERM ends ctx.
func Spool(ctx context.Context, o Options, dir string) int {
	if d, err := filepath.Abs(dir); err == nil {
		dir = d
	}
	e, err := readEntry(dir)
	if err == nil {
		_, err = o.Capture(ctx, Job{
			CaptureSpec: e.Job, Exclude: []int32{int32(os.Getpid())}, File: filepath.Join(dir, ringName), FileSize: e.Size, Files: e.Files,
			Begun: func() { _ = os.WriteFile(filepath.Join(dir, begunFile), nil, 0o600) }, Status: func(remote.CaptureStatus) {},
		})
	}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(o.Err, err)
		return exitBad
	}
	return exitOK
}

func writeEntry(dir string, e entry) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	tmp := filepath.Join(dir, entryFile+".new")
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(dir, entryFile))
}

func readEntry(dir string) (e entry, err error) {
	b, err := os.ReadFile(filepath.Join(dir, entryFile))
	if err != nil {
		return e, err
	}
	return e, json.Unmarshal(b, &e)
}

func (e entry) running() bool {
	return e.PID > 0 && e.Start != "" && startOf(e.PID) == e.Start
}

// lastError returns the end of what the process said.
func lastError(dir string) string {
	b, _ := os.ReadFile(filepath.Join(dir, errorFile))
	if len(b) > 2000 {
		b = b[len(b)-2000:]
	}
	return strings.TrimSpace(string(b))
}

// ring returns the files of a capture, the oldest first.
func ring(dir string) (files []os.FileInfo, size int64) {
	list, _ := os.ReadDir(dir)
	for _, d := range list {
		st, err := d.Info()
		if err == nil && st.Mode().IsRegular() && strings.HasPrefix(st.Name(), ringName) && st.Size() > 0 {
			files = append(files, st)
			size += st.Size()
		}
	}
	slices.SortFunc(files, func(a, b os.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	return files, size
}

func spoolList(base string) ([]remote.SpoolEntry, error) {
	list, err := os.ReadDir(base)
	if err != nil {
		return nil, err
	}
	out := []remote.SpoolEntry{}
	for _, d := range list {
		if !spoolID.MatchString(d.Name()) {
			continue
		}
		dir := filepath.Join(base, d.Name())
		e, err := readEntry(dir)
		if err != nil {
			continue
		}
		files, size := ring(dir)
		s := remote.SpoolEntry{ID: d.Name(), Running: e.running(), Started: e.Started, Files: len(files), Bytes: size, Filter: e.Job.Filter}
		if !s.Running {
			s.Error = lastError(dir)
		}
		out = append(out, s)
	}
	return out, nil
}

// spoolStop ends the process of a capture and waits for it.
func spoolStop(ctx context.Context, base, id string) error {
	e, err := readEntry(filepath.Join(base, id))
	if err != nil {
		return fmt.Errorf("there is no spooled capture %s", id)
	}
	if !e.running() {
		return nil
	}
	p, err := os.FindProcess(e.PID)
	if err != nil {
		return err
	}
	if err := p.Signal(os.Interrupt); err != nil {
		return err
	}
	for range 50 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		if !e.running() {
			return nil
		}
	}
	return p.Kill()
}

func spoolRemove(ctx context.Context, base, id string) error {
	if err := spoolStop(ctx, base, id); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Join(base, id))
}

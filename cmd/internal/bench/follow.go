package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/scapls/scapls/rpc/wire"
)

// goalFollow is by how much a million events of a growing capture may grow the memory of a server that follows it: the
// file grows by 70 to 100 MB.
const goalFollow = 10 << 20

// followFilter is the filter that the list has while the capture grows.
const followFilter = "proc.name = dd and fd.name contains /etc"

// measureFollow has a server follow a capture that grows, with a filter, and looks at its memory.
func measureFollow(t *table, file, bin string, events int) {
	name := filepath.Base(file) + ", growing"
	f, err := follow(file, bin)
	if err != nil {
		t.goal(name, "follow", "failed", err.Error(), "", false)
		return
	}
	first, last := f[0], f[len(f)-1]
	each := (last.anon - first.anon) * 1_000_000 / max(last.events-first.events, 1)
	t.goal(name, fmt.Sprintf("memory of a server that follows %d M events", events/1_000_000), fmt.Sprintf("%d MB", last.anon>>20),
		fmt.Sprintf("%d MB after %.1f M events; +%.1f MB a million; mapped and in memory %d MB", first.anon>>20, float64(first.events)/1e6,
			float64(each)/(1<<20), last.file>>20), "≤ +10 MB a million events", each <= goalFollow)
}

// residence is what a process holds in memory after so many events: of its own, and of files, which the system takes
// back when it needs the room.
type residence struct {
	events     int64
	anon, file int64
}

// follow copies a capture piece by piece while a server follows the copy.
func follow(file, bin string) (list []residence, err error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(file), "growing-*.scap")
	if err != nil {
		return nil, err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	const piece = 64 << 20
	if _, err := io.CopyN(out, in, piece); err != nil {
		return nil, err
	}
	s, err := startServer(bin)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	var opened wire.OpenResult
	if err := s.call(wire.Open.Name, wire.OpenParams{Path: out.Name()}, &opened); err != nil {
		return nil, err
	}
	ask := wire.PageParams{Session: opened.Session, Query: wire.Query{View: "events", Filter: followFilter}, Count: 100, Columns: []string{opened.Columns[0].ID}}
	for ended := false; ; {
		r, err := s.caughtUp(ask, out)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
		if ended {
			return list, nil
		}
		_, err = io.CopyN(out, in, piece)
		if ended = errors.Is(err, io.EOF); err != nil && !ended {
			return nil, err
		}
	}
}

// server is a scapls serve.
type server struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	id  int
}

func startServer(bin string) (*server, error) {
	s := &server{cmd: exec.Command(bin, "serve")}
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	err = s.call("initialize", map[string]any{"processId": nil, "rootUri": nil, "capabilities": map[string]any{}}, nil)
	if err == nil {
		err = s.send(map[string]any{"jsonrpc": "2.0", "method": "initialized", "params": map[string]any{}})
	}
	return s, err
}

func (s *server) stop() {
	_ = s.in.Close()
	_ = s.cmd.Wait()
}

func (s *server) send(message any) error {
	b, err := json.Marshal(message)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.in, "Content-Length: %d\r\n\r\n%s", len(b), b)
	return err
}

// call sends a request and waits for its answer; notifications that come meanwhile are passed over.
func (s *server) call(method string, params, result any) error {
	s.id++
	if err := s.send(map[string]any{"jsonrpc": "2.0", "id": s.id, "method": method, "params": params}); err != nil {
		return err
	}
	for {
		head, err := textproto.NewReader(s.out).ReadMIMEHeader()
		if err != nil {
			return err
		}
		n, _ := strconv.Atoi(head.Get("Content-Length"))
		body := make([]byte, n)
		if _, err := io.ReadFull(s.out, body); err != nil {
			return err
		}
		var m struct {
			ID     *int            `json:"id"`
			Method string          `json:"method"`
			Result json.RawMessage `json:"result"`
			Error  *struct {
				Message string `json:"message"`
			} `json:"error"`
		}
		switch err := json.Unmarshal(body, &m); {
		case err != nil:
			return err
		case m.Method != "" || m.ID == nil || *m.ID != s.id:
		case m.Error != nil:
			return errors.New(m.Error.Message)
		case result != nil:
			return json.Unmarshal(m.Result, result)
		default:
			return nil
		}
	}
}

// caughtUp waits until the filter has been asked of all events that are in the file, and tells what the server holds.
func (s *server) caughtUp(ask wire.PageParams, file *os.File) (r residence, err error) {
	still := 0
	for deadline := time.Now().Add(runLimit); still < 5; { // the file is looked at 20 times a second
		var page wire.PageResult
		if err := s.call(wire.PageOf.Name, ask, &page); err != nil {
			return r, err
		}
		if int64(page.Scanned) > r.events || !page.Done {
			still, r.events = 0, int64(page.Scanned)
		} else {
			still++
		}
		if time.Now().After(deadline) {
			return r, fmt.Errorf("the server does not catch up with %s", file.Name())
		}
		time.Sleep(50 * time.Millisecond)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	for line := range strings.Lines(string(status)) {
		f := strings.Fields(line)
		if len(f) != 3 {
			continue
		}
		kb, _ := strconv.ParseInt(f[1], 10, 64)
		switch f[0] {
		case "RssAnon:":
			r.anon = kb << 10
		case "RssFile:":
			r.file = kb << 10
		}
	}
	return r, err
}

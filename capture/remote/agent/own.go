package agent

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// maxDepth bounds the walk to the root of the processes.
const maxDepth = 64

// process is what Own asks of one.
type process struct {
	parent  int
	cmdline string // arguments separated by blanks
}

// Own returns the processes whose events are this connection's own: the agent and its parents (sudo, the shell) up to
// the ssh server's processes for this connection. Their events tell of nothing but the capture, and recording them
// would cause more of them. Without an ssh server among the parents it is the agent alone.
func Own() []int32 {
	return own(os.Getpid(), readProcess)
}

func readProcess(pid int) (process, bool) {
	dir := "/proc/" + strconv.Itoa(pid)
	status, err := os.ReadFile(dir + "/status")
	if err != nil {
		return process{}, false
	}
	var p process
	for l := range bytes.Lines(status) {
		if v, ok := bytes.CutPrefix(l, []byte("PPid:")); ok {
			p.parent, _ = strconv.Atoi(string(bytes.TrimSpace(v)))
		}
	}
	cmdline, _ := os.ReadFile(dir + "/cmdline")
	p.cmdline = strings.TrimSpace(string(bytes.ReplaceAll(cmdline, []byte{0}, []byte{' '})))
	return p, true
}

func own(pid int, read func(int) (process, bool)) []int32 {
	list := []int32{int32(pid)}
	p, ok := read(pid)
	server := ""
	for range maxDepth {
		if !ok || p.parent <= 1 {
			break
		}
		pid = p.parent
		if p, ok = read(pid); !ok {
			break
		}
		name := serverOf(p.cmdline)
		if name == listener || server != "" && name != server {
			break
		}
		if name == "dropbear" && dropbearListens(p, read) {
			break
		}
		if name != "" {
			server = name
		}
		list = append(list, int32(pid))
	}
	if server == "" {
		return list[:1]
	}
	return list
}

const listener = "listener"

// serverOf returns the ssh server that a command line belongs to, "" if to none. OpenSSH's processes for a connection
// call themselves "sshd: user [priv]", "sshd: user@notty"; from 9.8 on "sshd-session: …", 10 "sshd-auth: …". The one that
// listens is "sshd: /usr/sbin/sshd -D [listener] …", before 8.2 just "/usr/sbin/sshd -D".
func serverOf(cmdline string) string {
	title, rest, titled := strings.Cut(cmdline, ":")
	switch {
	case titled && (title == "sshd" || title == "sshd-session" || title == "sshd-auth"):
		if strings.Contains(rest, "[listener]") {
			return listener
		}
		return "sshd"
	}
	program, _, _ := strings.Cut(cmdline, " ")
	switch program[strings.LastIndexByte(program, '/')+1:] {
	case "sshd":
		return listener
	case "dropbear":
		return "dropbear"
	}
	return ""
}

// dropbearListens reports whether a dropbear is the one for all connections: its parent is none.
func dropbearListens(p process, read func(int) (process, bool)) bool {
	parent, ok := read(p.parent)
	return !ok || serverOf(parent.cmdline) != "dropbear"
}

//go:build unix

package capture

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Command is a program that is captured.
type Command struct {
	cmd    *exec.Cmd
	done   chan struct{}
	status int
}

// Start starts a program with the given streams, which should be files. Behind sudo it runs as the user who called
// that, with that user's groups, home and name. It is found as a shell finds it.
func Start(args []string, in io.Reader, out, errs io.Writer) (*Command, error) {
	return start(exec.Command(args[0], args[1:]...), in, out, errs)
}

// StartApart is Start for a program without a terminal: it leads a process group of its own, which End ends, and what it
// started and left behind does not hold up Wait, whatever streams that holds.
func StartApart(args []string, out, errs io.Writer) (*Command, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = leftBehind
	return start(cmd, nil, out, errs)
}

// leftBehind is how long the output of what a program left behind is still taken.
const leftBehind = time.Second

func start(cmd *exec.Cmd, in io.Reader, out, errs io.Writer) (*Command, error) {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, errs
	switch o := invoker(); {
	case o != nil:
		become(cmd, o)
	case os.Geteuid() == 0 && os.Getenv("DOAS_USER") != "":
		return nil, errors.New("nothing is known of the user who called doas") // and it shall not run as root instead
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &Command{cmd: cmd, done: make(chan struct{})}
	go func() { // ends with the program
		c.status = exitStatus(cmd.Wait())
		close(c.done)
	}()
	return c, nil
}

// become makes cmd run as another user.
func become(cmd *exec.Cmd, o *owner) {
	cred := &syscall.Credential{Uid: uint32(o.uid), Gid: uint32(o.gid)}
	u, err := user.LookupId(strconv.Itoa(o.uid))
	if err == nil {
		ids, _ := u.GroupIds()
		for _, id := range ids {
			if g, err := strconv.ParseUint(id, 10, 32); err == nil {
				cred.Groups = append(cred.Groups, uint32(g))
			}
		}
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Credential = cred
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, "SUDO_") && name != "DOAS_USER" && (u == nil || name != "HOME" && name != "USER" && name != "LOGNAME") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	if u != nil {
		cmd.Env = append(cmd.Env, "HOME="+u.HomeDir, "USER="+u.Username, "LOGNAME="+u.Username)
	}
}

// exitStatus returns the status as shells tell it: 128 and the signal's number for a program that a signal ended.
func exitStatus(err error) int {
	var e *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay): // the latter stands for success
		return 0
	case !errors.As(err, &e):
		return 1
	}
	if ws, ok := e.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return e.ExitCode()
}

// PID returns the program's process.
func (c *Command) PID() int { return c.cmd.Process.Pid }

// Done is closed when the program has ended.
func (c *Command) Done() <-chan struct{} { return c.done }

// Wait waits for the program's end and returns its exit status.
func (c *Command) Wait() int {
	<-c.done
	return c.status
}

// Finish ends the program if it does not end by itself within grace, first kindly, and returns its exit status.
func (c *Command) Finish(grace time.Duration) int {
	for _, sig := range []os.Signal{nil, syscall.SIGTERM, os.Kill} {
		if sig != nil {
			_ = c.cmd.Process.Signal(sig)
		}
		select {
		case <-c.done:
			return c.status
		case <-time.After(grace):
		}
	}
	return c.Wait()
}

// End ends the program and all of its process group, first kindly, and returns its exit status. It is for those of
// StartApart.
func (c *Command) End(grace time.Duration) int {
	group := -c.cmd.Process.Pid
	_ = syscall.Kill(group, syscall.SIGTERM) // there may be none any more
	select {
	case <-c.done:
	case <-time.After(grace):
	}
	_ = syscall.Kill(group, syscall.SIGKILL)
	return c.Wait()
}

// CommandError says why a program could not be started, as shells number it: 127 when there is none, else 126.
func CommandError(err error) int {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return 127
	}
	return 126
}

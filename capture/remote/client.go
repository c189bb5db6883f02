package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Options says how to capture. The zero value captures every call, with whatever agent and rights there are.
type Options struct {
	Spec CaptureSpec
	// MustPack takes no sysdig, which cannot pack the stream as the Spec says; else that is done where it can be.
	MustPack bool
	// ForSysdig turns the filter into what sysdig itself takes, for sysdig in the agent's place; nil leaves it as it is.
	ForSysdig func(filter string) (string, error)

	SSH        string   // the ssh program; "" is the one in the PATH
	SSHOptions []string // more arguments for it: -o, -i, -J, -F, -4, -6, -C

	Use    Use      // which agent
	Stay   bool     // leave an uploaded agent there
	Agents []string // folders of agents to upload; nil is AgentFolders()

	// Password is asked when capturing needs sudo and sudo a password; nil is no password. The bytes are overwritten
	// after use.
	Password func(context.Context, PasswordAsk) ([]byte, error)
	// Printed is given what the captured command prints; nil drops it. It may block, which holds the command up.
	Printed func(stderr bool, data []byte)
	// Status is told every change and, while capturing, every second; nil tells nobody. It must not block.
	Status func(Status)
}

// Use says which program captures on the far side.
type Use string

// What Use may be.
const (
	UseAuto   Use = ""       // scapls there, else one that is uploaded, else sysdig
	UseThere  Use = "there"  // only a scapls that is there
	UseUpload Use = "upload" // only one that is uploaded, or was asked to stay
	UseSysdig Use = "sysdig" // only sysdig
)

// PasswordAsk says whose password sudo wants.
type PasswordAsk struct {
	User, Host string
	Attempt    int // from 1; after the first, the one before was wrong
}

// session is one connection and what is known of its far side.
type session struct {
	t    Target
	o    Options
	l    *link
	far  probe
	st   Status
	path string // of the agent that run starts
	here bool   // the script has answered: what goes wrong now is not the login
}

// probe is what the script found.
type probe struct {
	os, machine string
	uid         int
	user        string
	has         map[string]bool
	there, kept string // paths
}

// How long the far side may take for a step. Logging in includes jump hosts and a person who touches a key.
const (
	loginTime  = 90 * time.Second
	answerTime = 20 * time.Second
)

func (s *session) tell(st State) {
	s.st.State, s.st.Time = st, time.Now()
	if s.o.Status != nil {
		s.o.Status(s.st)
	}
}

// open connects and looks around.
func open(ctx context.Context, t Target, o Options) (*session, error) {
	s := &session{t: t, o: o}
	s.tell(StateConnecting)
	if err := t.Check(); err != nil {
		return s, &Error{Kind: KindConfig, Message: "the target cannot be used", Err: err}
	}
	if err := checkSSHOptions(o.SSHOptions); err != nil {
		return s, &Error{Kind: KindConfig, Message: "the ssh options cannot be used", Err: err}
	}
	program, err := FindSSH(o.SSH)
	if err != nil {
		return s, err
	}
	if s.l, err = dial(t, program, o.SSHOptions); err != nil {
		return s, err
	}
	return s, s.look(ctx)
}

func (s *session) look(ctx context.Context) error {
	if _, err := s.await(ctx, loginTime, "here"); err != nil {
		return err
	}
	s.here = true
	s.l.text.take() // greetings and banners
	s.tell(StateChecking)
	if err := errors.Join(s.l.order("sweep"), s.l.order("look")); err != nil {
		return s.lost(err)
	}
	s.far.has = map[string]bool{}
	for {
		m, err := s.l.next(ctx, answerTime)
		if err != nil {
			return s.lost(err)
		}
		switch m.word {
		case "sys":
			s.far.os, s.far.machine, _ = strings.Cut(m.rest, " ")
		case "uid":
			s.far.uid, err = strconv.Atoi(m.rest)
			if err != nil {
				s.far.uid = -1
			}
		case "name":
			s.far.user = m.rest
		case "has":
			if len(s.far.has) < 100 {
				s.far.has[m.rest] = true
			}
		case "there":
			s.far.there = m.rest
		case "kept":
			s.far.kept = m.rest
		case "ready":
			if s.far.os != "Linux" {
				return &Error{Kind: KindPlatform, Message: fmt.Sprintf("%s runs %s; system calls can be captured on Linux only", s.t.Host, orUnknown(s.far.os))}
			}
			return nil
		}
	}
}

func orUnknown(s string) string {
	if s == "" {
		return "an unknown system"
	}
	return s
}

// lost turns the end or the silence of the link into an error that says why, as far as ssh told.
func (s *session) lost(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	status := s.l.close()
	text := s.l.text.all()
	switch {
	case errors.Is(err, errLine):
		return &Error{Kind: KindStream, Message: s.t.Host + " does not speak as it should", Err: err}
	case !s.here && errors.Is(err, errSilent):
		e := &Error{Kind: KindTimeout, Detail: text}
		e.Message, e.Fix = explain(KindTimeout, s.t)
		return e
	case !s.here:
		return sshError(s.t, text, status)
	}
	e = &Error{Kind: KindLinkLost, Detail: text}
	e.Message, e.Fix = explain(KindLinkLost, s.t)
	if errors.Is(err, errSilent) {
		e.Err = err
	}
	return e
}

// close ends the connection, and tells the outcome.
func (s *session) close(err error) error {
	if s.l != nil {
		s.l.close()
	}
	if err == nil {
		s.tell(StateEnded)
		return nil
	}
	var e *Error
	switch {
	case errors.As(err, &e):
	case errors.Is(err, context.Canceled):
		s.st.Reason = "stopped"
		s.tell(StateEnded)
		return err
	default:
		e = &Error{Kind: KindAgent, Message: "the far side could not be used", Err: err}
	}
	s.st.Err = e
	s.tell(StateError)
	return e
}

// exitOf waits until the far command that runs has ended and returns its status.
func (s *session) exitOf(ctx context.Context, within time.Duration) (int, error) {
	status, err := s.await(ctx, within, "exit")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(status)
}

// await waits until the script says a word, and returns what stands behind it. within is how long each line may take.
func (s *session) await(ctx context.Context, within time.Duration, word string) (rest string, err error) {
	for {
		m, err := s.l.next(ctx, within)
		if err != nil {
			return "", s.lost(err)
		}
		if m.word == word {
			return m.rest, nil
		}
	}
}

// Capture captures on t until ctx ends, the limits of the Spec are reached, or something breaks, and writes the
// capture to w in whole blocks as they arrive. It returns how it ended, and an *Error when that was no plain end; what
// was written before is usable in any case. Ending ctx ends the far capture cleanly: what is under way still comes.
func Capture(ctx context.Context, t Target, o Options, w io.Writer) (Status, error) {
	s, err := open(ctx, t, o)
	if err == nil {
		err = s.capture(ctx, w)
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		_ = s.close(err)
		return s.st, nil // stopped before it began, at the user's wish
	}
	err = s.close(err)
	return s.st, err
}

func (s *session) capture(ctx context.Context, w io.Writer) error {
	far, err := s.agent(ctx, true)
	if err != nil {
		return err
	}
	if far.sysdig {
		s.tell(StateStarting)
		return s.captureSysdig(ctx, far.way, w)
	}
	if s.st.Clock, err = measure(ctx, s.l, answerTime); err != nil {
		return s.lost(err)
	}
	s.tell(StateStarting)
	return s.stream(ctx, w, agentOrders{s.l, s.o.Spec})
}

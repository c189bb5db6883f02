package remote

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// running is a far program that waits for its start.
type running struct {
	hello  Hello
	way    string
	sysdig bool
}

// candidate is an agent that may be used.
type candidate struct {
	name string // "there", "kept", "uploaded"
	path string
}

// agent finds an agent and rights for it, and leaves it running. The order: a scapls that is there, one that was asked
// to stay, one that is uploaded; for each, as it is, then sudo, then doas without a password; then sudo with one; then
// sysdig. needRights false takes the first agent that speaks our protocol.
func (s *session) agent(ctx context.Context, needRights bool) (running, error) {
	if s.o.Use == UseSysdig {
		return s.sysdigWay(ctx)
	}
	usable, run, err := s.findUsable(ctx, needRights)
	if err != nil || usable == nil {
		return run, err
	}
	// An agent there is, but not the rights. Another copy of it would have no more.
	if s.o.Password != nil && s.far.has["sudo"] && !run.hello.Hard {
		return s.withPassword(ctx, *usable)
	}
	e := s.noRights(run.hello)
	if s.o.Use == UseAuto && s.far.has["sysdig"] && !run.hello.Hard {
		r, err := s.sysdigWay(ctx)
		if err == nil {
			return r, nil
		}
		var no *Error
		if errors.As(err, &no) && (no.Kind == KindAgent || no.Kind == KindFilter) { // what was asked for is in the way
			e.Err = err
		}
	}
	return running{}, e
}

// findUsable returns the agent that runs; or the candidate that speaks our protocol but may not capture, with what it
// said.
func (s *session) findUsable(ctx context.Context, needRights bool) (*candidate, running, error) {
	var last error
	for _, name := range s.candidates() {
		c := candidate{name: name}
		var err error
		if c.path, err = s.take(ctx, name); err != nil {
			return nil, running{}, err
		}
		s.path = c.path
		var hello *Hello
		for _, way := range s.ways() {
			r, err := s.try(ctx, way)
			if err != nil {
				return nil, running{}, err
			}
			if r == nil {
				continue
			}
			if r.Protocol != Protocol {
				last = fmt.Errorf("%s there speaks version %d of the protocol, this is %d", c.path, r.Protocol, Protocol)
				break
			}
			hello = r
			if r.Can || !needRights {
				s.st.Agent, s.st.Way, s.st.Far = name, way, *r
				return nil, running{hello: *r, way: way}, nil
			}
			if err := s.dismiss(ctx); err != nil {
				return nil, running{}, err
			}
			if r.Hard {
				break
			}
		}
		if hello != nil {
			s.st.Agent, s.st.Far = name, *hello
			return &c, running{hello: *hello}, nil
		}
	}
	e := &Error{Kind: KindAgent, Message: "no scapls runs on " + s.t.Host, Err: last, Detail: s.l.text.take()}
	if s.o.Use == UseThere {
		e.Fix = "install this version of scapls there, or let it be uploaded"
	}
	return nil, running{}, e
}

func (s *session) candidates() (names []string) {
	if s.far.there != "" && s.o.Use != UseUpload {
		names = append(names, "there")
	}
	if s.far.kept != "" {
		names = append(names, "kept")
	}
	if s.o.Use != UseThere {
		names = append(names, "uploaded")
	}
	return names
}

// take makes a candidate the one that run starts, and returns its path.
func (s *session) take(ctx context.Context, name string) (string, error) {
	if name == "uploaded" {
		return s.upload(ctx)
	}
	if err := s.l.order("use", name); err != nil {
		return "", s.lost(err)
	}
	return s.await(ctx, answerTime, "using")
}

func (s *session) ways() []string {
	ways := []string{"direct"}
	if s.far.uid != 0 {
		for _, w := range []string{"sudo", "doas"} {
			if s.far.has[w] {
				ways = append(ways, w)
			}
		}
	}
	return ways
}

// try starts the agent in one way and returns its hello, nil when none came.
func (s *session) try(ctx context.Context, way string) (*Hello, error) {
	if err := s.l.order("run", way); err != nil {
		return nil, s.lost(err)
	}
	for {
		m, err := s.l.next(ctx, answerTime)
		switch {
		case err != nil:
			return nil, s.lost(err)
		case m.reply != nil && m.reply.Hello != nil:
			return m.reply.Hello, nil
		case m.word == "exit":
			return nil, nil
		}
	}
}

// dismiss ends the agent that waits.
func (s *session) dismiss(ctx context.Context) error {
	if err := s.l.request(Request{Stop: true}); err != nil {
		return s.lost(err)
	}
	_, err := s.exitOf(ctx, answerTime)
	return err
}

// withPassword starts the agent by sudo and answers its question. The password goes to sudo's stdin; sudo asks first,
// so that an agent never sees it.
func (s *session) withPassword(ctx context.Context, c candidate) (running, error) {
	s.l.text.take()
	if err := s.l.order("run", "password"); err != nil {
		return running{}, s.lost(err)
	}
	for attempt := 1; ; {
		m, err := s.l.next(ctx, answerTime)
		switch {
		case err != nil:
			return running{}, s.lost(err)
		case m.prompt:
			s.tell(StatePassword)
			if err := s.answer(ctx, attempt); err != nil {
				return running{}, err
			}
			attempt++
		case m.reply != nil && m.reply.Hello != nil && m.reply.Hello.Protocol == Protocol:
			if h := *m.reply.Hello; h.Can {
				s.st.Agent, s.st.Way, s.st.Far = c.name, "password", h
				return running{hello: h, way: "password"}, nil
			}
			return running{}, s.noRights(*m.reply.Hello)
		case m.word == "exit":
			e := &Error{Kind: KindPassword, Message: "sudo on " + s.t.Host + " did not accept the password, or does not allow the agent", Detail: s.l.text.take()}
			e.Fix = "check that " + s.far.user + " may use sudo there"
			return running{}, e
		}
	}
}

func (s *session) answer(ctx context.Context, attempt int) error {
	pw, err := s.o.Password(ctx, PasswordAsk{User: s.far.user, Host: s.t.Host, Attempt: attempt})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &Error{Kind: KindPassword, Message: "no password was given", Err: err}
	}
	line := make([]byte, 0, len(pw)+1)
	for _, c := range pw {
		if c != '\n' && c != '\r' && c != 0 { // none of them can be typed
			line = append(line, c)
		}
	}
	line = append(line, '\n')
	err = s.l.write(line)
	clear(pw)
	clear(line)
	if err != nil {
		return s.lost(err)
	}
	return nil
}

func (s *session) noRights(h Hello) *Error {
	e := &Error{Kind: KindNoRights, Message: s.far.user + " may not capture on " + s.t.Host, Detail: h.Why}
	if h.Hard {
		e.Kind, e.Message = KindPlatform, s.t.Host+" cannot capture"
		return e
	}
	// No line is made up here: it needs the program's sum, or who owns the program would be root.
	e.Fix = "log in as root, or allow it without a password: scapls remote sudoers " + s.t.String() + " tells what to paste"
	return e
}

// SudoersLine returns what allows user to run the agent at path as root, without a password, and nothing else: the one
// argument makes it listen to stdin, where it can be told to capture and no more. sum is the SHA-256 of the program, in
// hex, which sudo checks before each run: it must be there, since the user may be able to write the file.
func SudoersLine(user, path, sum string) string {
	return fmt.Sprintf("%s ALL=(root) NOPASSWD: sha256:%s %s agent", escapeSudoers(user), sum, escapeSudoers(path))
}

// escapeSudoers escapes what has a meaning in sudoers.
func escapeSudoers(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`\,:= "*?[]!#()@%`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

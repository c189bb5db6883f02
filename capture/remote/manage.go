package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
)

// with connects, does something, and ends the connection.
func with(ctx context.Context, t Target, o Options, do func(*session) error) (Status, error) {
	s, err := open(ctx, t, o)
	if err == nil {
		err = do(s)
	}
	err = s.close(err)
	return s.st, err
}

// Check connects and tells which agent would capture, with which rights, and what the far clock says.
func Check(ctx context.Context, t Target, o Options) (Status, error) {
	return with(ctx, t, o, func(s *session) error {
		far, err := s.agent(ctx, true)
		if err != nil || far.sysdig {
			return err
		}
		if s.st.Clock, err = measure(ctx, s.l, answerTime); err != nil {
			return s.lost(err)
		}
		return s.dismiss(ctx)
	})
}

// Sudoers is how to allow captures on a far side without a password.
type Sudoers struct {
	User string `json:"user"`
	Path string `json:"path"` // of the agent
	Line string `json:"line"` // for a file of /etc/sudoers.d
}

// AskSudoers finds the agent that stays on the far side, or puts one there to stay, and tells the line of sudoers that
// allows it. The line holds the program's sum: whoever may write the file cannot make it another program.
func AskSudoers(ctx context.Context, t Target, o Options) (su Sudoers, err error) {
	o.Stay = true
	if o.Use == UseSysdig {
		return su, &Error{Kind: KindAgent, Message: "this is about the agent, not about sysdig"}
	}
	_, err = with(ctx, t, o, func(s *session) error {
		usable, _, err := s.findUsable(ctx, false)
		if err != nil {
			return err
		}
		if usable == nil { // it runs, and waits
			if err := s.dismiss(ctx); err != nil {
				return err
			}
		}
		if err := s.l.order("digest"); err != nil {
			return s.lost(err)
		}
		sum, err := s.await(ctx, answerTime, "digest")
		if err != nil {
			return err
		}
		if b, err := hex.DecodeString(sum); err != nil || len(b) != sha256.Size {
			return &Error{Kind: KindAgent, Message: "the sum of the agent could not be taken there", Detail: sum}
		}
		su = Sudoers{User: s.far.user, Path: s.path, Line: SudoersLine(s.far.user, s.path, sum)}
		return nil
	})
	return su, err
}

// Clean removes the agent that was asked to stay, and folders that killed ones have left.
func Clean(ctx context.Context, t Target, o Options) error {
	_, err := with(ctx, t, o, func(s *session) error {
		if err := s.l.order("forget"); err != nil {
			return s.lost(err)
		}
		_, err := s.await(ctx, answerTime, "forgotten")
		return err
	})
	return err
}

// Spool asks something of the far side's spool; r.Do may be anything but "fetch".
func Spool(ctx context.Context, t Target, o Options, r SpoolRequest) (reply SpoolReply, err error) {
	_, err = with(ctx, t, o, func(s *session) error {
		// What was spooled as root is seen by root only.
		if _, err := s.spooler(ctx); err != nil {
			return err
		}
		if err := s.l.request(Request{Spool: &r}); err != nil {
			return s.lost(err)
		}
		for {
			m, err := s.l.next(ctx, answerTime)
			switch {
			case err != nil:
				return s.lost(err)
			case m.word == "exit":
				return &Error{Kind: KindSpool, Message: "the agent ended", Detail: s.l.text.all()}
			case m.reply == nil:
			case m.reply.Error != nil:
				return m.reply.Error.error(s.l.text.all())
			case m.reply.Spool != nil:
				reply = *m.reply.Spool
				return s.dismiss(ctx)
			}
		}
	})
	return reply, err
}

func (s *session) spooler(ctx context.Context) (running, error) {
	if s.o.Use == UseSysdig {
		return running{}, &Error{Kind: KindSpool, Message: "sysdig has no spool; the agent has"}
	}
	if s.o.Use == UseAuto {
		s.far.has["sysdig"] = false
	}
	return s.agent(ctx, true)
}

// Fetch copies what a spooled capture holds to w. It may still be running.
func Fetch(ctx context.Context, t Target, o Options, id string, w io.Writer) (Status, error) {
	return with(ctx, t, o, func(s *session) error {
		if _, err := s.spooler(ctx); err != nil {
			return err
		}
		var err error
		if s.st.Clock, err = measure(ctx, s.l, answerTime); err != nil {
			return s.lost(err)
		}
		s.tell(StateStarting)
		return s.stream(ctx, w, fetchOrders{agentOrders{l: s.l}, SpoolRequest{Do: "fetch", ID: id, Spec: &CaptureSpec{Compress: s.o.Spec.Compress}}})
	})
}

// fetchOrders asks for the files of a spooled capture in a capture's place.
type fetchOrders struct {
	agentOrders
	r SpoolRequest
}

func (f fetchOrders) start() error { return f.l.request(Request{Spool: &f.r}) }

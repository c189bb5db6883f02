package remote

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"
)

// forSysdig returns why sysdig cannot do what is wanted, nil if it can.
func (s *session) forSysdig() error {
	what := s.o.Spec.beyondSysdig()
	if what == "" && s.o.MustPack && s.o.Spec.Compress != "" {
		what = "pack the stream"
	}
	if what != "" {
		return &Error{Kind: KindAgent, Message: "sysdig on " + s.t.Host + " cannot " + what, Fix: "use an agent: --use auto or --use upload"}
	}
	if s.o.ForSysdig == nil || strings.TrimSpace(s.o.Spec.Filter) == "" {
		return nil
	}
	text, err := s.o.ForSysdig(s.o.Spec.Filter)
	if err != nil {
		return &Error{Kind: KindFilter, Message: "sysdig on " + s.t.Host + " cannot take this filter", Err: err, Fix: "change the filter, or use an agent: --use auto or --use upload"}
	}
	s.o.Spec.Filter = text
	return nil
}

// sysdigWay finds rights to run sysdig.
func (s *session) sysdigWay(ctx context.Context) (running, error) {
	if !s.far.has["sysdig"] {
		return running{}, &Error{Kind: KindAgent, Message: "there is no sysdig on " + s.t.Host}
	}
	if err := s.forSysdig(); err != nil {
		return running{}, err
	}
	ways := s.ways()
	if s.far.uid != 0 {
		ways = ways[1:] // sysdig knows no capabilities
	}
	for _, way := range ways {
		if err := s.l.order("cansysdig", way); err != nil {
			return running{}, s.lost(err)
		}
		status, err := s.exitOf(ctx, answerTime)
		if err != nil {
			return running{}, err
		}
		if status == 0 {
			s.st.Agent, s.st.Way = "sysdig", way
			return running{way: way, sysdig: true}, nil
		}
	}
	return running{}, &Error{
		Kind: KindNoRights, Message: s.far.user + " may not run sysdig as root on " + s.t.Host, Detail: s.l.text.take(),
		Fix: "on " + s.t.Host + ", run\n  sudo visudo -f /etc/sudoers.d/sysdig\nand paste\n  " + escapeSudoers(s.far.user) + " ALL=(root) NOPASSWD: /usr/bin/sysdig\nor, better, allow the agent alone, which does nothing but capture: who may run sysdig as root may do all that root may.\n" +
			"  scapls remote sudoers " + s.t.String() + "\ntells what to paste for it",
	}
}

// sysdigOrders tells the script, which watches over sysdig.
type sysdigOrders struct {
	l    *link
	way  string
	spec CaptureSpec
}

func (o sysdigOrders) start() error {
	own := "own"
	if o.spec.IncludeOwn {
		own = "all"
	}
	snaplen := o.spec.Snaplen
	if snaplen == 0 {
		snaplen = 80
	}
	seconds := int64((o.spec.Duration + time.Second - 1) / time.Second)
	err := o.l.order("sysdig", o.way, strconv.Itoa(snaplen), strconv.FormatUint(o.spec.Count, 10), strconv.FormatInt(seconds, 10), own)
	if err != nil {
		return err
	}
	return o.l.order(strings.NewReplacer("\n", " ", "\r", " ").Replace(o.spec.Filter)) // white space separates in a filter, whichever it is
}

func (o sysdigOrders) beat() error { return o.l.order("beat") }
func (o sysdigOrders) stop() error { return o.l.order("stop") }

func (s *session) captureSysdig(ctx context.Context, way string, w io.Writer) error {
	return s.stream(ctx, w, sysdigOrders{s.l, way, s.o.Spec})
}

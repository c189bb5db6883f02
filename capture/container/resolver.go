package container

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/scapls/scapls/scapio"
)

// engine answers questions about containers.
type engine interface {
	Lookup(ctx context.Context, r Ref) (*Info, error)
}

// Resolver tells what containers are called. It asks in a goroutine of its own, which Open starts and Close ends; it
// blocks on the engines' sockets only, and on nobody who does not take the answers.
type Resolver struct {
	ask     chan question
	answers chan *Found
	cancel  context.CancelFunc
	done    chan struct{}

	seen    map[string]bool // ids asked for; of the goroutine that calls See
	byGroup map[string]string
	waiting []question // that did not fit into ask
	pending int
	open    map[string]*atomic.Int64 // the latest process of containers that are asked for, by id
}

// question is a container and the latest process in it: the first ones may be the engine's own, and gone soon.
type question struct {
	Ref
	pid *atomic.Int64
}

// Found is what became known of a container.
type Found struct {
	*Info
	Users  []scapio.User // as its own files tell
	Groups []scapio.Group
}

// Options says where engines are.
type Options struct {
	// Sockets are the engines' API sockets, docker-compatible or CRI; nil: those that are usual, as far as they exist
	// when they are asked.
	Sockets []Socket
	// Timeout bounds one question; 0 means 2 s.
	Timeout time.Duration
	// Retries is how often an engine that does not know a container is asked again: one that starts has its processes
	// before its engine tells of it. 0 means 4, negative none.
	Retries int
	// Pause is between retries; 0 means 250 ms.
	Pause time.Duration
	// Accounts reads the users and groups that a process sees; nil: nobody's are read.
	Accounts func(pid int64) ([]scapio.User, []scapio.Group)
}

// Socket is an engine's API socket.
type Socket struct {
	Path string
	Type int // Docker, Podman or CRI
}

const (
	maxQueue = 256  // questions and answers that wait
	maxSeen  = 4096 // texts of control groups that are remembered
)

// Open starts a resolver.
func Open(o Options) *Resolver {
	if o.Timeout == 0 {
		o.Timeout = 2 * time.Second
	}
	if o.Retries == 0 {
		o.Retries = 4
	}
	if o.Pause == 0 {
		o.Pause = 250 * time.Millisecond
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &Resolver{
		ask: make(chan question, maxQueue), answers: make(chan *Found, maxQueue), cancel: cancel, done: make(chan struct{}),
		seen: map[string]bool{}, byGroup: map[string]string{}, open: map[string]*atomic.Int64{},
	}
	go r.work(ctx, o)
	return r
}

// Close ends the resolver and waits for its goroutine.
func (r *Resolver) Close() {
	r.cancel()
	<-r.done
}

// See takes notice of the control groups of process pid and returns its container's id, "" for the host. A container that
// was not seen before is asked for; Answer gives what it is called. It never blocks.
func (r *Resolver) See(cgroups string, pid int64) string {
	if id, ok := r.byGroup[cgroups]; ok {
		if p := r.open[id]; p != nil {
			p.Store(pid)
		}
		return id
	}
	if len(r.byGroup) >= maxSeen {
		clear(r.byGroup)
	}
	ref, ok := Of(cgroups)
	r.byGroup[cgroups] = ref.ID
	if ok && !r.seen[ref.ID] {
		r.seen[ref.ID] = true
		p := &atomic.Int64{}
		p.Store(pid)
		r.open[ref.ID] = p
		r.waiting = append(r.waiting, question{ref, p})
		r.pending++
		r.submit()
	}
	return ref.ID
}

// submit hands questions to the goroutine as far as there is room.
func (r *Resolver) submit() {
	for len(r.waiting) > 0 {
		select {
		case r.ask <- r.waiting[0]:
			r.waiting = r.waiting[1:]
		default:
			return
		}
	}
}

// Answer returns what became known of a container since the last call, nil when there is nothing. It never blocks.
func (r *Resolver) Answer() *Found {
	if r.pending == 0 {
		return nil
	}
	r.submit()
	select {
	case f := <-r.answers:
		r.answered(f)
		return f
	default:
		return nil
	}
}

// Wait returns the answers to what was asked so far, those that arrive until ctx ends.
func (r *Resolver) Wait(ctx context.Context) (list []*Found) {
	for r.pending > 0 {
		r.submit()
		select {
		case f := <-r.answers:
			r.answered(f)
			list = append(list, f)
		case <-ctx.Done():
			return list
		case <-r.done:
			return list
		}
	}
	return list
}

func (r *Resolver) answered(f *Found) {
	r.pending--
	delete(r.open, f.ID)
}

func (r *Resolver) work(ctx context.Context, o Options) {
	defer close(r.done)
	engines := map[Socket]engine{}
	for {
		var q question
		select {
		case q = <-r.ask:
		case <-ctx.Done():
			return
		}
		found := &Found{Info: lookup(ctx, o, engines, q.Ref)}
		found.accounts(ctx, o, q.pid)
		select {
		case r.answers <- found:
		case <-ctx.Done():
			return
		}
	}
}

// accounts reads the users that the container's latest process sees. A container that is being started may not have its
// own root yet: then nobody is seen, and asked again after a while.
func (f *Found) accounts(ctx context.Context, o Options, pid *atomic.Int64) {
	if o.Accounts == nil {
		return
	}
	for try := 0; ; try++ {
		if f.Users, f.Groups = o.Accounts(pid.Load()); len(f.Users) > 0 || try >= min(o.Retries, 2) {
			return
		}
		select {
		case <-time.After(o.Pause):
		case <-ctx.Done():
			return
		}
	}
}

// lookup asks the engines that may have made the container, in turn, and again for a while.
func lookup(ctx context.Context, o Options, engines map[Socket]engine, ref Ref) *Info {
	for try := 0; try <= max(o.Retries, 0); try++ {
		if try > 0 {
			select {
			case <-time.After(o.Pause):
			case <-ctx.Done():
				return plain(ref)
			}
		}
		knowing := false
		for _, s := range socketsFor(o, ref) {
			e := engines[s]
			if e == nil {
				e = newEngine(s)
				engines[s] = e
			}
			one, cancel := context.WithTimeout(ctx, o.Timeout)
			info, err := e.Lookup(one, ref)
			cancel()
			if err == nil {
				return info
			}
			knowing = knowing || errors.Is(err, errUnknown)
		}
		if !knowing { // nobody to ask: it will not be better later
			break
		}
	}
	return plain(ref)
}

func newEngine(s Socket) engine {
	if s.Type == CRI {
		return newCRI(s.Path)
	}
	return newDocker(s.Path, s.Type)
}

// plain returns what the path alone says.
func plain(r Ref) *Info {
	i := &Info{ID: r.ID, FullID: r.Full, Type: r.Type, Size: -1, State: 2}
	if r.ID == r.Full { // a name
		i.Name, i.State = r.ID, 1
	}
	return i
}

// socketsFor returns the sockets of engines that may know a container, the likeliest first.
func socketsFor(o Options, r Ref) (list []Socket) {
	all := o.Sockets
	if all == nil {
		all = Usual()
	}
	if r.ID == r.Full {
		return nil
	}
	kind := r.Type
	if kind == Containerd || kind == CRIO {
		kind = CRI
	}
	for _, same := range []bool{true, false} {
		for _, s := range all {
			if (s.Type == kind) == same {
				list = append(list, s)
			}
		}
	}
	return list
}

// Usual returns the sockets that engines have by default, of those that exist; users' podman sockets, too.
func Usual() (list []Socket) {
	add := func(typ int, paths ...string) {
		for _, p := range paths {
			if st, err := os.Stat(p); err == nil && st.Mode()&os.ModeSocket != 0 {
				list = append(list, Socket{p, typ})
			}
		}
	}
	if h, ok := strings.CutPrefix(os.Getenv("DOCKER_HOST"), "unix://"); ok {
		add(Docker, h)
	}
	add(Docker, "/var/run/docker.sock")
	add(Podman, "/run/podman/podman.sock")
	users, _ := filepath.Glob("/run/user/*/podman/podman.sock")
	add(Podman, users...)
	add(CRI, "/run/containerd/containerd.sock", "/run/k3s/containerd/containerd.sock", "/run/crio/crio.sock", "/run/cri-dockerd.sock", "/var/run/crio/crio.sock")
	return list
}

package remote

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/scapls/scapls/capture/remote/remotetest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	remotetest.Done()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func target(h *remotetest.Host, user string) Target {
	return Target{User: user, Host: "127.0.0.1", Port: h.Port}
}

// options of a capture on the host by the fake agent.
func options(h *remotetest.Host, statuses *recorder) Options {
	o := Options{SSHOptions: []string{"-F", h.Path("ssh_config")}, Agents: []string{h.Agents}}
	if statuses != nil {
		o.Status = statuses.add
	}
	return o
}

// recorder keeps what Status was told.
type recorder struct {
	mu   sync.Mutex
	list []Status // guarded by mu
	now  chan struct{}
}

func newRecorder() *recorder { return &recorder{now: make(chan struct{}, 1)} }

func (r *recorder) add(s Status) {
	r.mu.Lock()
	r.list = append(r.list, s)
	r.mu.Unlock()
	select {
	case r.now <- struct{}{}:
	default:
	}
}

func (r *recorder) states() (list []State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.list {
		if len(list) == 0 || list[len(list)-1] != s.State {
			list = append(list, s.State)
		}
	}
	return list
}

func (r *recorder) last() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.list) == 0 {
		return Status{}
	}
	return r.list[len(r.list)-1]
}

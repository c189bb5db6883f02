package remotetest

import (
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Link is a TCP connection that can be slow, lossy, silent or cut: what netem does, where the kernel has none. A lost
// segment shows above TCP as a pause of one retransmission, for it and all that is behind it.
type Link struct {
	Delay time.Duration // each way
	Loss  float64       // of segments
	Rate  int           // bytes per second, 0 is no limit

	To     string
	listen net.Listener
	wg     sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn // guarded by mu
	mute  chan struct{}
	once  sync.Once
	lost  atomic.Int64
	from  string // local address of the last connection to the host, guarded by mu
}

const (
	segment    = 1448 // bytes of a TCP segment over Ethernet
	retransmit = 200 * time.Millisecond
)

// StartLink listens on address and forwards to the host.
func StartLink(t testing.TB, b *Link, address string) (port int) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	b.listen, b.mute = l, make(chan struct{})
	b.wg.Add(1)
	go func() {
		defer b.wg.Done()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("tcp", b.To)
			if err != nil {
				_ = c.Close()
				continue
			}
			b.mu.Lock()
			b.conns = append(b.conns, c, up)
			b.from = up.LocalAddr().String()
			b.mu.Unlock()
			b.wg.Add(2)
			go b.carry(up, c)
			go b.carry(c, up)
		}
	}()
	t.Cleanup(b.stop)
	return l.Addr().(*net.TCPAddr).Port
}

func (b *Link) stop() {
	_ = b.listen.Close()
	b.Cut()
	b.wg.Wait()
}

// Cut resets both sides, if there are.
func (b *Link) Cut() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.conns {
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetLinger(0)
		}
		_ = c.Close()
	}
	n := len(b.conns)
	b.conns = nil
	return n > 0
}

// Silence drops everything from now on, and tells nobody.
func (b *Link) Silence() { b.once.Do(func() { close(b.mute) }) }

type segmentAt struct {
	data []byte
	due  time.Time
}

// carry moves bytes one way: a reader stamps segments with when they may leave, a writer waits for that.
func (b *Link) carry(to, from net.Conn) {
	defer b.wg.Done()
	queue := make(chan segmentAt, 4096) // what is on its way
	go func() {
		defer close(queue)
		var free time.Time
		for {
			buf := make([]byte, segment)
			n, err := from.Read(buf)
			if n > 0 {
				now := time.Now()
				due := now.Add(b.Delay)
				if rand.Float64() < b.Loss {
					b.lost.Add(1)
					due = due.Add(retransmit)
				}
				if b.Rate > 0 {
					if free.Before(now) {
						free = now
					}
					free = free.Add(time.Duration(n) * time.Second / time.Duration(b.Rate))
					time.Sleep(time.Until(free))
				}
				queue <- segmentAt{buf[:n], due}
			}
			if err != nil {
				return
			}
		}
	}()
	dead := false
	for s := range queue {
		time.Sleep(time.Until(s.due)) // and what is behind it waits, too
		select {
		case <-b.mute:
			continue
		default:
		}
		if !dead {
			_, err := to.Write(s.data)
			dead = err != nil
		}
	}
	select {
	case <-b.mute:
		return // even the end stays untold, until cut
	default:
	}
	if t, ok := to.(interface{ CloseWrite() error }); ok {
		_ = t.CloseWrite()
	}
}

// Lost returns how many segments were lost so far.
func (b *Link) Lost() int { return int(b.lost.Load()) }

// From returns the local address of the last connection to the host.
func (b *Link) From() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.from
}

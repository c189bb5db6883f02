package remote

import (
	"context"
	"fmt"
	"time"
)

// Clock is how the far clock differs from this one.
type Clock struct {
	Offset time.Duration // far minus here: subtract it from the far times to have ours
	RTT    time.Duration // the shortest round trip seen; the offset is right within half of it
	Trips  int
}

// String returns the offset with its bounds.
func (c Clock) String() string {
	if c.Trips == 0 {
		return "not measured"
	}
	return fmt.Sprintf("%+.3f ms ± %.3f ms", float64(c.Offset)/1e6, float64(c.RTT)/2e6)
}

// Round trips of a measurement. The fastest says most; more than a few add time, not certainty.
const clockTrips = 7

// measure asks the agent for its time. Each answer lies between sending and receiving; halfway is the best guess.
func measure(ctx context.Context, l *link, within time.Duration) (c Clock, err error) {
	for n := int64(1); n <= clockTrips; n++ {
		sent := time.Now()
		if err := l.request(Request{Ping: n}); err != nil {
			return c, err
		}
		pong, err := awaitPong(ctx, l, n, within)
		if err != nil {
			return c, err
		}
		c.add(sent, time.Since(sent), pong.Time)
	}
	return c, nil
}

func (c *Clock) add(sent time.Time, rtt time.Duration, far int64) {
	c.Trips++
	if c.Trips > 1 && rtt >= c.RTT {
		return
	}
	c.RTT = rtt
	c.Offset = time.Duration(far - sent.Add(rtt/2).UnixNano())
}

func awaitPong(ctx context.Context, l *link, n int64, within time.Duration) (*Pong, error) {
	for range 100 { // a liar may send anything but for ever
		m, err := l.next(ctx, within)
		switch {
		case err != nil:
			return nil, err
		case m.reply != nil && m.reply.Pong != nil && m.reply.Pong.N == n:
			return m.reply.Pong, nil
		case m.word != "": // the script speaks: the agent is gone
			return nil, fmt.Errorf("the agent ended while its clock was read (%s %s)", m.word, m.rest)
		}
	}
	return nil, errSilent
}

package store

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// errLocked is returned by tryLock while another process holds the lock.
var errLocked = errors.New("locked by another process")

// lockWait is how long a lock is waited for. It is held for milliseconds; who keeps it longer has been stopped.
const lockWait = 5 * time.Second

// fileLock is a lock between processes on a file of its own. It goes with the process that holds it.
type fileLock struct{ f *os.File }

// openLock opens the side file, which is never removed.
func openLock(path string) (*fileLock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	return &fileLock{f}, nil
}

// lock waits for the lock.
func (l *fileLock) lock() error {
	deadline := time.Now().Add(lockWait)
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		err := tryLock(l.f)
		if err == nil {
			return nil
		}
		if !errors.Is(err, errLocked) {
			return fmt.Errorf("lock %s: %w", l.f.Name(), err)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("lock %s: another process has held it for %v", l.f.Name(), lockWait)
		}
		time.Sleep(wait)
	}
}

func (l *fileLock) unlock() error { return unlock(l.f) }

func (l *fileLock) close() error { return l.f.Close() }

// Enlarge makes a big capture of a small one, for tests and measurements of size: the events are repeated, each round later than the one
// before, until there are as many as asked for.
//
// State is not reset between the rounds, as it would not be in a real capture of a process that does the same again and again.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	events := flag.Int("events", 1_000_000, "number of events to write")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: enlarge [-events N] IN OUT")
		os.Exit(2)
	}
	if err := enlargeFile(flag.Arg(0), flag.Arg(1), *events); err != nil {
		fmt.Fprintln(os.Stderr, "enlarge:", err)
		os.Exit(1)
	}
}

// enlargeFile makes one file of another; it appears under its name only when it is complete.
func enlargeFile(from, to string, n int) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to + ".part")
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 1<<20)
	err = errors.Join(enlarge(bufio.NewReader(in), w, n), w.Flush(), out.Close())
	if err != nil {
		os.Remove(out.Name())
		return err
	}
	return os.Rename(out.Name(), to)
}

// timeOffset is where an event block's body keeps the event's time, by block type: after the CPU, or after CPU and flags.
// Numbers: SCAP event blocks of both layouts and their versions for large events.
var timeOffset = map[uint32]int{0x204: 2, 0x216: 2, 0x221: 2, 0x208: 6, 0x217: 6, 0x222: 6}

// enlarge copies a capture and repeats its event blocks until there are n.
func enlarge(in io.Reader, out io.Writer, n int) error {
	var events [][]byte
	var times []int // offset of the time in each
	for {
		block, err := readBlock(in)
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		if off, ok := timeOffset[binary.LittleEndian.Uint32(block)]; ok && len(block) >= 8+off+8 {
			events = append(events, block)
			times = append(times, 8+off)
		}
		if len(events) > n {
			break
		}
		if _, err := out.Write(block); err != nil {
			return err
		}
	}
	if len(events) == 0 {
		return errors.New("no events")
	}
	const pause = 1_000_000 // ns between the rounds
	first := binary.LittleEndian.Uint64(events[0][times[0]:])
	last := binary.LittleEndian.Uint64(events[len(events)-1][times[len(events)-1]:])
	round := last - first + pause
	for written := len(events); written < n; written++ {
		i := written % len(events)
		at := events[i][times[i]:]
		binary.LittleEndian.PutUint64(at, binary.LittleEndian.Uint64(at)+round)
		if _, err := out.Write(events[i]); err != nil {
			return err
		}
	}
	return nil
}

// readBlock returns one block with its header and trailer: type, total length, body, total length again.
func readBlock(in io.Reader) ([]byte, error) {
	var head [8]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(head[4:])
	if length < 12 || length > 1<<30 {
		return nil, fmt.Errorf("block of %d bytes", length)
	}
	block := make([]byte, length)
	copy(block, head[:])
	_, err := io.ReadFull(in, block[8:])
	return block, err
}

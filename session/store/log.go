package store

import (
	"bytes"
	"strconv"
)

// The file is a log of commands in the text of the Redis protocol (buntdb's source, readLoad):
//
//	*3 CRLF $3 CRLF set CRLF $LEN CRLF KEY CRLF $LEN CRLF VALUE CRLF
//	*2 CRLF $3 CRLF del CRLF $LEN CRLF KEY CRLF
//	*1 CRLF $7 CRLF flushdb CRLF

// scan is what a file holds.
type scan struct {
	records map[string]string // as of its end, what is damaged left out
	torn    bool              // it ends in the middle of a command
	damaged int               // places where there is no command
}

// starts are the beginnings of commands, to go on behind a damage.
var starts = [][]byte{[]byte("*3\r\n$3\r\nset\r\n$"), []byte("*2\r\n$3\r\ndel\r\n$")}

// scanLog reads a file strictly. Only what it finds neither torn nor damaged is safe for buntdb: a length that is wrong
// makes that ask for any amount of memory, and bytes that are 0 make it write over what is behind them.
func scanLog(b []byte) scan {
	s := scan{records: map[string]string{}}
	for len(b) > 0 {
		parts, n, whole := command(b)
		switch {
		case n > 0:
			s.apply(parts)
			b = b[n:]
			continue
		case !whole:
			// The rest is the beginning of a command, or a damaged length that reaches over the end: a complete command
			// behind it tells.
			if next(b) < 0 {
				s.torn = true
				return s
			}
		}
		s.damaged++
		i := next(b)
		if i < 0 {
			return s
		}
		b = b[i:]
	}
	return s
}

func (s *scan) apply(parts [][]byte) {
	switch {
	case len(parts) == 3:
		s.records[string(parts[1])] = string(parts[2])
	case len(parts) == 2:
		delete(s.records, string(parts[1]))
	default:
		clear(s.records)
	}
}

// next returns where behind the first byte a command may begin, -1 if nowhere.
func next(b []byte) int {
	best := -1
	for _, start := range starts {
		if i := bytes.Index(b[1:], start); i >= 0 && (best < 0 || i+1 < best) {
			best = i + 1
		}
	}
	return best
}

// command returns the parts of the command at the start of b and its length, 0 if there is none; whole is false when b
// ends before the command does.
func command(b []byte) (parts [][]byte, length int, whole bool) {
	n, at, whole := number(b, 0, '*')
	if at == 0 {
		return nil, 0, whole
	}
	if n < 1 || n > 3 {
		return nil, 0, true
	}
	for range n {
		size, after, whole := number(b, at, '$')
		if after == 0 {
			return nil, 0, whole
		}
		if size > len(b)-after-2 {
			return nil, 0, false
		}
		end := after + size
		if b[end] != '\r' || b[end+1] != '\n' {
			return nil, 0, true
		}
		parts = append(parts, b[after:end])
		at = end + 2
	}
	name := map[int]string{1: "flushdb", 2: "del", 3: "set"}[n]
	if string(parts[0]) != name || n > 1 && len(parts[1]) == 0 {
		return nil, 0, true
	}
	return parts, at, true
}

// number reads a line of a letter and a number; next is where the line after it begins, 0 if there is no such line,
// and whole false if that is for want of bytes.
func number(b []byte, at int, letter byte) (n, next int, whole bool) {
	if at >= len(b) {
		return 0, 0, false
	}
	if b[at] != letter {
		return 0, 0, true
	}
	i := at + 1
	for i < len(b) && b[i] >= '0' && b[i] <= '9' && i-at < 10 {
		i++
	}
	switch {
	case i+1 >= len(b) && (i >= len(b) || b[i] == '\r'):
		return 0, 0, false
	case b[i] != '\r' || b[i+1] != '\n' || i == at+1:
		return 0, 0, true
	}
	n, err := strconv.Atoi(string(b[at+1 : i]))
	if err != nil {
		return 0, 0, true
	}
	return n, i + 2, true
}

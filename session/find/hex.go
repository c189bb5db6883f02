package find

import (
	"bytes"
	"strings"
)

// place is a byte of a pattern: those of its bits that count, and which of them do.
type place struct{ value, mask byte }

// readHex reads bytes in hexadecimal. Blanks, commas, colons and 0x between bytes mean nothing.
func (p *Pattern) readHex(text string) error {
	for i := 0; i < len(text); {
		if strings.IndexByte(" \t\n,:;-", text[i]) >= 0 {
			i++
			continue
		}
		if strings.HasPrefix(text[i:], "0x") || strings.HasPrefix(text[i:], "0X") || strings.HasPrefix(text[i:], `\x`) {
			if i += 2; i == len(text) {
				return &Error{text, i - 2, i, "a byte must follow 0x"}
			}
		}
		high, ok := digit(text[i])
		if !ok {
			return badDigit(text, i)
		}
		if i+1 == len(text) {
			return &Error{text, i, i + 1, "a byte is two digits; the second one is missing"}
		}
		low, ok := digit(text[i+1])
		if !ok {
			if strings.IndexByte(" \t\n,:;-", text[i+1]) >= 0 {
				return &Error{text, i, i + 1, "a byte is two digits; the second one is missing"}
			}
			return badDigit(text, i+1)
		}
		p.hex = append(p.hex, place{high.value<<4 | low.value, high.mask<<4 | low.mask})
		i += 2
	}
	longest := 0
	for i := 0; i < len(p.hex); {
		n := 0
		for i+n < len(p.hex) && p.hex[i+n].mask == 0xFF {
			n++
		}
		if n > longest {
			p.run, longest = i, n
		}
		i += n + 1
	}
	for _, b := range p.hex {
		if b.mask != 0 {
			return nil
		}
	}
	return &Error{text, 0, len(text), "there must be a byte that is known"}
}

func badDigit(text string, i int) error {
	r := []rune(text[i:])[0]
	return &Error{text, i, i + len(string(r)), "\u201c" + string(r) + "\u201d is no hexadecimal digit; write bytes like de ad be ef, or ? for any digit"}
}

// digit returns four bits of a byte.
func digit(c byte) (place, bool) {
	switch {
	case c >= '0' && c <= '9':
		return place{c - '0', 0xF}, true
	case c >= 'a' && c <= 'f':
		return place{c - 'a' + 10, 0xF}, true
	case c >= 'A' && c <= 'F':
		return place{c - 'A' + 10, 0xF}, true
	case c == '?':
		return place{}, true
	}
	return place{}, false
}

// known returns the longest run of bytes that are known as a whole.
func (p *Pattern) known() []byte {
	var run []byte
	for i := p.run; i < len(p.hex) && p.hex[i].mask == 0xFF; i++ {
		run = append(run, p.hex[i].value)
	}
	return run
}

func (p *Pattern) indexHex(b []byte, from int) int {
	run := p.known()
	for last := len(b) - len(p.hex); from <= last; from++ {
		if len(run) > 0 {
			i := bytes.Index(b[from+p.run:], run)
			if i < 0 {
				return -1
			}
			if from += i; from > last {
				return -1
			}
		}
		if p.hexAt(b[from:]) {
			return from
		}
	}
	return -1
}

func (p *Pattern) hexAt(b []byte) bool {
	for i, h := range p.hex {
		if b[i]&h.mask != h.value {
			return false
		}
	}
	return true
}

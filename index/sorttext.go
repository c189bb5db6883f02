package index

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/scapls/scapls/filter/field"
)

// maxSortBytes is how many bytes the different texts of a column may have altogether to be sorted by.
var maxSortBytes int64 = 512 << 20

// TextsError says that a column has too many different texts to be sorted by.
type TextsError struct{ Field string }

// Error says what can be done.
func (e *TextsError) Error() string {
	return fmt.Sprintf("sort by %s: its different texts take more than %d MB; filter the list first", e.Field, maxSortBytes>>20)
}

// number returns a value of a numeric kind as an unsigned number of the same order.
func number(v field.Value) uint64 {
	switch v.Kind {
	case field.Int:
		return v.U ^ 1<<63
	case field.Float:
		if f := v.Float(); f == 0 || math.IsNaN(f) { // no two zeros; what is no number comes first
			if f != 0 {
				return 0
			}
			return 1 << 63
		}
		if v.U>>63 != 0 {
			return ^v.U
		}
		return v.U | 1<<63
	}
	return v.U
}

// The classes of values of fields that may have values of several kinds, as the first byte of a text.
const (
	classNumber = iota
	classAddress
	classText
)

// appendSortText appends a value so that compareTexts knows its order.
func appendSortText(dst []byte, v field.Value) []byte {
	switch v.Kind {
	case field.String, field.Bytes, field.Elements:
		return append(append(dst, classText), v.B...)
	case field.IP: // IPv4 first
		return append(append(dst, classAddress, byte(len(v.B))), v.B...)
	case field.Int:
		if v.Int() < 0 {
			return binary.BigEndian.AppendUint64(append(dst, classNumber, 0), v.U)
		}
	case field.Float:
		v.U = number(v)
	}
	return binary.BigEndian.AppendUint64(append(dst, classNumber, 1), v.U)
}

// compareTexts orders what appendSortText made: texts by the numbers in them, then by their bytes.
func compareTexts(a, b string) int {
	if a == "" || b == "" || a[0] != classText || b[0] != classText {
		return strings.Compare(a, b)
	}
	i, n := 1, min(len(a), len(b))
	for i < n && a[i] == b[i] {
		i++
	}
	if i < len(a) && digit(a[i]) || i < len(b) && digit(b[i]) {
		from := i // of the numbers in which they differ
		for from > 1 && digit(a[from-1]) {
			from--
		}
		if x, y := digits(a[from:]), digits(b[from:]); x != "" && y != "" {
			c := compareNumbers(x, y)
			switch {
			case c == 0:
				return len(y) - len(x) // more zeros before it
			case from == 2 && a[1] == '-': // a number at the beginning may be negative
				return -c
			}
			return c
		}
	}
	if i == n {
		return len(a) - len(b)
	}
	return int(a[i]) - int(b[i])
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// digits returns the digits at the start of a text.
func digits(s string) string {
	n := 0
	for n < len(s) && digit(s[n]) {
		n++
	}
	return s[:n]
}

// compareNumbers compares numbers by their digits.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// dictionary numbers different texts.
type dictionary struct {
	numbers map[string]uint32
	texts   []string
	ranks   []uint32 // which each is of those of all dictionaries
	bytes   int64
}

// add returns the number of a text.
func (d *dictionary) add(text []byte) uint32 {
	if n, ok := d.numbers[string(text)]; ok {
		return n
	}
	if d.numbers == nil {
		d.numbers = map[string]uint32{}
	}
	s, n := string(text), uint32(len(d.texts))
	d.numbers[s] = n
	d.texts = append(d.texts, s)
	d.bytes += int64(len(s)) + 64 // about what the table takes
	return n
}

// rankTexts tells which each text is of all, and gives the parts their ranks.
func (s *sorter) rankTexts(ctx context.Context, takers []*taker) error {
	orders := make([][]uint32, len(takers))
	var wg sync.WaitGroup
	for i, t := range takers {
		d := &t.dict
		d.numbers = nil
		wg.Go(func() { // ends by itself, soon when ctx ends
			list := make([]uint32, len(d.texts))
			for k := range list {
				list[k] = uint32(k)
			}
			asked := 0
			stopped := false
			slices.SortFunc(list, func(a, b uint32) int {
				if asked++; asked%4096 == 0 && ctx.Err() != nil {
					stopped = true
				}
				if stopped {
					return 0
				}
				return compareTexts(d.texts[a], d.texts[b])
			})
			orders[i] = list
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	mergeRanks(takers, orders)
	for _, t := range takers {
		for _, k := range t.segments {
			s.parts[k].ranks = t.dict.ranks
		}
		t.dict.texts = nil
	}
	return nil
}

// mergeRanks goes through the sorted dictionaries side by side.
func mergeRanks(takers []*taker, orders [][]uint32) {
	at := make([]int, len(takers))
	for _, t := range takers {
		t.dict.ranks = make([]uint32, len(t.dict.texts))
	}
	last, rank, any := "", uint32(0), false
	for {
		least := -1
		var text string
		for i, t := range takers {
			if at[i] == len(orders[i]) {
				continue
			}
			if s := t.dict.texts[orders[i][at[i]]]; least < 0 || compareTexts(s, text) < 0 {
				least, text = i, s
			}
		}
		if least < 0 {
			return
		}
		if any && text != last {
			rank++
		}
		last, any = text, true
		takers[least].dict.ranks[orders[least][at[least]]] = rank
		at[least]++
	}
}

package notes

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxShift bounds a time shift: a hundred years, ns.
const maxShift = 100 * 365 * 24 * int64(time.Hour)

// ParseShift reads an offset as people write it: "+1:30:00", "-2.5" for seconds, "90m", "1h30m", "-250ms", "2d".
func ParseShift(text string) (ns int64, err error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "−", "-"))
	body, negative := strings.CutPrefix(text, "-")
	body = strings.TrimSpace(strings.TrimPrefix(body, "+"))
	ns, ok := offset(body)
	if !ok {
		return 0, fmt.Errorf("%.40q is no offset; write +1:30:00, -2.5 for seconds, 90m, 250ms or 2d", text)
	}
	if ns > maxShift {
		return 0, fmt.Errorf("%.40q is too far: at most 100 years", text)
	}
	if negative {
		ns = -ns
	}
	return ns, nil
}

func offset(text string) (ns int64, ok bool) {
	if text == "" || text[0] == '-' {
		return 0, false
	}
	days := int64(0)
	if d, rest, found := strings.Cut(text, "d"); found {
		n, err := strconv.ParseUint(strings.TrimSpace(d), 10, 16)
		if err != nil {
			return 0, false
		}
		days = int64(n) * 24 * int64(time.Hour)
		if text = strings.TrimSpace(rest); text == "" {
			return days, true
		}
	}
	if parts := strings.Split(text, ":"); len(parts) > 1 {
		if len(parts) > 3 {
			return 0, false
		}
		for len(parts) < 3 { // 1:30 is hours and minutes
			parts = append(parts, "0")
		}
		h, err1 := strconv.ParseUint(parts[0], 10, 20)
		m, err2 := strconv.ParseUint(parts[1], 10, 6)
		s, ok := seconds(parts[2])
		if err1 != nil || err2 != nil || !ok || m > 59 || s >= 60e9 {
			return 0, false
		}
		return days + int64(h)*int64(time.Hour) + int64(m)*int64(time.Minute) + s, true
	}
	if s, ok := seconds(text); ok {
		return days + s, true
	}
	d, err := time.ParseDuration(strings.ReplaceAll(text, " ", ""))
	if err != nil || d < 0 {
		return 0, false
	}
	return days + int64(d), true
}

// seconds reads a decimal number of seconds exactly, as ns.
func seconds(text string) (ns int64, ok bool) {
	whole, fraction, dot := strings.Cut(text, ".")
	if whole == "" || dot && fraction == "" || len(fraction) > 9 {
		return 0, false
	}
	n, err := strconv.ParseUint(whole, 10, 62)
	if err != nil {
		return 0, false
	}
	f := uint64(0)
	if dot {
		if f, err = strconv.ParseUint((fraction + "000000000")[:9], 10, 62); err != nil {
			return 0, false
		}
	}
	if n > uint64(maxShift)/1e9 {
		return maxShift + 1, true
	}
	return int64(n)*1e9 + int64(f), true
}

// ShiftText writes an offset with its sign, so that ParseShift reads it: +1:30:00, -0:00:02.5.
func ShiftText(ns int64) string {
	sign := "+"
	n := uint64(ns)
	if ns < 0 {
		sign, n = "-", -n
	}
	text := ""
	if days := n / uint64(24*time.Hour); days > 0 {
		text = strconv.FormatUint(days, 10) + "d "
		n %= uint64(24 * time.Hour)
	}
	s := n / 1e9
	text = fmt.Sprintf("%s%s%d:%02d:%02d", sign, text, s/3600, s/60%60, s%60)
	if f := n % 1e9; f > 0 {
		text += strings.TrimRight(fmt.Sprintf(".%09d", f), "0")
	}
	return text
}

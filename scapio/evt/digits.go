package evt

const pairs = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"

// AppendUint appends v in decimal. It is strconv.AppendUint for the short numbers that events are full of.
func AppendUint(dst []byte, v uint64) []byte {
	if v < 10 {
		return append(dst, byte('0'+v))
	}
	if v < 100 {
		return append(dst, pairs[2*v], pairs[2*v+1])
	}
	var b [20]byte
	i := len(b)
	for v >= 100 {
		q := v / 100
		d := 2 * (v - 100*q)
		i -= 2
		b[i], b[i+1] = pairs[d], pairs[d+1]
		v = q
	}
	i--
	if v >= 10 {
		b[i] = pairs[2*v+1]
		i--
		b[i] = pairs[2*v]
	} else {
		b[i] = byte('0' + v)
	}
	return append(dst, b[i:]...)
}

// AppendInt appends v in decimal.
func AppendInt(dst []byte, v int64) []byte {
	if v < 0 {
		return AppendUint(append(dst, '-'), -uint64(v))
	}
	return AppendUint(dst, uint64(v))
}

// AppendNine appends v, less than 1e9, with leading zeros to nine digits: the fraction of a second in ns.
func AppendNine(dst []byte, v uint64) []byte {
	var b [9]byte
	b[0] = byte('0' + v/1e8)
	v %= 1e8
	for i := 7; i >= 1; i -= 2 {
		d := v % 100 * 2
		v /= 100
		b[i], b[i+1] = pairs[d], pairs[d+1]
	}
	return append(dst, b[:]...)
}

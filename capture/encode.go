package capture

import (
	"encoding/binary"

	"github.com/scapls/scapls/scapio/evtable"
)

// encode returns an event of no thread. Lengths have four bytes in types that may be large, else two.
func encode(ts uint64, typ uint16, params ...[]byte) []byte {
	le := binary.LittleEndian
	b := le.AppendUint64(make([]byte, 0, 256), ts)
	b = le.AppendUint64(b, ^uint64(0))
	b = le.AppendUint32(b, 0)
	b = le.AppendUint16(b, typ)
	b = le.AppendUint32(b, uint32(len(params)))
	large := largeType(typ)
	for _, p := range params {
		if large {
			b = le.AppendUint32(b, uint32(len(p)))
		} else {
			b = le.AppendUint16(b, uint16(len(p)))
		}
	}
	for _, p := range params {
		b = append(b, p...)
	}
	le.PutUint32(b[16:], uint32(len(b)))
	return b
}

func le32(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }

// text returns a text as a parameter; longer ones than a name may be are cut.
func text(s string) []byte {
	const most = 4095
	return append([]byte(s[:min(len(s), most)]), 0)
}

// largeType reports whether the lengths of a type's parameters have four bytes.
func largeType(typ uint16) bool {
	t := evtable.Lookup(typ)
	return t != nil && t.Flags&evtable.EFLargePayload != 0
}

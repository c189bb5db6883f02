package scapio

import "encoding/binary"

// An event block may carry pcapng options behind its event, padded to four bytes (SCAP_FORMAT §9): Wireshark's tools
// keep comments on events there. The readers of sysdig and Falco pass them over.

// eventHead is the length of an event's header as the first version has it, bytes; its length word stands at eventLen.
const (
	eventHead = 22
	eventLen  = 16
)

// optionsAt returns where in the body of an event or packet block its options begin: len(body) when there are none.
func optionsAt(t BlockType, body []byte) int {
	end := 0
	switch {
	case t == EnhancedPacket && len(body) >= 20:
		n := binary.LittleEndian.Uint32(body[12:])
		if uint64(n) > uint64(len(body)-20) {
			return len(body)
		}
		end = 20 + int(n)
	case t.IsEvent():
		_, _, event, err := EventBody(t, body)
		if err != nil || len(event) < eventHead {
			return len(body)
		}
		n := binary.LittleEndian.Uint32(event[eventLen:])
		if n < eventHead || uint64(n) > uint64(len(event)) {
			return len(body)
		}
		end = len(body) - len(event) + int(n)
	default:
		return len(body)
	}
	return min((end+3)&^3, len(body))
}

// BlockOptions returns the pcapng options of an event or packet block, nil when it has none.
func BlockOptions(t BlockType, body []byte) []Option {
	at := optionsAt(t, body)
	if len(body)-at < 4 {
		return nil
	}
	var list []Option
	Options(body[at:], func(code uint16, v []byte) { list = append(list, Option{code, v}) })
	return list
}

// Comments returns the comments on an event or packet block.
func Comments(t BlockType, body []byte) (list []string) {
	for _, o := range BlockOptions(t, body) {
		if o.Code == optComment {
			list = append(list, string(o.Value))
		}
	}
	return list
}

// maxComment is the longest comment, in bytes: the length word of an option has 16 bits.
const maxComment = 1<<16 - 4

// Commented writes an event or packet block as it is, with comments behind those it has; one it has already is not
// written twice, one too long is cut. A block that cannot have comments is written without. ErrTooLarge is returned, and
// nothing written, when there is no room for them in a block that the peers can read.
func (w *Writer) Commented(t BlockType, body []byte, comments ...string) error {
	if !t.IsEvent() && t != EnhancedPacket {
		return w.Block(t, body)
	}
	options := BlockOptions(t, body)
	before := len(options)
	for _, c := range comments {
		c = cutText(c, maxComment)
		if c == "" || hasComment(options, c) {
			continue
		}
		options = append(options, CommentOption(c))
	}
	if len(options) == before {
		return w.Block(t, body)
	}
	b := append(w.start(), body[:optionsAt(t, body)]...)
	b = append(b, make([]byte, -len(b)&3)...)
	b = AppendOptions(b, options...)
	if t.IsEvent() {
		return w.finishEvent(t, b)
	}
	return w.finish(t, b)
}

func hasComment(options []Option, text string) bool {
	for _, o := range options {
		if o.Code == optComment && string(o.Value) == text {
			return true
		}
	}
	return false
}

// cutText returns at most n bytes of a text, whole characters.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

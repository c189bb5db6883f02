package scapio

// Relist writes a block that is no event with the current block type of its kind. A list that cannot be read to its end
// is copied, and so is what is no list.
func (w *Writer) Relist(blk *Block) error {
	switch t := blk.Type; t {
	case SectionHeader:
		if len(blk.Body) < 16 {
			break
		}
		var options []Option
		Options(blk.Body[16:], func(code uint16, v []byte) {
			options = append(options, Option{Code: code, Value: v})
		})
		return w.Section(options...)
	case MachineInfo, MachineInfoInt:
		if m, err := ParseMachine(blk.Body); err == nil {
			return w.Machine(m)
		}
	case InterfaceListV1, InterfaceListV2, InterfaceListV1Int:
		if list, err := ParseInterfaces(t, blk.Body); err == nil {
			return w.Interfaces(list)
		}
	case UserListV1, UserListV2, UserListV1Int:
		if users, groups, err := ParseUsers(t, blk.Body); err == nil {
			return w.Users(users, groups)
		}
	case FDListV1, FDListV2, FDListV1Int:
		if tid, list, err := ParseFDs(t, blk.Body); err == nil {
			return w.FDs(tid, list)
		}
	default:
		if ProcListVersion(t) > 0 {
			if list, err := ParseThreads(t, blk.Body); err == nil {
				return w.Threads(list)
			}
		}
	}
	return w.Block(blk.Type, blk.Body)
}

// flagged are the event blocks with a flags word for those without.
var flagged = map[BlockType]BlockType{
	EventV1: EventFlagsV1, EventV1Int: EventFlagsV1, EventV2: EventFlagsV2, EventV2Large: EventFlagsLarge,
}

// Flagged writes an event block as it is, but with flags among those of its event. ErrTooLarge is returned, and nothing
// written, when there is no room for the flags word.
func (w *Writer) Flagged(t BlockType, body []byte, flags uint32) error {
	if flags == 0 {
		return w.Block(t, body)
	}
	if len(body) < 6 {
		return errEntry
	}
	b := append(w.start(), body[:2]...)
	if t.HasFlags() {
		flags |= uint32(body[2]) | uint32(body[3])<<8 | uint32(body[4])<<16 | uint32(body[5])<<24
		body = body[4:]
	} else {
		t = flagged[t]
	}
	return w.finishEvent(t, append(put32(b, flags), body[2:]...))
}

package scapio

import "fmt"

// BlockType is the type word of a pcapng block.
type BlockType uint32

// Plain pcapng blocks (draft-ietf-opsawg-pcapng).
const (
	SectionHeader  BlockType = 0x0A0D0D0A
	InterfaceDesc  BlockType = 1
	OldPacket      BlockType = 2
	SimplePacket   BlockType = 3
	NameResolution BlockType = 4
	InterfaceStats BlockType = 5
	EnhancedPacket BlockType = 6
)

// The scap blocks (SCAP_FORMAT §3). The pre-release numbers ("Int") have the bodies of their V1, V2 and V3 twins.
const (
	MachineInfo    BlockType = 0x201
	MachineInfoInt BlockType = 0x8002ABCD

	ProcListV1    BlockType = 0x202
	ProcListV2    BlockType = 0x207
	ProcListV3    BlockType = 0x209
	ProcListV4    BlockType = 0x210
	ProcListV5    BlockType = 0x211
	ProcListV6    BlockType = 0x212
	ProcListV7    BlockType = 0x213
	ProcListV8    BlockType = 0x214
	ProcListV9    BlockType = 0x215
	ProcListV1Int BlockType = 0x8000ABCD
	ProcListV2Int BlockType = 0x8013ABCD
	ProcListV3Int BlockType = 0x8014ABCD

	FDListV1    BlockType = 0x203
	FDListV2    BlockType = 0x218
	FDListV1Int BlockType = 0x8001ABCD

	EventV1         BlockType = 0x204
	EventV2         BlockType = 0x216
	EventV2Large    BlockType = 0x221
	EventV1Int      BlockType = 0x8010ABCD
	EventFlagsV1    BlockType = 0x208
	EventFlagsV2    BlockType = 0x217
	EventFlagsLarge BlockType = 0x222

	InterfaceListV1    BlockType = 0x205
	InterfaceListV2    BlockType = 0x219
	InterfaceListV1Int BlockType = 0x8011ABCD

	UserListV1    BlockType = 0x206
	UserListV2    BlockType = 0x220
	UserListV1Int BlockType = 0x8012ABCD
)

var blockNames = map[BlockType]string{
	SectionHeader: "section header", InterfaceDesc: "interface description", OldPacket: "packet (obsolete)",
	SimplePacket: "simple packet", NameResolution: "name resolution", InterfaceStats: "interface statistics",
	EnhancedPacket: "enhanced packet", MachineInfo: "machine info", MachineInfoInt: "machine info (pre-release)",
	ProcListV1: "process list v1", ProcListV2: "process list v2", ProcListV3: "process list v3",
	ProcListV4: "process list v4", ProcListV5: "process list v5", ProcListV6: "process list v6",
	ProcListV7: "process list v7", ProcListV8: "process list v8", ProcListV9: "process list v9",
	ProcListV1Int: "process list v1 (pre-release)", ProcListV2Int: "process list v2 (pre-release)",
	ProcListV3Int: "process list v3 (pre-release)", FDListV1: "fd list v1", FDListV2: "fd list v2",
	FDListV1Int: "fd list v1 (pre-release)", EventV1: "event v1", EventV2: "event v2", EventV2Large: "large event v2",
	EventV1Int: "event v1 (pre-release)", EventFlagsV1: "event with flags v1", EventFlagsV2: "event with flags v2",
	EventFlagsLarge: "large event with flags v2", InterfaceListV1: "interface list v1",
	InterfaceListV2: "interface list v2", InterfaceListV1Int: "interface list v1 (pre-release)",
	UserListV1: "user list v1", UserListV2: "user list v2", UserListV1Int: "user list v1 (pre-release)",
}

// String returns the block's name in words, or its number when it is none of ours.
func (t BlockType) String() string {
	if s := blockNames[t]; s != "" {
		return s
	}
	return fmt.Sprintf("block type %#x", uint32(t))
}

// IsEvent reports whether a block carries a scap event.
func (t BlockType) IsEvent() bool {
	switch t {
	case EventV1, EventV2, EventV2Large, EventV1Int, EventFlagsV1, EventFlagsV2, EventFlagsLarge:
		return true
	}
	return false
}

// IsPacket reports whether a block carries a network packet.
func (t BlockType) IsPacket() bool {
	return t == EnhancedPacket || t == SimplePacket || t == OldPacket
}

// HasFlags reports whether an event block carries a flags word behind its cpu id.
func (t BlockType) HasFlags() bool {
	return t == EventFlagsV1 || t == EventFlagsV2 || t == EventFlagsLarge
}

// HasCount reports whether the event header in this block carries a parameter count (version 2).
func (t BlockType) HasCount() bool {
	switch t {
	case EventV2, EventV2Large, EventFlagsV2, EventFlagsLarge:
		return true
	}
	return false
}

// Known reports whether scapls gives the block a meaning; others are skipped.
func (t BlockType) Known() bool { return blockNames[t] != "" }

// Block is one block of the file. Body borrows the reader's buffer: it is valid until the next call of Next.
type Block struct {
	Type BlockType
	Off  int64  // of the block's first byte in the uncompressed file
	Len  uint32 // whole length as the header says
	Body []byte // between header and trailer, padding included
}

// CorruptError says where a capture is damaged. What was read before stays valid.
type CorruptError struct {
	Off   int64     // in the uncompressed file
	Block BlockType // 0 when not even the block's type could be read
	Err   error
}

func (e *CorruptError) Error() string {
	if e.Block == 0 {
		return fmt.Sprintf("damaged at offset %d: %v", e.Off, e.Err)
	}
	return fmt.Sprintf("damaged at offset %d, in the %s block: %v", e.Off, e.Block, e.Err)
}

func (e *CorruptError) Unwrap() error { return e.Err }

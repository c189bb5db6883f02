package scapio_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime/metrics"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// tally is what a walk through a capture met.
type tally struct {
	blocks, events, bad int // bad: blocks whose content is damaged
	threads, fds        int
	warnings            []*scapio.CorruptError
	err                 error // nil at a clean end
}

// walk reads all blocks and takes each apart.
func walk(src io.Reader) (n tally) {
	r := scapio.NewReader(src)
	var ifs []scapio.PacketInterface
	var ev evt.Event
	for {
		blk, err := r.Next()
		n.warnings = append(n.warnings, r.Warnings()...)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				n.err = err
			}
			return n
		}
		n.blocks++
		err = nil
		switch t := blk.Type; {
		case t.IsEvent():
			n.events++
			var raw []byte
			if _, _, raw, err = scapio.EventBody(t, blk.Body); err == nil {
				if err = ev.Decode(raw, t.HasCount()); err == nil {
					for i := range ev.N {
						_ = ev.Param(i)
					}
				}
			}
		case t.IsPacket():
			_, err = scapio.ParsePacket(t, blk.Body, ifs)
		case t == scapio.InterfaceDesc:
			var i scapio.PacketInterface
			i, err = scapio.ParsePacketInterface(blk.Body)
			ifs = append(ifs, i)
		case t == scapio.MachineInfo, t == scapio.MachineInfoInt:
			_, err = scapio.ParseMachine(blk.Body)
		case t == scapio.FDListV1, t == scapio.FDListV2, t == scapio.FDListV1Int:
			var l []scapio.FD
			_, l, err = scapio.ParseFDs(t, blk.Body)
			n.fds += len(l)
		case t == scapio.InterfaceListV1, t == scapio.InterfaceListV2, t == scapio.InterfaceListV1Int:
			_, err = scapio.ParseInterfaces(t, blk.Body)
		case t == scapio.UserListV1, t == scapio.UserListV2, t == scapio.UserListV1Int:
			_, _, err = scapio.ParseUsers(t, blk.Body)
		case scapio.ProcListVersion(t) > 0:
			var l []scapio.Thread
			l, err = scapio.ParseThreads(t, blk.Body)
			n.threads += len(l)
		}
		if err != nil {
			n.bad++
		}
	}
}

// small is a capture with every list, packets, old and new events.
func small(t testing.TB) []byte {
	return scapiotest.Capture(t, func(w *scapio.Writer) {
		scapiotest.Lists(w)
		_ = w.PacketInterface(scapio.PacketInterface{LinkType: 1, Name: "eth0"})
		scapiotest.Events(w, 3)
		_ = w.Packet(scapio.Packet{TS: scapiotest.T0, Len: 5, Data: []byte("frame")})
		_ = w.EventAs(scapio.EventV1, 0, 0, scapiotest.T0, 200, evtable.SyscallCloseX, scapiotest.U64(0))
		_ = w.EventAs(scapio.EventFlagsV1, 0, 1, scapiotest.T0, 200, evtable.SyscallCloseE, scapiotest.U64(9))
		_ = w.Event(0, 0, scapiotest.T0, -1, evtable.ContainerJson2E, []byte(`{"container":{"id":"abc"}}`+"\x00"))
		_ = w.Event(0, 1, scapiotest.T0, 200, evtable.SyscallCloseX, scapiotest.U64(0))
	})
}

func TestACutCaptureKeepsWhatCameBefore(t *testing.T) {
	check := func(t *testing.T, b []byte, step int) {
		at := scapiotest.Offsets(b)
		require.Equal(t, len(b), at[len(at)-1])
		cuts := step
		for n := 1; n < len(b); n += cuts {
			if n > 60_000 { // the lists are behind us
				cuts = 7 * step
			}
			i, whole := slices.BinarySearch(at, n)
			got := walk(bytes.NewReader(b[:n]))
			require.Zero(t, got.bad)
			if whole {
				require.NoError(t, got.err, "cut at %d", n)
				require.Equal(t, i, got.blocks)
				continue
			}
			require.Equal(t, i-1, got.blocks, "cut at %d", n)
			require.ErrorIs(t, got.err, scapio.ErrTruncated, "cut at %d", n)
			var c *scapio.CorruptError
			require.ErrorAs(t, got.err, &c)
			require.EqualValues(t, at[i-1], c.Off)
		}
	}
	t.Run("at any byte of a small one", func(t *testing.T) { check(t, small(t), 1) })
	t.Run("at places all over real ones", func(t *testing.T) {
		step := 97
		if testing.Short() {
			step = 997
		}
		check(t, scapiotest.Bytes(t, scapiotest.Repo(t, "live_old-sysmix.scap")), step)
		check(t, scapiotest.Bytes(t, scapiotest.Repo(t, "live_new-sysmix.scap")), step)
	})
	t.Run("at places all over old ones", func(t *testing.T) {
		for _, f := range scapiotest.Shared(t, "falco_", "libs_") {
			check(t, scapiotest.Bytes(t, f), 997)
		}
	})
}

// allocated returns what f has allocated, in bytes; small objects are counted late.
func allocated(f func()) uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	before := sample[0].Value.Uint64()
	f()
	metrics.Read(sample)
	return sample[0].Value.Uint64() - before
}

// values are what a damaged word may be.
func values(width int, old uint64) []uint64 {
	most := uint64(1)<<(8*width) - 1
	if width == 8 {
		most = ^uint64(0)
	}
	return []uint64{0, 1, old - 1, old + 1, most, most>>1 + 1}
}

func put(b []byte, width int, v uint64) {
	for i := range width {
		b[i] = byte(v >> (8 * i))
	}
}

func TestWrongLengthsNeverHurt(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine: nothing for the race detector")
	}
	b := small(t)
	bound := allocated(func() { walk(bytes.NewReader(b)) }) + uint64(40*len(b)) + 64<<10
	// Whatever is a length, an entry's length, a string's or a parameter's is among these words: every one of them is
	// overwritten, at every place.
	for _, width := range []int{2, 4} {
		for at := 0; at+width <= len(b); at++ {
			var w [8]byte
			copy(w[:], b[at:at+width])
			all := values(width, binary.LittleEndian.Uint64(w[:]))
			used := allocated(func() {
				for _, v := range all {
					put(b[at:], width, v)
					got := walk(bytes.NewReader(b))
					var c *scapio.CorruptError
					if got.err != nil && !errors.As(got.err, &c) && !errors.Is(got.err, scapio.ErrNotCapture) {
						t.Fatalf("an error without an offset: %v", got.err)
					}
				}
			})
			copy(b[at:], w[:width])
			if used > bound*uint64(len(all)) {
				t.Fatalf("%d bytes allocated with damage in the %d bytes at %d", used, width, at)
			}
		}
	}
}

func TestWrongFramingOfRealCapturesNeverHurts(t *testing.T) {
	b := scapiotest.Bytes(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	whole := walk(bytes.NewReader(b))
	require.NoError(t, whole.err)
	at := scapiotest.Offsets(b)
	step := 41
	for i := 0; i+1 < len(at); i += step {
		for _, word := range []int{at[i] + 4, at[i+1] - 4} {
			old := binary.LittleEndian.Uint32(b[word:])
			for _, v := range values(4, uint64(old)) {
				put(b[word:], 4, v)
				got := walk(bytes.NewReader(b))
				require.LessOrEqual(t, got.blocks, whole.blocks+i+1)
				require.GreaterOrEqual(t, got.blocks, i)
				if uint32(v) != old {
					require.True(t, got.err != nil || len(got.warnings) > 0, "nothing is said of the damage at %d", word)
				}
			}
			put(b[word:], 4, uint64(old))
		}
	}
}

func TestAWrongTrailerOfAnEventIsPassedOver(t *testing.T) {
	// The reader looks ahead behind such a block, which may move its buffer: every size of reads is tried.
	b := scapiotest.Capture(t, func(w *scapio.Writer) {
		_ = w.Section()
		for i := range 9 {
			_ = w.Event(uint16(i), 0, uint64(i), int64(i), evtable.SyscallReadX, nil, bytes.Repeat([]byte{byte('a' + i)}, 60_000))
		}
	})
	at := scapiotest.Offsets(b)
	for i := 2; i < len(at); i++ {
		b[at[i]-4] ^= 0x55
	}
	r := scapio.NewReader(bytes.NewReader(b))
	_, err := r.Next()
	require.NoError(t, err)
	for i := range 9 {
		blk, err := r.Next()
		require.NoError(t, err)
		ev := decode(t, blk)
		require.EqualValues(t, i, ev.TS)
		require.Equal(t, bytes.Repeat([]byte{byte('a' + i)}, 60_000), ev.Param(1))
		require.Len(t, r.Warnings(), 1)
	}
	_, err = r.Next()
	require.Equal(t, io.EOF, err)
}

func TestAFileThatGrowsIsReadOn(t *testing.T) {
	b := small(t)
	at := scapiotest.Offsets(b)
	for _, piece := range []int{1, 3, 13, 100, 1000} {
		path := filepath.Join(t.TempDir(), "growing.scap")
		f, err := os.Create(path)
		require.NoError(t, err)
		in, err := scapio.Open(path)
		require.NoError(t, err)
		r := scapio.NewReader(in)
		blocks := 0
		for n := 0; n < len(b); {
			k := min(piece, len(b)-n)
			_, err := f.Write(b[n : n+k])
			require.NoError(t, err)
			n += k
			for {
				blk, err := r.Next()
				if err != nil {
					if !errors.Is(err, io.EOF) {
						require.ErrorIs(t, err, scapio.ErrTruncated)
					}
					break
				}
				require.EqualValues(t, at[blocks], blk.Off)
				require.Equal(t, b[at[blocks]+8:at[blocks+1]-4], blk.Body)
				blocks++
			}
		}
		require.Equal(t, len(at)-1, blocks)
		require.NoError(t, f.Close())
		require.NoError(t, in.Close())
	}
}

func TestTheSizeOfReadsDoesNotMatter(t *testing.T) {
	b := small(t)
	want := walk(bytes.NewReader(b))
	require.NoError(t, want.err)
	require.Zero(t, want.bad)
	require.Equal(t, want, walk(iotest.OneByteReader(bytes.NewReader(b))))
	require.Equal(t, want, walk(iotest.DataErrReader(bytes.NewReader(b))))
	require.Equal(t, want, walk(iotest.HalfReader(bytes.NewReader(b))))
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestASourceThatGivesNothingIsAnError(t *testing.T) {
	require.ErrorIs(t, walk(idle{}).err, io.ErrNoProgress)
	got := walk(iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(small(t)))))
	require.ErrorIs(t, got.err, iotest.ErrTimeout)
}

func TestWhatIsNoCaptureIsRefused(t *testing.T) {
	for name, b := range map[string][]byte{
		"text":               []byte("hello, this is a text of some length"),
		"two bytes":          []byte("ab"),
		"an event at first":  scapiotest.Capture(t, func(w *scapio.Writer) { scapiotest.Events(w, 1) }),
		"zeros":              make([]byte, 4096),
		"an old pcap file":   {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0},
		"a section mark cut": {0x0A, 0x0D, 0x0D, 0x0B},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorIs(t, walk(bytes.NewReader(b)).err, scapio.ErrNotCapture) })
	}
	t.Run("an empty file is an end", func(t *testing.T) {
		require.Equal(t, tally{}, walk(bytes.NewReader(nil)))
	})
}

func TestSectionHeaders(t *testing.T) {
	version := func(major, minor uint16) tally {
		return walk(bytes.NewReader(scapiotest.Capture(t, func(w *scapio.Writer) {
			_ = w.SectionAs(major, minor)
			scapiotest.Events(w, 1)
		})))
	}
	t.Run("of any minor version are read", func(t *testing.T) {
		for _, minor := range []uint16{0, 1, 2, 9} {
			require.Equal(t, tally{blocks: 3, events: 2}, version(1, minor))
		}
		require.Equal(t, tally{blocks: 3, events: 2}, version(0, 5))
	})
	t.Run("of the next major version are refused", func(t *testing.T) {
		require.ErrorContains(t, version(2, 0).err, "format version 2 is newer")
	})
	t.Run("of big-endian machines are refused", func(t *testing.T) {
		b := small(t)
		slices.Reverse(b[8:12])
		require.ErrorContains(t, walk(bytes.NewReader(b)).err, "big-endian")
		b[8] = 0
		require.ErrorContains(t, walk(bytes.NewReader(b)).err, "magic")
	})
	t.Run("may stand in the middle", func(t *testing.T) {
		b := small(t)
		one, two := walk(bytes.NewReader(b)), walk(bytes.NewReader(append(bytes.Clone(b), b...)))
		require.NoError(t, two.err)
		require.Equal(t, 2*one.events, two.events)
	})
}

func TestUnknownBlocksAreReadLikeOthers(t *testing.T) {
	b := scapiotest.Capture(t, func(w *scapio.Writer) {
		_ = w.Section()
		_ = w.Block(0xBAD, []byte("some secret"))
		scapiotest.Events(w, 1)
		_ = w.Block(0x80000BAD, nil)
		scapiotest.Events(w, 1)
	})
	require.Equal(t, tally{blocks: 7, events: 4}, walk(bytes.NewReader(b)))
}

func TestAnInterfaceListWhoseLengthIsTooSmallIsRepaired(t *testing.T) {
	for n := 1; n <= 4; n++ { // the peers' fault: 4 bytes per interface (SCAP_FORMAT §7)
		b := scapiotest.Capture(t, func(w *scapio.Writer) {
			_ = w.Section()
			_ = w.Interfaces(scapiotest.Interfaces()[:n])
			_ = w.Users(scapiotest.Users())
		})
		at := scapiotest.Offsets(b)
		wrong := binary.LittleEndian.Uint32(b[at[1]+4:]) - uint32(4*n)
		put(b[at[1]+4:], 4, uint64(wrong))
		put(b[at[2]-4:], 4, uint64(wrong))
		r := scapio.NewReader(bytes.NewReader(b))
		_, err := r.Next()
		require.NoError(t, err)
		blk, err := r.Next()
		require.NoError(t, err)
		list, err := scapio.ParseInterfaces(blk.Type, blk.Body)
		require.NoError(t, err)
		require.Equal(t, scapiotest.Interfaces()[:n], list)
		require.Len(t, r.Warnings(), 1)
		blk, err = r.Next()
		require.NoError(t, err)
		require.Equal(t, scapio.UserListV2, blk.Type)
	}
}

func TestDescriptorsOfUnknownType(t *testing.T) {
	list := []scapio.FD{{Num: 1, Type: 99, Name: "x"}, {Num: 2, Type: scapio.FDFifo, Name: "y"}}
	t.Run("are kept by the current list", func(t *testing.T) {
		blk := one(t, func(w *scapio.Writer) error { return w.FDs(1, list) })
		_, got, err := scapio.ParseFDs(blk.Type, blk.Body)
		require.NoError(t, err)
		require.Equal(t, []scapio.FD{{Num: 1, Type: scapio.FDUnsupported, Name: "unknown-type:[99]"}, list[1]}, got)
	})
	t.Run("end the old one", func(t *testing.T) {
		blk := one(t, func(w *scapio.Writer) error { return w.FDsAs(scapio.FDListV1, 1, list) })
		_, got, err := scapio.ParseFDs(blk.Type, blk.Body)
		require.ErrorContains(t, err, "99")
		require.Empty(t, got)
	})
}

// FuzzReader reads blocks and takes them apart.
func FuzzReader(f *testing.F) {
	b := small(f)
	f.Add(b)
	at := scapiotest.Offsets(b)
	for i := 1; i+1 < len(at); i++ { // each block alone
		f.Add(append(bytes.Clone(b[:at[1]]), b[at[i]:at[i+1]]...))
	}
	for _, t := range []scapio.BlockType{scapio.ProcListV1, scapio.ProcListV2, scapio.ProcListV5, scapio.ProcListV8} {
		f.Add(scapiotest.Capture(f, func(w *scapio.Writer) {
			_ = w.SectionAs(1, 0)
			_ = w.ThreadsAs(t, scapiotest.Threads()[:2], 0)
			_ = w.FDsAs(scapio.FDListV1, 1, scapiotest.FDs())
			_ = w.InterfacesAs(scapio.InterfaceListV1, scapiotest.Interfaces())
		}))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var got tally
		if used := allocated(func() { got = walk(bytes.NewReader(b)) }); used > 4<<20+uint64(100*len(b)) {
			t.Fatalf("%d bytes allocated for an input of %d", used, len(b))
		}
		if got.blocks*12 > len(b) {
			t.Fatalf("%d blocks in %d bytes", got.blocks, len(b))
		}
	})
}

package scapio_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// blocks returns the blocks of a capture, with bodies of their own.
func blocks(t testing.TB, b []byte) (list []scapio.Block) {
	t.Helper()
	r := scapio.NewReader(bytes.NewReader(b))
	for {
		blk, err := r.Next()
		if err != nil {
			return list
		}
		blk.Body = bytes.Clone(blk.Body)
		list = append(list, blk)
	}
}

func TestCommentsStandBehindEventsOfEveryBlock(t *testing.T) {
	for _, typ := range []scapio.BlockType{
		scapio.EventV1, scapio.EventV2, scapio.EventV2Large, scapio.EventFlagsV1, scapio.EventFlagsV2, scapio.EventFlagsLarge,
	} {
		for pad := range 4 {
			name := []byte("name" + strings.Repeat("x", pad))
			plain := blocks(t, scapiotest.Capture(t, func(w *scapio.Writer) {
				_ = w.Section()
				_ = w.EventAs(typ, 1, 0, scapiotest.T0, 7, evtable.SyscallOpenatE, scapiotest.U64(3), name, scapiotest.U32(1), scapiotest.U32(0))
			}))[1]
			require.Empty(t, scapio.Comments(plain.Type, plain.Body), typ.String())

			commented := func(blk scapio.Block, texts ...string) scapio.Block {
				return blocks(t, scapiotest.Capture(t, func(w *scapio.Writer) {
					_ = w.Section()
					require.NoError(t, w.Commented(blk.Type, blk.Body, texts...))
				}))[1]
			}
			one := commented(plain, "a note\nof two lines", "")
			require.Equal(t, []string{"a note\nof two lines"}, scapio.Comments(one.Type, one.Body), typ.String())
			two := commented(one, "a note\nof two lines", "ümläut")
			require.Equal(t, []string{"a note\nof two lines", "ümläut"}, scapio.Comments(two.Type, two.Body))
			require.Equal(t, plain, commented(plain, ""), "without a comment nothing changes")

			_, _, raw, err := scapio.EventBody(two.Type, two.Body)
			require.NoError(t, err)
			_, _, was, err := scapio.EventBody(plain.Type, plain.Body)
			require.NoError(t, err)
			var a, b evt.Event
			require.NoError(t, a.Decode(was, typ.HasCount()))
			require.NoError(t, b.Decode(raw, typ.HasCount()))
			require.Equal(t, a.Raw, b.Raw, "the event itself is as it was")
		}
	}
}

func TestALongCommentIsCutBetweenCharacters(t *testing.T) {
	blk := blocks(t, scapiotest.Capture(t, func(w *scapio.Writer) {
		_ = w.Section()
		_ = w.Packet(scapio.Packet{TS: 1, Len: 3, Data: []byte("abc")})
	}))[1]
	out := blocks(t, scapiotest.Capture(t, func(w *scapio.Writer) {
		_ = w.Section()
		require.NoError(t, w.Commented(blk.Type, blk.Body, strings.Repeat("ü", 40_000)))
	}))[1]
	got := scapio.Comments(out.Type, out.Body)
	require.Len(t, got, 1)
	require.Equal(t, strings.Repeat("ü", (1<<16-4)/2), got[0])
	p, err := scapio.ParsePacket(out.Type, out.Body, nil)
	require.NoError(t, err)
	require.Equal(t, "abc", string(p.Data))
}

func TestACommentThatLeavesNoRoomIsRefused(t *testing.T) {
	blk := blocks(t, scapiotest.Capture(t, func(w *scapio.Writer) {
		_ = w.Section()
		_ = w.Event(0, 0, scapiotest.T0, 7, evtable.SyscallReadX, scapiotest.U64(5), make([]byte, 40_000))
	}))[1]
	var b bytes.Buffer
	w := scapio.NewWriter(&b)
	require.ErrorIs(t, w.Commented(blk.Type, blk.Body, strings.Repeat("x", 30_000)), scapio.ErrTooLarge)
	require.Zero(t, b.Len())
}

func TestOptionsOfDamagedBlocksAreNone(t *testing.T) {
	for _, body := range [][]byte{nil, {1}, make([]byte, 23), bytes.Repeat([]byte{0xff}, 64)} {
		for _, typ := range []scapio.BlockType{scapio.EventV1, scapio.EventV2, scapio.EventFlagsV2, scapio.EnhancedPacket, scapio.MachineInfo} {
			require.Empty(t, scapio.Comments(typ, body))
		}
	}
}

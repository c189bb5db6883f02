package stream

import (
	"context"
	"encoding/binary"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// exported writes the packets of the stream of an event to a file and returns them.
func exported(t *testing.T, x *index.Index, event uint32, path string) (packets [][]byte) {
	t.Helper()
	s, err := Of(context.Background(), x, event, false)
	require.NoError(t, err)
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	saved, err := s.Pcapng(context.Background(), x, f)
	require.NoError(t, err)
	require.Equal(t, Saved{Bytes: s.Read + s.Written}, saved)
	_, err = f.Seek(0, 0)
	require.NoError(t, err)
	r := scapio.NewReader(f)
	var ifs []scapio.PacketInterface
	for {
		blk, err := r.Next()
		if err != nil {
			return packets
		}
		if blk.Type == scapio.InterfaceDesc {
			i, err := scapio.ParsePacketInterface(blk.Body)
			require.NoError(t, err)
			ifs = append(ifs, i)
		}
		if blk.Type.IsPacket() {
			p, err := scapio.ParsePacket(blk.Type, blk.Body, ifs)
			require.NoError(t, err)
			require.EqualValues(t, len(p.Data), p.Len)
			packets = append(packets, append([]byte(nil), p.Data...))
		}
	}
}

// datagram is a packet in words: its ends and its text.
func datagram(t *testing.T, p []byte) string {
	t.Helper()
	var src, dst netip.Addr
	udp := p[20:]
	if p[0]>>4 == 6 {
		udp = p[40:]
		require.EqualValues(t, protoUDP, p[6])
		require.EqualValues(t, len(udp), binary.BigEndian.Uint16(p[4:]))
		src, dst = netip.AddrFrom16([16]byte(p[8:24])), netip.AddrFrom16([16]byte(p[24:40]))
		sum := uint32(protoUDP + len(udp)) // RFC 8200 §8.1
		for i, b := range append(append([]byte(nil), p[8:40]...), udp...) {
			sum += uint32(b) << (8 * (1 - i%2))
		}
		require.EqualValues(t, 0xFFFF, sum%0xFFFF+0xFFFF, "checksum")
	} else {
		require.EqualValues(t, protoUDP, p[9])
		require.EqualValues(t, len(p), binary.BigEndian.Uint16(p[2:]))
		src, dst = netip.AddrFrom4([4]byte(p[12:16])), netip.AddrFrom4([4]byte(p[16:20]))
	}
	require.EqualValues(t, len(udp), binary.BigEndian.Uint16(udp[4:]))
	from, to := netip.AddrPortFrom(src, binary.BigEndian.Uint16(udp)), netip.AddrPortFrom(dst, binary.BigEndian.Uint16(udp[2:]))
	return from.String() + " " + to.String() + " " + string(udp[8:])
}

func TestPcapngOfDatagrams(t *testing.T) {
	x := open(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	for _, c := range []struct {
		name  string
		event uint32
		want  []string
	}{
		{"a sender, also of the one before it had a port", 1805, []string{
			"127.0.0.1:60075 127.0.0.1:44987 udp datagram", "127.0.0.1:60075 127.0.0.1:44987 connected udp", "127.0.0.1:60075 127.0.0.1:44987 msg one msg two",
		}},
		{"a receiver, which was not told by whom", 1807, []string{
			"127.0.0.1:0 127.0.0.1:44987 udp datagram", "127.0.0.1:0 127.0.0.1:44987 connected udp", "127.0.0.1:0 127.0.0.1:44987 msg one msg two",
		}},
		{"a sender over IPv6", 1837, []string{"[::1]:45399 [::1]:51574 udp datagram", "[::1]:45399 [::1]:51574 connected udp", "[::1]:45399 [::1]:51574 msg one msg two"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var have []string
			for _, p := range exported(t, x, c.event, filepath.Join(t.TempDir(), "s.pcapng")) {
				have = append(have, datagram(t, p))
			}
			require.Equal(t, c.want, have)
		})
	}
}

// TestTsharkReadsThePackets needs Wireshark's tshark (make peers).
func TestTsharkReadsThePackets(t *testing.T) {
	dir := t.TempDir()
	tshark := func(args ...string) ([]string, error) {
		c := exec.CommandContext(t.Context(), filepath.Join(scapiotest.Root(t), "testdata/tools/peers.sh"), append([]string{"tshark"}, args...)...)
		c.Dir = dir
		out, err := c.Output()
		return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"), err
	}
	if _, err := tshark("--version"); err != nil {
		scapiotest.Skip(t, "peers", "tshark is not installed: make peers")
	}
	x := open(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	for _, c := range []struct {
		event uint32
		want  []string
	}{
		{1805, []string{"127.0.0.1\t127.0.0.1\t\t\t60075\t44987\t\tabsent", "127.0.0.1\t127.0.0.1\t\t\t60075\t44987\t\tabsent", "127.0.0.1\t127.0.0.1\t\t\t60075\t44987\t\tabsent"}},
		{1837, []string{"\t\t::1\t::1\t45399\t51574\t\tgood", "\t\t::1\t::1\t45399\t51574\t\tgood", "\t\t::1\t::1\t45399\t51574\t\tgood"}},
		{1614, []string{"\t\t::1\t::1\t\t\tGET\t", "\t\t::1\t::1\t\t\tGET\t"}}, // sent, and echoed,
	} {
		exported(t, x, c.event, filepath.Join(dir, "s.pcapng"))
		have, err := tshark("-n", "-r", "s.pcapng", "-o", "udp.check_checksum:TRUE", "-Y", "udp or http.request", "-T", "fields",
			"-e", "ip.src", "-e", "ip.dst", "-e", "ipv6.src", "-e", "ipv6.dst", "-e", "udp.srcport", "-e", "udp.dstport", "-e", "http.request.method", "-e", "udp.checksum.status")
		require.NoError(t, err)
		for i, l := range have { // udp.checksum.status
			switch at := len(l) - 1; l[at] {
			case '1':
				have[i] = l[:at] + "good"
			case '3':
				have[i] = l[:at] + "absent"
			}
		}
		require.Equal(t, c.want, have)
	}
	b, err := tshark("-n", "-r", "s.pcapng", "-Y", "tcp.analysis.flags or _ws.malformed")
	require.NoError(t, err)
	require.Equal(t, []string{""}, b, "nothing is lost, out of order or malformed")
}

package stream

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

func open(t *testing.T, path string) *index.Index {
	t.Helper()
	x, err := index.Open(context.Background(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	require.NoError(t, x.Wait(context.Background()))
	return x
}

// naive is what a stream should hold, from the fields of every event.
type naive struct {
	read, written []byte
	moved         int64
	event         uint32
}

func naively(t *testing.T, x *index.Index) map[uint64]*naive {
	t.Helper()
	stream, out, res, isRead, isWrite := field.Must("fd.stream"), field.Must("evt.buffer"), field.Must("evt.rawres"), field.Must("evt.is_io_read"), field.Must("evt.is_io_write")
	in, gone := field.Must("evt.buflen.in"), field.Must("evt.buflen.out")
	s := x.Acquire()
	defer s.Release()
	var cur index.Cursor
	var c field.Ctx
	all := map[uint64]*naive{}
	for key := s.Next(calls, 1); key != 0; key = s.Next(calls, key+1) {
		require.NoError(t, s.Fill(key, true, &cur, &c))
		n := res.Value(&c).Int()
		v := stream.Value(&c)
		if v.Kind == field.None || n <= 0 || c.Ev.Info().Name == "copy_file_range" {
			continue
		}
		if all[v.U] == nil {
			all[v.U] = &naive{event: key}
		}
		st, b := all[v.U], out.Value(&c).B
		b = b[:min(int64(len(b)), n)]
		st.moved += int64(in.Value(&c).U + gone.Value(&c).U)
		switch {
		case isRead.Value(&c).U == 1:
			st.read = append(st.read, b...)
		case isWrite.Value(&c).U == 1:
			st.written = append(st.written, b...)
		}
	}
	return all
}

func TestAStreamHoldsTheBytesOfEveryTransferOfItsDescriptor(t *testing.T) {
	files := append(scapiotest.Shared(t, "xxradar", "sf_nginx", "sf_client", "libs_curl_google.scap"), scapiotest.Repo(t, "live_old-sysmix.scap"), scapiotest.Repo(t, "live_new-sysmix.scap"))
	for _, file := range files {
		x := open(t, file)
		for number, want := range naively(t, x) {
			s, err := Of(context.Background(), x, want.event, false)
			require.NoError(t, err)
			require.EqualValues(t, number, s.FD.Stream)
			require.Equal(t, want.moved, s.Read+s.Written)
			var in, out bytes.Buffer
			_, err = s.Save(context.Background(), x, &in, Reads)
			require.NoError(t, err)
			_, err = s.Save(context.Background(), x, &out, Writes)
			require.NoError(t, err)
			require.Equal(t, string(want.read), in.String(), "%s: read of stream %d", filepath.Base(file), number)
			require.Equal(t, string(want.written), out.String(), "%s: written of stream %d", filepath.Base(file), number)
		}
	}
}

// find returns the key of the first event with a descriptor of the name.
func find(t *testing.T, x *index.Index, name, call string) uint32 {
	t.Helper()
	s := x.Acquire()
	defer s.Release()
	for key := s.Next(calls, 1); key != 0; key = s.Next(calls, key+1) {
		var cur index.Cursor
		var c field.Ctx
		if f := s.Facts(key); f.FD != nil && f.FD.Name == name {
			require.NoError(t, s.Fill(key, true, &cur, &c))
			if c.Ev.Info().Name == call {
				return key
			}
		}
	}
	t.Fatalf("no %s of %s", call, name)
	return 0
}

func TestTheTutorialsRequestItsAnswerAndTheHello(t *testing.T) {
	files := scapiotest.Shared(t, "xxradar")
	x := open(t, files[0])
	names := func(fd, call string) (list []string, s *Stream) {
		s, err := Of(context.Background(), x, find(t, x, fd, call), false)
		require.NoError(t, err)
		snap := x.Acquire()
		defer snap.Release()
		for i, k := range s.Chunks {
			b, err := Bytes(snap, k, &index.Cursor{}, &field.Ctx{})
			require.NoError(t, err)
			if n := s.Name(snap, i, b, &index.Cursor{}, &field.Ctx{}); n != "" {
				list = append(list, n)
			}
		}
		return list, s
	}
	list, s := names("172.17.0.3:51602->172.66.0.96:80", "sendto")
	require.Equal(t, []string{"HTTP request GET / at www.radarhack.com", "HTTP answer 301 Moved Permanently to https://www.radarhack.com/"}, list)
	require.EqualValues(t, 81, s.Written)
	require.EqualValues(t, 748, s.Read)
	list, _ = names("172.17.0.3:38188->162.159.140.98:443", "write")
	require.NotEmpty(t, list)
	require.Contains(t, list[0], "TLS client hello, TLS 1.3, for www.radarhack.com")
	require.Contains(t, list, "TLS server hello, TLS 1.3", "of which the record's head was read alone")
	list, _ = names("172.17.0.3:33313->172.31.0.2:53", "recvfrom")
	require.Contains(t, list[0], "DNS answer")
}

func TestWhatWentToADescriptorThatTheCaptureNeverToldOf(t *testing.T) {
	x := open(t, scapiotest.Shared(t, "xxradar")[0])
	snap := x.Acquire()
	key := uint32(0)
	for k := snap.Next(calls, 1); k != 0; k = snap.Next(calls, k+1) {
		if f := snap.Facts(k); f.FDNum == 1 && f.FD == nil && f.Res == 1024 {
			key = k
		}
	}
	snap.Release()
	require.NotZero(t, key)
	s, err := Of(context.Background(), x, key, true)
	require.NoError(t, err)
	require.NotNil(t, s.Owner)
	var b bytes.Buffer
	_, err = s.Save(context.Background(), x, &b, Writes)
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(b.Bytes(), []byte("<HTML>\n<HEAD>\n<TITLE>RADARHACK.COM")), "the page that curl wrote to the terminal")
	require.True(t, bytes.HasSuffix(b.Bytes(), []byte("</HTML>\n")))
}

func TestPcapngOfASocketHoldsItsBytes(t *testing.T) {
	x := open(t, scapiotest.Shared(t, "xxradar")[0])
	s, err := Of(context.Background(), x, find(t, x, "172.17.0.3:51602->172.66.0.96:80", "sendto"), false)
	require.NoError(t, err)
	var b bytes.Buffer
	saved, err := s.Pcapng(context.Background(), x, &b)
	require.NoError(t, err)
	require.EqualValues(t, 829, saved.Bytes+saved.Lost)
	r := scapio.NewReader(&b)
	var ifs []scapio.PacketInterface
	var payload [2][]byte
	seq := [2]uint32{}
	for {
		blk, err := r.Next()
		if err != nil {
			break
		}
		if blk.Type == scapio.InterfaceDesc {
			i, err := scapio.ParsePacketInterface(blk.Body)
			require.NoError(t, err)
			ifs = append(ifs, i)
		}
		if !blk.Type.IsPacket() {
			continue
		}
		p, err := scapio.ParsePacket(blk.Type, blk.Body, ifs)
		require.NoError(t, err)
		require.EqualValues(t, p.Len, binary.BigEndian.Uint16(p.Data[2:]), "length of the IP packet")
		sum := uint32(0)
		for i := 0; i < 20; i += 2 {
			sum += uint32(binary.BigEndian.Uint16(p.Data[i:]))
		}
		require.EqualValues(t, 0xFFFF, sum&0xFFFF+sum>>16, "checksum")
		tcp := p.Data[20:]
		dir := 0
		if binary.BigEndian.Uint16(tcp) == 80 {
			dir = 1
		}
		if have := binary.BigEndian.Uint32(tcp[4:]); seq[dir] != 0 {
			require.Equal(t, seq[dir], have, "sequence number")
		}
		seq[dir] = binary.BigEndian.Uint32(tcp[4:]) + p.Len - 40
		if tcp[13]&(tcpSYN|tcpFIN) != 0 {
			seq[dir]++
		}
		payload[dir] = append(payload[dir], tcp[20:]...)
	}
	require.Contains(t, string(payload[0]), "GET / HTTP/1.1")
	require.Contains(t, string(payload[1]), "HTTP/1.1 301")
}

func TestAWrittenFileIsPutTogether(t *testing.T) {
	for _, file := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		x := open(t, scapiotest.Repo(t, file))
		s := x.Acquire()
		name := ""
		for i := range s.FDRows() {
			if fd := s.FDRow(uint32(i)); filepath.Base(fd.Name) == "a.txt" {
				name = fd.Name
			}
		}
		s.Release()
		st, err := Of(context.Background(), x, find(t, x, name, "pwrite"), false)
		require.NoError(t, err)
		require.True(t, st.CanCarve())
		f, err := os.CreateTemp(t.TempDir(), "")
		require.NoError(t, err)
		defer f.Close()
		saved, err := st.Carve(context.Background(), x, f)
		require.NoError(t, err)
		b, err := os.ReadFile(f.Name())
		require.NoError(t, err)
		require.Equal(t, "the quick PWRwn fox jumps over the lazy dog\nhello vectored worldhello vectored world\n", string(b)) // the last write begins on the line end
		require.Equal(t, Saved{Bytes: 89}, saved)
	}
}

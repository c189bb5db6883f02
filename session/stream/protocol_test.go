package stream

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

// A hello for example.org: TLS 1.3 offered in the extension, h2 and http/1.1.
func clientHelloBytes() []byte {
	ext := []byte{0, 0, 0, 16, 0, 14, 0, 0, 11}
	ext = append(ext, "example.org"...)
	ext = append(ext, 0, 16, 0, 14, 0, 12, 2, 'h', '2', 8)
	ext = append(ext, "http/1.1"...)
	ext = append(ext, 0, 43, 0, 5, 4, 3, 4, 3, 3)
	body := append([]byte{3, 3}, make([]byte, 32)...)
	body = append(body, 0, 0, 2, 0x13, 1, 1, 0, byte(len(ext)>>8), byte(len(ext)))
	body = append(body, ext...)
	b := []byte{22, 3, 1, 0, byte(len(body) + 4), 1, 0, 0, byte(len(body))}
	return append(b, body...)
}

func TestRecognize(t *testing.T) {
	question := "123401000001000000000000076578616d706c65036f72670000010001"
	answer := "123481800001000100000000076578616d706c65036f72670000010001c00c00010001000000780004c0a80001"
	for _, c := range []struct {
		name, want string
		b          []byte
		port       uint16
	}{
		{"a request", "HTTP request GET / at docker.com", []byte("GET / HTTP/1.1\r\nHost: docker.com\r\nAccept: */*\r\n\r\n"), 80},
		{"a request that was cut in its first line", "HTTP request GET /a/long/pa", []byte("GET /a/long/pa"), 80},
		{"a sentence that begins with GET", "", []byte("GET out of here\nnow"), 80},
		{"an answer", "HTTP answer 301 Moved Permanently to https://x/", []byte("HTTP/1.1 301 Moved Permanently\r\nLocation: https://x/\r\n\r\n"), 80},
		{"an answer without a code", "", []byte("HTTP/1.1 abc\r\n\r\n"), 80},
		{"a hello", "TLS client hello, TLS 1.3, for example.org, h2 or http/1.1", clientHelloBytes(), 443},
		{"a hello that was cut behind the random", "TLS client hello, TLS 1.2", clientHelloBytes()[:50], 443},
		{"a question", "DNS question A example.org", unhex(t, question), 53},
		{"an answer of DNS", "DNS answer A example.org: 192.168.0.1", unhex(t, answer), 53},
		{"the same over TCP", "DNS answer A example.org: 192.168.0.1", append([]byte{0, byte(len(answer) / 2)}, unhex(t, answer)...), 53},
		{"the same at another port", "", unhex(t, answer), 80},
		{"nothing", "", nil, 53},
		{"noise", "", []byte{0xFF, 0, 1, 2}, 443},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, Recognize(c.b, c.port)) })
	}
}

func FuzzRecognize(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), uint16(80))
	f.Add(clientHelloBytes(), uint16(443))
	f.Add([]byte{0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 0xC0, 12, 0, 1, 0, 1}, uint16(53))
	f.Fuzz(func(t *testing.T, b []byte, port uint16) {
		for _, r := range Recognize(b, port) {
			if r < ' ' {
				t.Fatalf("a control character in %q", Recognize(b, port))
			}
		}
	})
}

package container

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// cri asks a runtime by the Container Runtime Interface: gRPC, of which a question with one answer needs no more than a
// POST over HTTP/2 and two messages.
type cri struct {
	socket string
	http   *http.Client
}

func newCRI(socket string) *cri {
	t := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
		IdleConnTimeout: time.Second, Protocols: new(http.Protocols),
	}
	t.Protocols.SetUnencryptedHTTP2(true)
	return &cri{socket, &http.Client{Transport: t}}
}

const runtimeService = "/runtime.v1.RuntimeService/"

// Lookup asks for a container, and for a pod's sandbox when there is no such container.
func (c *cri) Lookup(ctx context.Context, r Ref) (*Info, error) {
	i := &Info{ID: r.ID, FullID: r.Full, Type: r.Type, Size: -1, State: 1}
	answer, err := c.call(ctx, "ContainerStatus", appendField(nil, 1, []byte(r.Full)))
	if errors.Is(err, errUnknown) {
		return c.sandbox(ctx, i)
	}
	if err != nil {
		return nil, err
	}
	if !eachField(answer, func(n int, b []byte, _ uint64) {
		if n == 1 {
			containerStatus(i, b)
		}
	}) {
		return nil, fmt.Errorf("read the answer of %s: %w", c.socket, errProto)
	}
	i.ImageRepo, i.ImageTag = splitImage(i.Image)
	i.kubernetes()
	return i, nil
}

func (c *cri) sandbox(ctx context.Context, i *Info) (*Info, error) {
	answer, err := c.call(ctx, "PodSandboxStatus", appendField(nil, 1, []byte(i.FullID)))
	if err != nil {
		return nil, err
	}
	eachField(answer, func(n int, b []byte, _ uint64) {
		if n == 1 {
			sandboxStatus(i, b)
		}
	})
	i.Sandbox = true
	return i, nil
}

// containerStatus reads runtime.v1.ContainerStatus: id 1, metadata 2, created_at 4, image 8, image_ref 9, labels 12,
// mounts 14.
func containerStatus(i *Info, b []byte) {
	eachField(b, func(n int, v []byte, num uint64) {
		switch n {
		case 2:
			i.Name = textField(v, 1)
		case 4:
			i.Created = int64(num) / 1e9
		case 8:
			i.Image = textField(v, 1)
		case 9:
			if repo, digest, ok := strings.Cut(string(v), "@"); ok {
				i.Digest, _ = digest, repo
			} else {
				i.ImageID = strings.TrimPrefix(string(v), "sha256:")
			}
		case 12:
			addEntry(&i.Labels, v)
		case 14:
			i.Mounts = append(i.Mounts, mountOf(v))
		}
	})
	if pod := i.Labels["io.kubernetes.pod.name"]; pod != "" { // as libsinsp names containers of pods
		i.Name = strings.Join([]string{"k8s", i.Labels["io.kubernetes.container.name"], pod, i.Labels["io.kubernetes.pod.namespace"], i.Labels["io.kubernetes.pod.uid"], "0"}, "_")
	}
}

// sandboxStatus reads runtime.v1.PodSandboxStatus: metadata 2, created_at 4, network 5, labels 7.
func sandboxStatus(i *Info, b []byte) {
	eachField(b, func(n int, v []byte, num uint64) {
		switch n {
		case 2:
			i.Name = textField(v, 1)
		case 4:
			i.Created = int64(num) / 1e9
		case 5:
			i.IP = textField(v, 1)
		case 7:
			addEntry(&i.Labels, v)
		}
	})
}

// mountOf reads runtime.v1.Mount: container_path 1, host_path 2, readonly 3, propagation 5.
func mountOf(b []byte) Mount {
	m := Mount{RW: true, Propagation: "private"}
	eachField(b, func(n int, v []byte, num uint64) {
		switch n {
		case 1:
			m.Destination = string(v)
		case 2:
			m.Source = string(v)
		case 3:
			m.RW = num == 0
		case 5:
			if int(num) < len(propagations) {
				m.Propagation = propagations[num]
			}
		}
	})
	return m
}

var propagations = []string{"private", "rslave", "rshared"}

// call asks one question of the runtime.
func (c *cri) call(ctx context.Context, method string, message []byte) ([]byte, error) {
	body := append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://localhost"+runtimeService+method, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/grpc")
	req.Header.Set("TE", "trailers")
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", c.socket, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", c.socket, err)
	}
	status := res.Trailer.Get("Grpc-Status")
	if status == "" {
		status = res.Header.Get("Grpc-Status") // an answer without a message
	}
	switch {
	case status == "5": // NOT_FOUND
		return nil, errUnknown
	case res.StatusCode != http.StatusOK || status != "0":
		return nil, fmt.Errorf("ask %s for %s: it answers %s, status %q", c.socket, method, res.Status, status)
	case len(answer) < 5 || answer[0] != 0 || int(binary.BigEndian.Uint32(answer[1:])) > len(answer)-5:
		return nil, fmt.Errorf("read the answer of %s: %w", c.socket, errProto)
	}
	return answer[5 : 5+binary.BigEndian.Uint32(answer[1:])], nil
}

var errProto = errors.New("it is no protocol buffer message")

// appendField appends field n with bytes as its value to a protocol buffer message.
func appendField(dst []byte, n int, v []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(n)<<3|2)
	return append(binary.AppendUvarint(dst, uint64(len(v))), v...)
}

// eachField calls f with the fields of a message: bytes for strings and messages, a number for others. It reports
// whether the message could be read to its end.
func eachField(b []byte, f func(n int, v []byte, num uint64)) bool {
	for len(b) > 0 {
		key, k := binary.Uvarint(b)
		if k <= 0 {
			return false
		}
		b = b[k:]
		n := int(key >> 3)
		switch key & 7 {
		case 0:
			v, k := binary.Uvarint(b)
			if k <= 0 {
				return false
			}
			f(n, nil, v)
			b = b[k:]
		case 2:
			l, k := binary.Uvarint(b)
			if k <= 0 || l > uint64(len(b)-k) {
				return false
			}
			f(n, b[k:k+int(l)], 0)
			b = b[k+int(l):]
		case 1, 5:
			w := 8
			if key&7 == 5 {
				w = 4
			}
			if len(b) < w {
				return false
			}
			b = b[w:]
		default:
			return false
		}
	}
	return true
}

// textField returns field n of a message as text.
func textField(b []byte, n int) (s string) {
	eachField(b, func(k int, v []byte, _ uint64) {
		if k == n {
			s = string(v)
		}
	})
	return s
}

// addEntry adds an entry of a map: key 1, value 2.
func addEntry(m *map[string]string, b []byte) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[textField(b, 1)] = textField(b, 2)
}

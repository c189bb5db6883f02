// Package rpctest is a scripted client for tests of the protocol, in one process or against the real binary. It has
// its own framing and its own JSON (encoding/json), so that a mistake of the server is not shared by the test.
package rpctest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc/wire"
)

// Timeout bounds every wait of a client.
const Timeout = 10 * time.Second

// Message is anything that the server sent.
type Message struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   *Error          `json:"error"`
	Raw     string          `json:"-"` // as it came
}

// Error is the error of an answer.
type Error struct {
	Code    int            `json:"code"`
	Message string         `json:"message"`
	Data    wire.ErrorData `json:"data"`
}

// Error tells code and message.
func (e *Error) Error() string { return fmt.Sprintf("%d: %s", e.Code, e.Message) }

// Client sends what a test says and keeps what comes back. Its methods fail the test, so they are for the test's own
// goroutine; Send and Request may be called from others.
type Client struct {
	t   testing.TB
	out io.WriteCloser

	writeMu sync.Mutex // guards writes to out

	mu            sync.Mutex // guards the fields below
	changed       *sync.Cond
	answers       map[string]Message // by id, as JSON
	notifications []Message
	messages      []Message // all, in the order they came
	lastID        int
	readErr       error                               // why reading ended
	onRequest     func(method string) (result string) // answers requests of the server; nil answers null
}

// NewClient speaks to a server that reads what goes to out and writes what comes from in. Reading goes on until in
// ends.
func NewClient(t testing.TB, in io.Reader, out io.WriteCloser) *Client {
	c := &Client{t: t, out: out, answers: map[string]Message{}}
	c.changed = sync.NewCond(&c.mu)
	go c.read(in)
	return c
}

// OnRequest sets how requests of the server are answered: with JSON, or not at all when it is "".
func (c *Client) OnRequest(f func(method string) (result string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onRequest = f
}

// Raw sends bytes as they are, with no frame.
func (c *Client) Raw(s string) error {
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	_, err := io.WriteString(c.out, s)
	return err
}

// Send frames and sends a message.
func (c *Client) Send(body string) error {
	return c.Raw("Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}

// Request sends a request with a fresh id, which it returns. params is JSON; "" sends none.
func (c *Client) Request(method, params string) string {
	c.mu.Lock()
	c.lastID++
	id := strconv.Itoa(c.lastID)
	c.mu.Unlock()
	body := `{"jsonrpc":"2.0","id":` + id + `,"method":"` + method + `"`
	if params != "" {
		body += `,"params":` + params
	}
	_ = c.Send(body + "}") // a lost connection shows when the answer is awaited
	return id
}

// Notify sends a notification. params is JSON; "" sends none.
func (c *Client) Notify(method, params string) {
	body := `{"jsonrpc":"2.0","method":"` + method + `"`
	if params != "" {
		body += `,"params":` + params
	}
	_ = c.Send(body + "}")
}

// Answer waits for the answer to the request with an id as JSON: 1, "a", null.
func (c *Client) Answer(id string) Message {
	c.t.Helper()
	var m Message
	c.wait("the answer to request "+id, func() bool {
		var ok bool
		m, ok = c.answers[id]
		return ok
	})
	return m
}

// Result waits for an answer, which must not be an error.
func (c *Client) Result(id string) json.RawMessage {
	c.t.Helper()
	m := c.Answer(id)
	require.Nil(c.t, m.Error, "answer to request %s", id)
	return m.Result
}

// Fails waits for an answer, which must be an error of that code.
func (c *Client) Fails(id string, code int) *Error {
	c.t.Helper()
	m := c.Answer(id)
	require.NotNil(c.t, m.Error, "answer to request %s is %s", id, m.Raw)
	require.Equal(c.t, code, m.Error.Code, m.Raw)
	return m.Error
}

// Answered reports whether an answer has come.
func (c *Client) Answered(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.answers[id]
	return ok
}

// Notification takes the next notification of a method, and waits for it.
func (c *Client) Notification(method string) Message {
	c.t.Helper()
	var m Message
	c.wait("notification "+method, func() bool {
		for i, n := range c.notifications {
			if n.Method == method {
				m = n
				c.notifications = append(c.notifications[:i:i], c.notifications[i+1:]...)
				return true
			}
		}
		return false
	})
	return m
}

// Messages returns all that came so far, in order.
func (c *Client) Messages() []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Message(nil), c.messages...)
}

// Closed waits until the server has closed its side.
func (c *Client) Closed() {
	c.t.Helper()
	c.wait("the end of the connection", func() bool { return c.readErr != nil })
}

// CloseInput closes what the server reads.
func (c *Client) CloseInput() { _ = c.out.Close() }

// Initialize goes through initialize and initialized. capabilities is JSON; "" is {}.
func (c *Client) Initialize(capabilities string) json.RawMessage {
	c.t.Helper()
	if capabilities == "" {
		capabilities = "{}"
	}
	result := c.Result(c.Request("initialize", `{"processId":null,"rootUri":null,"capabilities":`+capabilities+`}`))
	c.Notify("initialized", "{}")
	return result
}

// Shutdown goes through shutdown and exit.
func (c *Client) Shutdown() {
	c.t.Helper()
	c.Result(c.Request("shutdown", ""))
	c.Notify("exit", "")
}

// Call sends a request and waits for its result.
func Call[P, R any](c *Client, m wire.Method[P, R], params P) R {
	c.t.Helper()
	return Decode[R](c.t, c.Result(Go(c, m, params)))
}

// Go sends a request and returns its id.
func Go[P, R any](c *Client, m wire.Method[P, R], params P) string {
	b, err := json.Marshal(params)
	if err != nil {
		panic(err) // wire structs can always be encoded
	}
	return c.Request(m.Name, string(b))
}

// Decode decodes strictly: an unknown member is a failure.
func Decode[R any](t testing.TB, raw json.RawMessage) R {
	t.Helper()
	var r R
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&r), "%s", raw)
	return r
}

// wait waits until ready, which is called with mu held, is true.
func (c *Client) wait(what string, ready func() bool) {
	c.t.Helper()
	late := false
	timer := time.AfterFunc(Timeout, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		late = true
		c.changed.Broadcast()
	})
	defer timer.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for !ready() {
		if late {
			require.FailNow(c.t, "timeout", "waiting for %s", what)
		}
		if c.readErr != nil {
			require.FailNow(c.t, "connection ended", "waiting for %s: %v", what, c.readErr)
		}
		c.changed.Wait()
	}
}

// read takes messages in until the input ends.
func (c *Client) read(in io.Reader) {
	r := bufio.NewReader(in)
	for {
		m, err := readMessage(r)
		c.mu.Lock()
		if err != nil {
			c.readErr = err
			c.changed.Broadcast()
			c.mu.Unlock()
			return
		}
		c.messages = append(c.messages, m...)
		var asked []Message
		for _, m := range m {
			switch {
			case m.Method != "" && m.ID != nil:
				asked = append(asked, m)
			case m.Method != "":
				c.notifications = append(c.notifications, m)
			default:
				c.answers[string(m.ID)] = m
			}
		}
		answer := c.onRequest
		c.changed.Broadcast()
		c.mu.Unlock()
		for _, m := range asked {
			result := "null"
			if answer != nil {
				result = answer(m.Method)
			}
			if result != "" {
				_ = c.Send(`{"jsonrpc":"2.0","id":` + string(m.ID) + `,"result":` + result + `}`)
			}
		}
	}
}

// readMessage reads a message, or all of a batch.
func readMessage(r *bufio.Reader) ([]Message, error) {
	length := 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		if line == "\r\n" {
			break
		}
		value, ok := strings.CutPrefix(line, "Content-Length: ")
		if !ok {
			return nil, fmt.Errorf("unexpected header %q", line)
		}
		if length, err = strconv.Atoi(strings.TrimSuffix(value, "\r\n")); err != nil {
			return nil, err
		}
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	if !utf8.Valid(body) {
		return nil, fmt.Errorf("message %.200q is no UTF-8", body)
	}
	parts := []json.RawMessage{body}
	if len(body) > 0 && body[0] == '[' {
		if err := json.Unmarshal(body, &parts); err != nil {
			return nil, fmt.Errorf("batch %.200q: %w", body, err)
		}
	}
	var all []Message
	for _, p := range parts {
		var m Message
		if err := json.Unmarshal(p, &m); err != nil {
			return nil, fmt.Errorf("message %.200q: %w", p, err)
		}
		if m.JSONRPC != "2.0" {
			return nil, fmt.Errorf("message %.200q: no version 2.0", p)
		}
		if m.ID == nil && m.Method == "" {
			m.ID = json.RawMessage("null")
		}
		m.Raw = string(p)
		all = append(all, m)
	}
	return all, nil
}

package rpc

import (
	"fmt"
	"sort"
	"strings"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/assist"
	"github.com/scapls/scapls/filter/file"
)

// maxDocument bounds the length of a document, in bytes.
const maxDocument = 4 << 20

// documents are the files of filters that the client has open.
type documents struct {
	telling sync.Mutex // held while the client is told of a document

	mu   sync.Mutex // guards all below
	open map[string]*document
}

// lines is a text whose places are counted as LSP does: in lines and UTF-16 units.
type lines struct {
	text   string
	starts []int
}

func newLines(text string) lines {
	l := lines{text, []int{0}}
	for i := range len(text) {
		if text[i] == '\n' {
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

// position returns where a byte of the text is.
func (l *lines) position(at int) protocol.Position {
	at = max(0, min(at, len(l.text)))
	line := sort.SearchInts(l.starts, at+1) - 1
	start := l.starts[line]
	return protocol.Position{Line: uint32(line), Character: uint32(newUnits(l.text[start:at]).at(at - start))}
}

// line returns where a line begins and ends, without its end's signs.
func (l *lines) line(i int) (start, end int) {
	start, end = l.starts[i], len(l.text)
	if i+1 < len(l.starts) {
		end = l.starts[i+1] - 1
	}
	return start, start + len(strings.TrimSuffix(l.text[start:end], "\r"))
}

// offset returns the byte at a position. Positions behind a line's end are its end.
func (l *lines) offset(p protocol.Position) int {
	if int64(p.Line) >= int64(len(l.starts)) {
		return len(l.text)
	}
	start, end := l.line(int(p.Line))
	return start + newUnits(l.text[start:end]).bytes(int(min(p.Character, 1<<30)))
}

// document is a version of an open file. It does not change.
type document struct {
	lines
	uri     string
	version int32
	file    *file.File // nil of a document that was closed
	reads   []filter.Reading
}

func newDocument(uri string, version int32, text string) *document {
	d := &document{lines: newLines(text), uri: uri, version: version, file: file.Read(text)}
	for i := range d.file.Entries {
		e := &d.file.Entries[i]
		d.reads = append(d.reads, filter.Read(e.Filter, e.Language))
	}
	return d
}

func (d *document) span(at filter.Span) protocol.Range {
	return protocol.Range{Start: d.position(at.Start), End: d.position(at.End)}
}

// within moves a place of an entry's filter into the document.
func within(e *file.Entry, at filter.Span) filter.Span {
	return filter.Span{Start: at.Start + e.FilterAt.Start, End: at.End + e.FilterAt.Start}
}

// language is the one an entry was read in.
func (d *document) language(e *file.Entry) filter.Language {
	for i := range d.file.Entries {
		if &d.file.Entries[i] == e {
			return d.reads[i].Language()
		}
	}
	return e.Language
}

// problem is something to say about a document.
type problem struct {
	at filter.Span
	filter.Diagnostic
	fixes []filter.Fix // in places of the document
}

// problems returns all there is to say about a document.
func (d *document) problems(values assist.Values) []problem {
	var list []problem
	for _, f := range d.file.Faults {
		list = append(list, problem{at: f.Span, Diagnostic: f})
	}
	for i := range d.file.Entries {
		e := &d.file.Entries[i]
		for _, f := range append(append([]filter.Diagnostic(nil), d.reads[i].Diags...), assist.Doubts(&d.reads[i], values)...) {
			p := problem{at: within(e, f.Span), Diagnostic: f}
			for _, fix := range f.Fixes {
				p.fixes = append(p.fixes, filter.Fix{Msg: fix.Msg, Span: within(e, fix.Span), Text: fix.Text})
			}
			list = append(list, p)
		}
		if d.reads[i].Other != filter.Auto {
			note := fmt.Sprintf("read in the language of %s; in that of %s it means something else: %s", d.reads[i].Language().Title(), d.reads[i].Other.Title(), d.reads[i].OtherNote)
			list = append(list, problem{at: e.NameAt, Diagnostic: filter.Diagnostic{Severity: filter.Hint, Msg: note}, fixes: []filter.Fix{
				{Msg: "say that it is " + d.reads[i].Language().String(), Span: filter.Span{Start: e.NameAt.End, End: e.NameAt.End}, Text: " (" + d.reads[i].Language().String() + ")"},
				{Msg: "say that it is " + d.reads[i].Other.String(), Span: filter.Span{Start: e.NameAt.End, End: e.NameAt.End}, Text: " (" + d.reads[i].Other.String() + ")"},
			}})
		}
	}
	return list
}

// get returns an open document.
func (p *peer) document(uri string) (*document, error) {
	p.docs.mu.Lock()
	defer p.docs.mu.Unlock()
	if d := p.docs.open[uri]; d != nil {
		return d, nil
	}
	return nil, badParams("the document %.200q is not open", uri)
}

// documentChanged serves the notifications about documents. They change the table before the next message is read; what
// is wrong with a document is told beside other messages.
func (p *peer) documentChanged(r *request, method string, raw jsonrpc2.RawMessage) error {
	var d *document
	var err error
	switch method {
	case "textDocument/didOpen":
		d, err = p.documentOpened(raw)
	case "textDocument/didChange":
		d, err = p.documentEdited(raw)
	default:
		d, err = p.documentClosed(raw)
	}
	if err != nil {
		return err
	}
	r.pass()
	var problems []problem
	if d.file != nil {
		problems = d.problems(p.recentValues())
	}
	p.docs.telling.Lock() // so that what is told of an older version does not come behind
	defer p.docs.telling.Unlock()
	if now, _ := p.document(d.uri); now == d || now == nil && d.file == nil {
		p.publish(d, problems)
	}
	return nil
}

func (p *peer) documentOpened(raw jsonrpc2.RawMessage) (*document, error) {
	params, err := decode[protocol.DidOpenTextDocumentParams](raw)
	if err != nil {
		return nil, err
	}
	t := params.TextDocument
	return p.keep(string(t.URI), t.Version, t.Text)
}

func (p *peer) documentClosed(raw jsonrpc2.RawMessage) (*document, error) {
	params, err := decode[protocol.DidCloseTextDocumentParams](raw)
	if err != nil {
		return nil, err
	}
	uri := string(params.TextDocument.URI)
	p.docs.mu.Lock()
	defer p.docs.mu.Unlock()
	if p.docs.open[uri] == nil {
		return nil, fmt.Errorf("close the document %.200q: it is not open", uri)
	}
	delete(p.docs.open, uri)
	return &document{uri: uri}, nil
}

// documentEdited applies changes of a document, whole or in part.
func (p *peer) documentEdited(raw jsonrpc2.RawMessage) (*document, error) {
	params, err := decode[protocol.DidChangeTextDocumentParams](raw)
	if err != nil {
		return nil, err
	}
	uri := string(params.TextDocument.URI)
	d, err := p.document(uri)
	if err != nil {
		return nil, err
	}
	text := d.file.Text
	for _, c := range params.ContentChanges {
		switch c := c.(type) {
		case *protocol.TextDocumentContentChangeWholeDocument:
			text = c.Text
		case *protocol.TextDocumentContentChangePartial:
			part := newLines(text)
			from := part.offset(c.Range.Start)
			text = text[:from] + c.Text + text[max(from, part.offset(c.Range.End)):]
		}
	}
	return p.keep(uri, params.TextDocument.Version, text)
}

// keep puts a version of a document in the table.
func (p *peer) keep(uri string, version int32, text string) (*document, error) {
	if len(text) > maxDocument {
		return nil, fmt.Errorf("the document %.200q has %d bytes; the most is %d", uri, len(text), maxDocument)
	}
	d := newDocument(uri, version, text)
	p.docs.mu.Lock()
	defer p.docs.mu.Unlock()
	if p.docs.open == nil {
		p.docs.open = map[string]*document{}
	}
	p.docs.open[uri] = d
	return d, nil
}

// recentValues are the values of the capture that was used last, nil when none is open.
func (p *peer) recentValues() assist.Values {
	p.mu.Lock()
	s := p.sessions[p.recent]
	p.mu.Unlock()
	if s == nil {
		return nil
	}
	select {
	case <-s.opened:
		if s.session != nil {
			return s.session.Values()
		}
	default:
	}
	return nil
}

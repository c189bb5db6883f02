package rpc

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/assist"
	"github.com/scapls/scapls/filter/file"
	"github.com/scapls/scapls/rpc/wire"
)

// lspEntries binds the methods of LSP that serve files of filters.
func (p *peer) lspEntries() []entry {
	return []entry{
		lsp(p, "textDocument/completion", p.lspComplete),
		lsp(p, "textDocument/hover", p.lspHover),
		lsp(p, "textDocument/signatureHelp", p.lspSignature),
		lsp(p, "textDocument/formatting", p.lspFormat),
		lsp(p, "textDocument/semanticTokens/full", p.lspTokens),
		lsp(p, "textDocument/codeAction", p.lspActions),
		lsp(p, "textDocument/documentSymbol", p.lspSymbols),
	}
}

// lsp is concurrent for a method of LSP.
func lsp[P any](p *peer, name string, f func(context.Context, *P) (any, error)) entry {
	return concurrent(p, wire.Method[P, any]{MethodInfo: wire.MethodInfo{Name: name, Scheduling: wire.Concurrent}}, f)
}

// semanticTypes are the types of tokens in the order of their numbers.
var semanticTypes = []string{"property", "operator", "keyword", "string", "number", "function", "comment", "namespace", "variable"}

var semanticNumbers = map[assist.Kind]uint32{
	assist.Field: 0, assist.Operator: 1, assist.Keyword: 2, assist.String: 3, assist.Number: 4, assist.Function: 5,
}

const (
	semanticComment   = 6
	semanticNamespace = 7
	semanticVariable  = 8
)

// capabilities are what the server does for files of filters.
func capabilities() protocol.ServerCapabilities {
	open, change := true, protocol.TextDocumentSyncKindIncremental
	return protocol.ServerCapabilities{
		TextDocumentSync:           &protocol.TextDocumentSyncOptions{OpenClose: &open, Change: &change},
		CompletionProvider:         &protocol.CompletionOptions{TriggerCharacters: []string{".", "=", " ", "(", "{", ",", "\"", "/", "["}},
		HoverProvider:              protocol.Boolean(true),
		SignatureHelpProvider:      &protocol.SignatureHelpOptions{TriggerCharacters: []string{"[", "(", "."}},
		DocumentFormattingProvider: protocol.Boolean(true),
		DocumentSymbolProvider:     protocol.Boolean(true),
		CodeActionProvider:         &protocol.CodeActionOptions{CodeActionKinds: []protocol.CodeActionKind{protocol.CodeActionKindQuickFix}},
		SemanticTokensProvider: &protocol.SemanticTokensOptions{
			Legend: protocol.SemanticTokensLegend{TokenTypes: semanticTypes, TokenModifiers: []string{}}, Full: protocol.Boolean(true),
		},
	}
}

// publish tells the client what there is to say about a document.
func (p *peer) publish(d *document, problems []problem) {
	params := protocol.PublishDiagnosticsParams{URI: uri.URI(d.uri), Diagnostics: []protocol.Diagnostic{}}
	if d.file != nil {
		params.Version = protocol.NewOptional(d.version)
	}
	for _, pr := range problems {
		params.Diagnostics = append(params.Diagnostics, pr.lsp(d))
	}
	p.notify("textDocument/publishDiagnostics", &params)
}

var lspSeverities = map[filter.Severity]protocol.DiagnosticSeverity{
	filter.Error: protocol.DiagnosticSeverityError, filter.Warning: protocol.DiagnosticSeverityWarning, filter.Hint: protocol.DiagnosticSeverityHint,
}

func (pr *problem) lsp(d *document) protocol.Diagnostic {
	return protocol.Diagnostic{
		Range: d.span(pr.at), Severity: lspSeverities[pr.Severity], Source: protocol.NewOptional("scapls"), Message: protocol.String(valid(pr.Msg)),
	}
}

// at returns the document, the entry at a position, and the place in its filter.
func (p *peer) at(params protocol.TextDocumentPositionParams) (d *document, e *file.Entry, caret int, err error) {
	if d, err = p.document(string(params.TextDocument.URI)); err != nil {
		return nil, nil, 0, err
	}
	pos := d.offset(params.Position)
	if e = d.file.At(pos); e != nil {
		caret = min(pos-e.FilterAt.Start, len(e.Filter))
	}
	return d, e, caret, nil
}

// lspComplete serves textDocument/completion.
func (p *peer) lspComplete(_ context.Context, params *protocol.CompletionParams) (any, error) {
	d, e, caret, err := p.at(params.TextDocumentPositionParams)
	if err != nil || e == nil {
		return &protocol.CompletionList{Items: []protocol.CompletionItem{}}, err
	}
	text, pos := e.Filter, d.offset(params.Position)-e.FilterAt.Start
	if pos > len(text) { // the blanks behind it belong to it while it is typed
		text += strings.Repeat(" ", pos-len(text))
		caret = pos
	}
	src := assist.Source{Values: p.recentValues(), Saved: p.saved()}
	lang := e.Language
	if lang == filter.Auto {
		lang = assist.Guess(text, caret)
	}
	items, more := assist.Complete(text, caret, lang, src)
	list := &protocol.CompletionList{IsIncomplete: more || src.Values != nil, Items: make([]protocol.CompletionItem, 0, len(items))}
	for i, it := range items {
		list.Items = append(list.Items, p.lspItem(d, e, i, it))
	}
	return list, nil
}

// part is a piece of the document's text.
func (d *document) part(at filter.Span) string {
	return d.text[min(at.Start, len(d.text)):min(at.End, len(d.text))]
}

var lspKinds = map[assist.ItemKind]protocol.CompletionItemKind{
	assist.ItemField: protocol.CompletionItemKindField, assist.ItemOperator: protocol.CompletionItemKindOperator,
	assist.ItemValue: protocol.CompletionItemKindValue, assist.ItemKeyword: protocol.CompletionItemKindKeyword,
	assist.ItemFunction: protocol.CompletionItemKindFunction, assist.ItemSnippet: protocol.CompletionItemKindSnippet,
	assist.ItemSaved: protocol.CompletionItemKindConstant,
}

func (p *peer) lspItem(d *document, e *file.Entry, i int, it assist.Item) protocol.CompletionItem {
	at := d.span(within(e, it.At))
	item := protocol.CompletionItem{
		Label: valid(it.Label), Kind: lspKinds[it.Kind], Detail: protocol.NewOptional(valid(it.Detail)),
		SortText:   protocol.NewOptional(fmt.Sprintf("%03d", i)),
		FilterText: protocol.NewOptional(valid(d.part(within(e, it.At)))),
		TextEdit:   &protocol.TextEdit{Range: at, NewText: valid(it.Insert)},
	}
	if it.Doc != "" {
		item.Documentation = &protocol.MarkupContent{Kind: protocol.MarkupKindMarkdown, Value: valid(it.Doc)}
	}
	if p.canSnippets() && it.Caret < len(it.Insert) {
		escape := strings.NewReplacer(`\`, `\\`, "$", `\$`, "}", `\}`)
		item.InsertTextFormat = protocol.InsertTextFormatSnippet
		item.TextEdit = &protocol.TextEdit{Range: at, NewText: escape.Replace(valid(it.Insert[:it.Caret])) + "$0" + escape.Replace(valid(it.Insert[it.Caret:]))}
	}
	if it.Again {
		item.Command = protocol.Command{Title: "Suggest", Command: "editor.action.triggerSuggest"}
	}
	return item
}

// canSnippets reports whether the client takes a place for the caret in what is inserted.
func (p *peer) canSnippets() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.snippets
}

// lspHover serves textDocument/hover.
func (p *peer) lspHover(_ context.Context, params *protocol.HoverParams) (any, error) {
	d, e, caret, err := p.at(params.TextDocumentPositionParams)
	if err != nil || e == nil {
		return nil, err
	}
	at, markdown := assist.Hover(e.Filter, caret, d.language(e), p.recentValues())
	if markdown == "" {
		return nil, nil
	}
	where := d.span(within(e, at))
	return &protocol.Hover{Contents: &protocol.MarkupContent{Kind: protocol.MarkupKindMarkdown, Value: valid(markdown)}, Range: &where}, nil
}

// lspSignature serves textDocument/signatureHelp.
func (p *peer) lspSignature(_ context.Context, params *protocol.SignatureHelpParams) (any, error) {
	d, e, caret, err := p.at(params.TextDocumentPositionParams)
	if err != nil || e == nil {
		return nil, err
	}
	h, ok := assist.Signature(e.Filter, caret, d.language(e))
	if !ok {
		return nil, nil
	}
	u := newUnits(h.Label)
	return &protocol.SignatureHelp{Signatures: []protocol.SignatureInformation{{
		Label: h.Label, Documentation: &protocol.MarkupContent{Kind: protocol.MarkupKindMarkdown, Value: valid(h.Doc)},
		Parameters: []protocol.ParameterInformation{{Label: protocol.ParameterInformationLabelTuple{uint32(u.at(h.Start)), uint32(u.at(h.End))}}},
	}}}, nil
}

// lspFormat serves textDocument/formatting: one edit for the whole, none when all is as it should be.
func (p *peer) lspFormat(_ context.Context, params *protocol.DocumentFormattingParams) (any, error) {
	d, err := p.document(string(params.TextDocument.URI))
	if err != nil {
		return nil, err
	}
	text := file.Format(d.file.Text)
	if text == d.file.Text {
		return []protocol.TextEdit{}, nil
	}
	return []protocol.TextEdit{{Range: d.span(filter.Span{Start: 0, End: len(d.file.Text)}), NewText: valid(text)}}, nil
}

// lspSymbols serves textDocument/documentSymbol: groups with their filters.
func (p *peer) lspSymbols(_ context.Context, params *protocol.DocumentSymbolParams) (any, error) {
	d, err := p.document(string(params.TextDocument.URI))
	if err != nil {
		return nil, err
	}
	list := []protocol.DocumentSymbol{}
	groups := map[int]int{} // of a group: its place in the list
	next := 0
	for i := range d.file.Entries {
		e := &d.file.Entries[i]
		for next < len(d.file.Groups) && d.file.Groups[next].At.Start < e.At.Start {
			groups[next] = len(list)
			list = append(list, d.group(next))
			next++
		}
		text := valid(strings.Join(strings.Fields(e.Filter), " "))
		s := protocol.DocumentSymbol{
			Name: cmp.Or(valid(e.Name), "?"), Detail: &text, Kind: protocol.SymbolKindFunction, Range: d.span(e.At), SelectionRange: d.span(e.NameAt),
		}
		if next > 0 {
			g := &list[groups[next-1]]
			g.Children = append(g.Children, s)
		} else {
			list = append(list, s)
		}
	}
	for ; next < len(d.file.Groups); next++ {
		list = append(list, d.group(next))
	}
	return list, nil
}

func (d *document) group(i int) protocol.DocumentSymbol {
	g := &d.file.Groups[i]
	return protocol.DocumentSymbol{
		Name: cmp.Or(valid(g.Name), "?"), Kind: protocol.SymbolKindNamespace, Range: d.span(filter.Span{Start: g.At.Start, End: g.End}), SelectionRange: d.span(g.At),
	}
}

// lspActions serves textDocument/codeAction: the fixes of what is wrong in a range.
func (p *peer) lspActions(_ context.Context, params *protocol.CodeActionParams) (any, error) {
	d, err := p.document(string(params.TextDocument.URI))
	if err != nil {
		return nil, err
	}
	from, to := d.offset(params.Range.Start), d.offset(params.Range.End)
	kind := protocol.CodeActionKindQuickFix
	list := []protocol.CodeAction{}
	for _, pr := range d.problems(p.recentValues()) {
		if pr.at.End < from || pr.at.Start > to {
			continue
		}
		for _, fix := range pr.fixes {
			edit := protocol.TextEdit{Range: d.span(fix.Span), NewText: valid(fix.Text)}
			list = append(list, protocol.CodeAction{
				Title: valid(fix.Msg), Kind: &kind, Diagnostics: []protocol.Diagnostic{pr.lsp(d)},
				Edit: &protocol.WorkspaceEdit{Changes: map[uri.URI][]protocol.TextEdit{params.TextDocument.URI: {edit}}},
			})
		}
	}
	return list, nil
}

// colour is a token of a document.
type colour struct {
	at   filter.Span
	kind uint32
}

// lspTokens serves textDocument/semanticTokens/full.
func (p *peer) lspTokens(_ context.Context, params *protocol.SemanticTokensParams) (any, error) {
	d, err := p.document(string(params.TextDocument.URI))
	if err != nil {
		return nil, err
	}
	result := &protocol.SemanticTokens{Data: []uint32{}}
	var last protocol.Position
	for _, c := range d.colours() {
		at := d.span(c.at)
		if at.Start.Line != at.End.Line || at.Start == at.End {
			continue
		}
		column := at.Start.Character
		if at.Start.Line == last.Line {
			column -= last.Character
		}
		result.Data = append(result.Data, at.Start.Line-last.Line, column, at.End.Character-at.Start.Character, c.kind, 0)
		last = at.Start
	}
	return result, nil
}

// colours are the tokens of a document in order, none over a line's end.
func (d *document) colours() []colour {
	var list []colour
	for i := range d.file.Entries {
		e := &d.file.Entries[i]
		list = append(list, colour{e.NameAt, semanticVariable})
		for _, t := range assist.Tokens(e.Filter, d.reads[i].Language()) {
			if kind, ok := semanticNumbers[t.Kind]; ok {
				list = append(list, colour{within(e, t.At), kind})
			}
		}
	}
	for _, g := range d.file.Groups {
		list = append(list, colour{g.At, semanticNamespace})
	}
	for i := range d.starts {
		start, end := d.line(i)
		line := strings.TrimRight(d.text[start:end], " \t")
		word := strings.TrimLeft(line, " \t")
		if strings.HasPrefix(word, "#") {
			list = append(list, colour{filter.Span{Start: start + len(line) - len(word), End: start + len(line)}, semanticComment})
		}
	}
	slices.SortStableFunc(list, func(a, b colour) int { return cmp.Compare(a.at.Start, b.at.Start) })
	return list
}

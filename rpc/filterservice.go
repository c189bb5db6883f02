package rpc

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/assist"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session/store"
)

// maxFilter bounds the length of a filter, in bytes.
const maxFilter = 1 << 16

// helped is what help for a filter needs: its language, and the values of a capture if one is open.
type helped struct {
	text   string
	lang   filter.Language
	units  units
	values assist.Values
}

// help checks the parameters of a request about a filter. release must be called.
func (p *peer) help(ctx context.Context, id, text string, lang wire.Language) (h helped, release func(), err error) {
	release = func() {}
	if len(text) > maxFilter {
		return h, release, badParams("the filter is %d bytes long; the most is %d", len(text), maxFilter)
	}
	if h.lang, err = fromLanguage(lang); err != nil {
		return h, release, err
	}
	h.text, h.units = text, newUnits(text)
	if id == "" {
		return h, release, nil
	}
	s, _, release, err := p.use(ctx, id)
	if err != nil {
		return h, func() {}, err
	}
	h.values = s.Values()
	return h, release, nil
}

// taken is the language to help in at a caret: the one that was asked for, or that the text tells.
func (h *helped) taken(caret int) filter.Language {
	if h.lang != filter.Auto {
		return h.lang
	}
	return assist.Guess(h.text, caret)
}

// watched is the values of the capture. It sets pending when it is asked for some that are still being counted.
func (h *helped) watched(pending *bool) assist.Values {
	if h.values == nil {
		return nil
	}
	return watched{h.values, pending}
}

type watched struct {
	values
	pending *bool
}

type values = assist.Values // embedded under this name, since it has a method Values

// Values returns values of a field.
func (w watched) Values(e *field.Expr, typed string, n int) assist.Found {
	*w.pending = *w.pending || w.Counting(e) // before: counting may end meanwhile
	return w.values.Values(e, typed, n)
}

// Count returns how many events have a value.
func (w watched) Count(e *field.Expr, text string) (n uint64, exact bool) {
	*w.pending = *w.pending || w.Counting(e)
	return w.values.Count(e, text)
}

// filterCheck serves scapls/filter/check.
func (p *peer) filterCheck(ctx context.Context, params *wire.FilterParams) (wire.FilterCheckResult, error) {
	h, release, err := p.help(ctx, params.Session, params.Text, params.Language)
	defer release()
	if err != nil {
		return wire.FilterCheckResult{}, err
	}
	read := filter.Read(h.text, h.lang)
	var pending bool
	diags := append(slices.Clone(read.Diags), assist.Doubts(&read, h.watched(&pending))...)
	slices.SortStableFunc(diags, func(a, b filter.Diagnostic) int { return int(a.Severity) - int(b.Severity) })
	result := wire.FilterCheckResult{
		Language: toLanguage(read.Language()), Other: toLanguage(read.Other), OtherNote: valid(read.OtherNote),
		Diagnostics: h.units.diagnostics(diags), Tokens: h.units.tokens(assist.Tokens(h.text, read.Language())), Pending: pending,
	}
	switch {
	case read.Tree.Root == nil && len(diags) == 0:
		result.State = wire.FilterEmpty
	case len(diags) == 0 || diags[0].Severity == filter.Hint:
		result.State = wire.FilterAccepted
	case diags[0].Severity == filter.Warning:
		result.State = wire.FilterWarning
	default:
		result.State = wire.FilterError
	}
	return result, nil
}

// filterComplete serves scapls/filter/complete.
func (p *peer) filterComplete(ctx context.Context, params *wire.FilterAtParams) (wire.FilterCompleteResult, error) {
	h, release, err := p.help(ctx, params.Session, params.Text, params.Language)
	defer release()
	if err != nil {
		return wire.FilterCompleteResult{}, err
	}
	caret := h.units.bytes(params.Caret)
	var pending bool
	src := assist.Source{Values: h.watched(&pending), Saved: p.saved()}
	items, more := assist.Complete(h.text, caret, h.taken(caret), src)
	return wire.FilterCompleteResult{Items: each(items, func(it assist.Item) wire.Completion {
		insert := valid(it.Insert)
		return wire.Completion{
			Label: valid(it.Label), Kind: completionKinds[it.Kind], Detail: valid(it.Detail), Doc: valid(it.Doc),
			Start: h.units.at(it.At.Start), End: h.units.at(it.At.End), Insert: insert,
			Caret: newUnits(insert).at(it.Caret), Again: it.Again,
		}
	}), Incomplete: more, Pending: pending}, nil
}

var completionKinds = map[assist.ItemKind]wire.CompletionKind{
	assist.ItemField: wire.CompletionField, assist.ItemOperator: wire.CompletionOperator, assist.ItemValue: wire.CompletionValue,
	assist.ItemKeyword: wire.CompletionKeyword, assist.ItemFunction: wire.CompletionFunction,
	assist.ItemSnippet: wire.CompletionSnippet, assist.ItemSaved: wire.CompletionSaved,
}

// saved returns the filters that the user keeps.
func (p *peer) saved() []assist.Saved {
	list, err := p.store.Saved()
	if err != nil {
		p.log.Warn("saved filters not read", "err", err)
		return nil
	}
	return each(list, func(s store.Saved) assist.Saved {
		lang, err := fromLanguage(wire.Language(s.Language))
		if err != nil {
			lang = filter.Auto
		}
		return assist.Saved{Name: s.Name, Text: s.Text, Language: lang}
	})
}

// filterHover serves scapls/filter/hover.
func (p *peer) filterHover(ctx context.Context, params *wire.FilterAtParams) (wire.FilterHoverResult, error) {
	h, release, err := p.help(ctx, params.Session, params.Text, params.Language)
	defer release()
	if err != nil {
		return wire.FilterHoverResult{}, err
	}
	caret := h.units.bytes(params.Caret)
	at, markdown := assist.Hover(h.text, caret, h.taken(caret), h.values)
	return wire.FilterHoverResult{Start: h.units.at(at.Start), End: h.units.at(at.End), Markdown: valid(markdown)}, nil
}

// filterSignature serves scapls/filter/signature.
func (p *peer) filterSignature(ctx context.Context, params *wire.FilterAtParams) (wire.FilterSignatureResult, error) {
	h, release, err := p.help(ctx, params.Session, params.Text, params.Language)
	defer release()
	if err != nil {
		return wire.FilterSignatureResult{}, err
	}
	caret := h.units.bytes(params.Caret)
	s, ok := assist.Signature(h.text, caret, h.taken(caret))
	if !ok {
		return wire.FilterSignatureResult{}, nil
	}
	u := newUnits(s.Label)
	return wire.FilterSignatureResult{Label: s.Label, Start: u.at(s.Start), End: u.at(s.End), Markdown: valid(s.Doc)}, nil
}

func fromLanguage(l wire.Language) (filter.Language, error) {
	for _, lang := range []filter.Language{filter.Auto, filter.Sysdig, filter.Wireshark} {
		if l == wire.Language(lang.String()) {
			return lang, nil
		}
	}
	return 0, badParams("no language %.40q; there are %s and %s", l, wire.LanguageSysdig, wire.LanguageWireshark)
}

func toLanguage(l filter.Language) wire.Language { return wire.Language(l.String()) }

// units turns places of a text that are counted in bytes into UTF-16 code units, and back.
type units struct {
	text  string
	ascii bool // both are the same
}

func newUnits(text string) units {
	u := units{text: text, ascii: true}
	for i := range len(text) {
		u.ascii = u.ascii && text[i] < utf8.RuneSelf
	}
	return u
}

// at returns the place of byte i in UTF-16 units.
func (u units) at(i int) int {
	i = max(0, min(i, len(u.text)))
	if u.ascii {
		return i
	}
	n := 0
	for k, r := range u.text {
		if k >= i {
			break
		}
		n += unitsOf(r)
	}
	return n
}

// bytes returns the byte at a place in UTF-16 units; in the middle of a character it is that character's first.
func (u units) bytes(n int) int {
	n = max(0, n)
	if u.ascii {
		return min(n, len(u.text))
	}
	for k, r := range u.text {
		if n -= unitsOf(r); n < 0 {
			return k
		}
	}
	return len(u.text)
}

func unitsOf(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

func (u units) diagnostics(list []filter.Diagnostic) []wire.FilterDiagnostic {
	return each(list, func(d filter.Diagnostic) wire.FilterDiagnostic {
		return wire.FilterDiagnostic{
			Start: u.at(d.Span.Start), End: u.at(d.Span.End), Severity: severities[d.Severity], Message: valid(d.Msg),
			Fixes: each(d.Fixes, u.fix),
		}
	})
}

func (u units) fix(f filter.Fix) wire.FilterFix {
	return wire.FilterFix{Title: valid(f.Msg), Start: u.at(f.Span.Start), End: u.at(f.Span.End), Text: valid(f.Text)}
}

var severities = map[filter.Severity]wire.Severity{
	filter.Error: wire.SeverityError, filter.Warning: wire.SeverityWarning, filter.Hint: wire.SeverityInfo,
}

func (u units) tokens(list []assist.Token) []wire.FilterToken {
	return each(list, func(t assist.Token) wire.FilterToken {
		return wire.FilterToken{Start: u.at(t.At.Start), End: u.at(t.At.End), Kind: tokenKinds[t.Kind]}
	})
}

var tokenKinds = map[assist.Kind]wire.TokenKind{
	assist.Field: wire.TokenField, assist.Operator: wire.TokenOperator, assist.Keyword: wire.TokenKeyword, assist.String: wire.TokenString,
	assist.Number: wire.TokenNumber, assist.Function: wire.TokenFunction, assist.Invalid: wire.TokenInvalid,
}

package assist

import (
	"strings"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
)

// Help is the arguments of the field or function around the caret.
type Help struct {
	Label      string // proc.aname[level]
	Doc        string // markdown
	Start, End int    // of the argument in Label, in bytes
}

// Signature returns the arguments of the innermost field or function that the caret stands in; false when there is none.
func Signature(text string, caret int, lang filter.Language) (Help, bool) {
	tokens, _ := scan(text, lang)
	var calls []string
	for i, t := range tokens {
		if t.At.Start >= caret {
			break
		}
		switch {
		case t.Kind == Function && i+1 < len(tokens) && tokens[i+1].At.End <= caret:
			calls = append(calls, text[t.At.Start:t.At.End])
		case t.Kind == Punctuation && text[t.At.Start] == ')' && t.At.End <= caret && len(calls) > 0:
			calls = calls[:len(calls)-1]
		case t.Kind == Field || t.Kind == Invalid:
			if caret <= t.At.End {
				if h, ok := fieldSignature(text[t.At.Start:t.At.End], caret-t.At.Start, lang); ok {
					return h, true
				}
			}
		}
	}
	if len(calls) == 0 {
		return Help{}, false
	}
	f, ok := functions(lang)[calls[len(calls)-1]]
	if !ok {
		return Help{}, false
	}
	open := strings.IndexByte(f.Label, '(')
	return Help{f.Label, f.Help + "\n\n" + code(f.Example), open + 1, len(f.Label) - 1}, true
}

// fieldSignature is the argument of a field that the caret stands in.
func fieldSignature(text string, caret int, lang filter.Language) (Help, bool) {
	if lang == filter.Wireshark {
		return Help{}, false
	}
	var name string
	if i := strings.IndexByte(text, '['); i >= 0 {
		if caret <= i || strings.HasSuffix(text, "]") && caret == len(text) {
			return Help{}, false
		}
		name = text[:i]
	} else {
		for _, f := range field.All() { // the longest that ends with a dot before the caret
			if f.Arg != field.ArgNone && len(f.Name) > len(name) && caret > len(f.Name) && strings.HasPrefix(text, f.Name+".") && strings.Contains(f.Syntax, ".") {
				name = f.Name
			}
		}
	}
	f := field.Lookup(name)
	if f == nil || f.Arg == field.ArgNone {
		return Help{}, false
	}
	h := Help{Label: f.Name + f.Syntax, Doc: capital(f.Help) + "."}
	h.Start, h.End = len(f.Name), len(h.Label)
	if s := argumentExamples[f.Name]; s != "" {
		h.Doc += "\n\n" + code(s)
	}
	if p, ok := lookupParameter(strings.TrimPrefix(text, name+".")); ok && (name == "evt.arg" || name == "evt.rawarg") {
		h.Doc += "\n\n" + paramDoc(p)
	}
	return h, true
}

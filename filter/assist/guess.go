package assist

import (
	"strings"

	"github.com/scapls/scapls/filter"
)

// Guess tells the language of a filter that is being typed. A field at the caret whose operator is still to come would
// be a whole condition in Wireshark's language only; it is not counted.
func Guess(text string, caret int) filter.Language {
	read := filter.Read(text, filter.Auto)
	if read.Language() != filter.Wireshark {
		return read.Language()
	}
	tokens, _ := scan(text, filter.Sysdig)
	for i, t := range tokens {
		if t.Kind != Field && t.Kind != Invalid || t.want != wantCondition || t.At.End > caret || i+1 < len(tokens) && tokens[i+1].At.Start < caret {
			continue
		}
		if i+1 < len(tokens) && tokens[i+1].want == wantOperator && !connectives[text[tokens[i+1].At.Start:tokens[i+1].At.End]] { // it is whole
			return read.Language()
		}
		before := ""
		for _, b := range tokens[:i] {
			word := text[b.At.Start:b.At.End]
			if word == "&&" || word == "||" || word == "^^" || word == "!" {
				return filter.Wireshark
			}
			if b.Kind == Keyword && connectives[word] {
				before = text[:b.At.Start]
			}
		}
		if strings.TrimSpace(before) == "" {
			return filter.Sysdig
		}
		rest := filter.Read(before, filter.Auto)
		return rest.Language()
	}
	return read.Language()
}

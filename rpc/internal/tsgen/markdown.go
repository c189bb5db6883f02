package main

import (
	"fmt"
	"strings"

	"github.com/scapls/scapls/rpc/wire"
)

const (
	docFile  = "docs/PROTOCOL.md"
	docBegin = "<!-- begin generated: make generate -->\n"
	docEnd   = "<!-- end generated -->\n"
)

// markdown returns the document with the part between the markers replaced by the methods and types.
func markdown(text string, decls []*decl, methods, notifications []wire.MethodInfo) (string, error) {
	head, rest, ok := strings.Cut(text, docBegin)
	if !ok {
		return "", fmt.Errorf("%s has no line %q", docFile, docBegin)
	}
	_, tail, ok := strings.Cut(rest, docEnd)
	if !ok {
		return "", fmt.Errorf("%s has no line %q", docFile, docEnd)
	}
	var b strings.Builder
	b.WriteString(head + docBegin)
	b.WriteString("\n## Methods\n\nRequests from the client. *Ordered* methods take effect before the next message is read; all others run beside each other.\n")
	for _, m := range methods {
		order := ""
		if m.Scheduling == wire.Ordered {
			order = " · *ordered*"
		}
		fmt.Fprintf(&b, "\n### `%s`\n\n%s → %s%s\n\n%s\n", m.Name, link(m.Params), link(m.Result), order, m.Doc)
	}
	b.WriteString("\n## Notifications\n\nFrom the server to the client.\n")
	for _, m := range notifications {
		fmt.Fprintf(&b, "\n### `%s`\n\n%s\n\n%s\n", m.Name, link(m.Params), m.Doc)
	}
	b.WriteString("\n## Types\n")
	for _, d := range decls {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n", d.name, oneLine(d.doc))
		if len(d.fields)+len(d.values) > 0 {
			b.WriteString("\n")
		}
		for _, f := range d.fields {
			opt := ""
			if f.optional {
				opt = ", optional"
			}
			fmt.Fprintf(&b, "- `%s` (%s%s)%s\n", f.name, f.ts, opt, explain(f.doc))
		}
		for _, v := range d.values {
			fmt.Fprintf(&b, "- `%s`%s\n", v.literal, explain(v.doc))
		}
	}
	b.WriteString("\n" + docEnd + tail)
	return b.String(), nil
}

func link(name string) string { return fmt.Sprintf("[%s](#%s)", name, strings.ToLower(name)) }

func explain(doc string) string {
	if doc == "" {
		return ""
	}
	return ": " + oneLine(doc)
}

func oneLine(doc string) string { return strings.Join(strings.Fields(doc), " ") }

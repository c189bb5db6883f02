package explain

import (
	"fmt"
	"strings"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/filter/manual"
)

// Link returns the address of the call's manual page, "" for what is no call.
func Link(c *field.Ctx) string { return manual.Page(get(c, "evt.type")) }

// Markdown explains an event: what the call does, each argument with the meaning of its flags, the error.
func Markdown(c *field.Ctx) string {
	var b strings.Builder
	name := get(c, "evt.type")
	if s := manual.Text(name); s != "" {
		fmt.Fprintf(&b, "**%s**: %s\n\n", escape(name), s)
	}
	writeArguments(&b, c)
	if c.HasRes && c.Res < 0 {
		errno := get(c, "evt.res")
		if _, meaning := manual.Errno(errno); meaning != "" {
			fmt.Fprintf(&b, "\n**%s**: %s\n", errno, meaning)
		}
	}
	if page := manual.Page(name); page != "" {
		fmt.Fprintf(&b, "\n[Manual page of %s](%s)\n", escape(name), page)
	}
	return strings.TrimSpace(b.String())
}

// writeArguments lists the arguments, with what their flags mean.
func writeArguments(b *strings.Builder, c *field.Ctx) {
	if c.Args.Type == nil {
		return
	}
	for i := range c.Args.N {
		name := c.Args.Type.Params[i].Name
		text := get(c, fmt.Sprintf("evt.arg[%d]", i))
		if text == "" {
			continue
		}
		fmt.Fprintf(b, "- `%s` = %s\n", name, code(short(text)))
		for _, flag := range strings.Split(value(text), "|") {
			if meaning := manual.Flag(flag); meaning != "" {
				fmt.Fprintf(b, "  - `%s`: %s\n", flag, meaning)
			}
		}
	}
}

// code writes a text so that Markdown shows it as it is.
func code(s string) string {
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if len(fence) > 1 || strings.HasPrefix(s, "`") {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}

// escape takes the meaning from what is special in Markdown.
func escape(s string) string {
	return strings.NewReplacer("\\", "\\\\", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "<", "\\<").Replace(s)
}

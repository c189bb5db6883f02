package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/scapls/scapls/filter/field"
)

// runFields prints the catalogue of fields, or those that are named.
func runFields(_ context.Context, args []string, std stdio) int {
	fs := newFlags("fields", std)
	output := fs.String("o", "text", "output `form`: text or json (an object per line)")
	names, code := parseNames(fs, args)
	if code >= 0 {
		return code
	}
	if *output != "text" && *output != "json" {
		fmt.Fprintf(std.err, "scapls fields: -o %q is none of text, json\n", *output)
		return exitUsage
	}
	list, unknown := selected(names)
	for _, name := range unknown {
		fmt.Fprintf(std.err, "scapls fields: there is no field %q%s\n", name, meant(name))
	}
	var err error
	switch {
	case *output == "json":
		err = writeFieldsJSON(std.out, list)
	case len(list) > 0 && len(list) <= len(names):
		err = describeFields(std.out, list)
	default:
		err = writeFieldsTable(std.out, list)
	}
	switch {
	case err != nil && !brokenPipe(err):
		fmt.Fprintf(std.err, "scapls fields: %v\n", err)
		return exitOpen
	case len(unknown) > 0:
		return exitUsage
	}
	return exitOK
}

// catalogue is every field of both languages.
func catalogue() []*field.Field { return slices.Concat(field.All(), field.WiresharkOnly()) }

// selected returns the fields with the names; a name may also be a class, or the beginning of names up to a dot. Without
// names these are all that are not of a kind that tools hide.
func selected(names []string) (list []*field.Field, unknown []string) {
	if len(names) == 0 {
		for _, f := range catalogue() {
			if !f.Flags.Has(field.TableOnly) && f.Class != "protocol" && !strings.HasPrefix(f.Name, "sysdig.param.") {
				list = append(list, f)
			}
		}
		return list, nil
	}
	for _, name := range names {
		n := len(list)
		if r, err := field.ParseWireshark(name); err == nil && field.Lookup(name) == nil { // with an argument, or as Stratoshark calls it
			name = r.F.Name
		}
		for _, f := range catalogue() {
			if f.Class == "protocol" && name != f.Class && field.Lookup(f.Name) != nil {
				continue
			}
			prefix := strings.TrimSuffix(name, ".") + "."
			if f.Name == name || field.Lookup(name) == nil && (f.Class == name || strings.HasPrefix(f.Name, prefix)) {
				list = append(list, f)
			}
		}
		if len(list) == n {
			unknown = append(unknown, name)
		}
	}
	return list, unknown
}

func meant(name string) string {
	near := field.NearestWireshark(name, 3)
	if len(near) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(near, ", ") + "?"
}

// fieldEntry is a field as -o json prints it.
type fieldEntry struct {
	Name        string `json:"name"`
	Class       string `json:"class"`
	Type        string `json:"type"`
	Argument    string `json:"argument,omitempty"`
	Required    bool   `json:"required,omitempty"`
	Help        string `json:"help"`
	Example     string `json:"example"`
	Stratoshark string `json:"stratoshark,omitempty"`
	Needs       string `json:"needs,omitempty"`
	Answered    bool   `json:"answered"` // a capture may hold it
	Deprecated  bool   `json:"deprecated,omitempty"`
}

func writeFieldsJSON(w io.Writer, list []*field.Field) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, f := range list {
		if err := e.Encode(fieldEntry{
			f.Name, f.Class, f.TypeName(), f.Syntax, f.Arg == field.ArgRequired, f.Help, f.Example(), f.Stratoshark(), f.Needs(),
			f.Unavailable() == "", f.Flags.Has(field.Deprecated),
		}); err != nil {
			return err
		}
	}
	return nil
}

func writeFieldsTable(w io.Writer, list []*field.Field) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range list {
		fmt.Fprintf(t, "%s%s\t%s\t%s\n", f.Name, f.Syntax, f.TypeName(), f.Help)
	}
	return t.Flush()
}

// describeFields prints all that is known of each field.
func describeFields(w io.Writer, list []*field.Field) error {
	var b strings.Builder
	for i, f := range list {
		if i > 0 {
			b.WriteByte('\n')
		}
		line := func(label, text string) {
			if text != "" {
				fmt.Fprintf(&b, "  %-12s %s\n", label, text)
			}
		}
		fmt.Fprintf(&b, "%s\n", f.Name)
		line("what", f.Help)
		line("type", f.TypeName())
		if f.Arg != field.ArgNone {
			line("argument", f.Syntax+map[bool]string{true: "", false: " (may be left out)"}[f.Arg == field.ArgRequired])
		}
		line("example", f.Example())
		line("Stratoshark", f.Stratoshark())
		if f.Unavailable() != "" {
			line("no capture", f.Needs())
		} else {
			line("needs", f.Needs())
		}
		if f.Flags.Has(field.Deprecated) {
			line("deprecated", "newer tools may not know it")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

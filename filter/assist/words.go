package assist

import (
	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
)

// word is an operator or a keyword with its help.
type word struct {
	text    string
	help    string // a sentence
	example string
}

// sysdigOps are the operators of sysdig's language with their help.
var sysdigOps = []word{
	{"=", "The value is exactly this one. Of several values, such as both ends of a connection, one is enough.", "proc.name = nginx"},
	{"!=", "There is a value, and it is another one. An event without the field does not match; write `not field = value` to keep those.", "user.name != root"},
	{"in", "The value is one of a list.", "evt.type in (open, openat, creat)"},
	{"contains", "The text holds this one somewhere; upper and lower case differ.", "fd.name contains /etc/"},
	{"startswith", "The text begins with this one.", "fd.name startswith /var/log/"},
	{"endswith", "The text ends with this one.", "fd.name endswith .log"},
	{"exists", "The event has a value of this field, whichever it is.", "fd.name exists"},
	{"icontains", "The text holds this one somewhere, upper and lower case being the same.", "proc.cmdline icontains password"},
	{"glob", "The whole text fits a shell pattern: `*` stands for any text, slashes too, `?` for one character, `[a-z]` for a range.", "fd.name glob /home/*/.ssh/*"},
	{"iglob", "As `glob`, upper and lower case being the same.", "proc.exepath iglob *Python*"},
	{"regex", "The whole text fits a POSIX extended regular expression.", `proc.name regex "python[0-9.]*"`},
	{"pmatch", "The path is one of the list or lies below one of them, compared component by component; components may be patterns.", "fd.name pmatch (/etc, /usr/lib)"},
	{"intersects", "As `in`; of a list of values one is enough.", "fd.types intersects (ipv4, ipv6)"},
	{"<", "The value is less. Texts are compared byte by byte.", "fd.num < 3"},
	{"<=", "The value is less or equal.", "fd.sport <= 1024"},
	{">", "The value is greater.", "evt.buflen > 65536"},
	{">=", "The value is greater or equal.", "proc.nthreads >= 16"},
	{"==", "The same as `=`.", "proc.name == nginx"},
	{"bcontains", "The bytes hold these, given as hexadecimal digits.", "evt.buffer bcontains 7f454c46"},
	{"bstartswith", "The bytes begin with these, given as hexadecimal digits.", "evt.buffer bstartswith 1603"},
}

// wiresharkOps are the operators of Wireshark's language with their help.
var wiresharkOps = []word{
	{"==", "The value is exactly this one. `eq` means the same.", `proc.name == "nginx"`},
	{"!=", "There is a value, and it is another one. An event without the field does not match; write `!(field == value)` to keep those. `ne` means the same.", `user.name != "root"`},
	{"in", "The value is one of a set; `..` makes a range, both ends included.", `evt.type in {"open", "openat"}`},
	{"contains", "The text or the bytes hold these somewhere; upper and lower case differ.", `fd.name contains "/etc/"`},
	{"matches", "Some part of the text fits a Perl-compatible regular expression, upper and lower case being the same.", `fd.name matches "\\.log$"`},
	{"<", "The value is less. `lt` means the same.", "fd.num < 3"},
	{"<=", "The value is less or equal. `le` means the same.", "fd.sport <= 1024"},
	{">", "The value is greater. `gt` means the same.", "evt.buflen > 65536"},
	{">=", "The value is greater or equal. `ge` means the same.", "evt.buflen >= 1"},
	{"eq", "The same as `==`.", `proc.name eq "nginx"`},
	{"ne", "The same as `!=`.", `proc.name ne "nginx"`},
	{"lt", "The same as `<`.", "fd.num lt 3"},
	{"le", "The same as `<=`.", "fd.num le 3"},
	{"gt", "The same as `>`.", "fd.num gt 3"},
	{"ge", "The same as `>=`.", "fd.num ge 3"},
	{"===", "All values of the field are equal to this one.", "fd.num === 3"},
	{"!==", "One value of the field differs from this one.", "fd.num !== 3"},
	{"any_eq", "The same as `==`.", "fd.num any_eq 3"},
	{"all_eq", "The same as `===`.", "fd.num all_eq 3"},
	{"any_ne", "The same as `!==`.", "fd.num any_ne 3"},
	{"all_ne", "The same as `!=`.", "fd.num all_ne 3"},
	{"~", "The same as `matches`.", `fd.name ~ "log$"`},
	{"bitand", "The bits that both numbers have; `&` means the same.", "evt.rawres bitand 1"},
	{"bitwise_and", "The bits that both numbers have; `&` means the same.", "evt.rawres bitwise_and 1"},
}

var keywords = map[string]string{
	"and": "Both conditions hold. It binds more than `or`.",
	"or":  "At least one of the conditions holds.",
	"not": "The condition does not hold. Events without the field match too. It binds more than `and`.",
	"xor": "One of the conditions holds, and not both.",
	"&&":  "Both conditions hold: the same as `and`.",
	"||":  "At least one of the conditions holds: the same as `or`.",
	"^^":  "One of the conditions holds, and not both: the same as `xor`.",
	"!":   "The condition does not hold: the same as `not`.",
	"any": "One value of the field is enough.",
	"all": "All values of the field must fit.",
}

// call describes a function.
type call struct {
	Label, Help, Example string
}

var sysdigFunctions = map[string]call{
	"tolower":  {"tolower(field)", "The text in lower case (ASCII letters).", "tolower(proc.name) = java"},
	"toupper":  {"toupper(field)", "The text in upper case (ASCII letters).", "toupper(proc.name) = JAVA"},
	"b64":      {"b64(field)", "What a base64 text encodes; no value when it is none.", "b64(evt.arg.data) contains passwd"},
	"basename": {"basename(field)", "The text behind the last slash.", "basename(proc.exepath) = python3"},
	"len":      {"len(field)", "The length: bytes of a text, elements of a list.", "len(proc.cmdline) > 200"},
	"val":      {"val(field)", "Another field's value, to compare with.", "proc.name = val(proc.pname)"},
}

func operators(lang filter.Language) []word {
	if lang == filter.Wireshark {
		return wiresharkOps
	}
	return sysdigOps
}

func functions(lang filter.Language) map[string]call {
	if lang == filter.Wireshark {
		return wiresharkFunctions
	}
	return sysdigFunctions
}

func isOperator(text string, wireshark bool) bool {
	lang := filter.Sysdig
	if wireshark {
		lang = filter.Wireshark
	}
	_, ok := operatorHelp(text, lang)
	return ok
}

func operatorHelp(text string, lang filter.Language) (word, bool) {
	for _, w := range operators(lang) {
		if w.text == text {
			return w, true
		}
	}
	return word{}, false
}

// legal reports whether an operator compares what a field holds.
func legal(op string, e *field.Expr, lang filter.Language) bool {
	if lang != filter.Wireshark {
		if op == "==" {
			op = "="
		}
		return filter.Legal(e, op)
	}
	k := e.Kind()
	switch op {
	case "contains":
		return k == field.String || k == field.Bytes || k == field.None
	case "matches", "~":
		return k == field.String || k == field.None
	case "<", "<=", ">", ">=", "lt", "le", "gt", "ge":
		return k != field.Bool && k != field.Elements
	case "bitand", "bitwise_and":
		return k == field.Int || k == field.Uint || k == field.Port
	}
	return true
}

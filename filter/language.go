package filter

// Language is one of the two filter languages.
type Language uint8

// The languages. Auto stands for the one the text itself tells, or for none.
const (
	Auto      Language = iota
	Sysdig             // sysdig's and Falco's
	Wireshark          // Wireshark's display filters, with fields as Stratoshark names them
)

// String returns the language's name as it crosses the wire; empty for Auto.
func (l Language) String() string { return [...]string{"", "sysdig", "wireshark"}[l] }

// Title returns what people call the language.
func (l Language) Title() string { return [...]string{"", "sysdig and Falco", "Wireshark"}[l] }

// Reading is a text that was read as a filter.
type Reading struct {
	Tree      *Tree        // in the language that was taken, which is Tree.Language
	Diags     []Diagnostic // what Check says of the tree
	Other     Language     // the other language, when the text can be used there and means something else; else Auto
	OtherNote string       // in which way the meanings differ
}

// Language returns the language that was taken.
func (r *Reading) Language() Language { return r.Tree.Language }

// Valid reports whether the filter can be used.
func (r *Reading) Valid() bool { return valid(r.Diags) }

func valid(diags []Diagnostic) bool {
	for _, d := range diags {
		if d.Severity == Error {
			return false
		}
	}
	return true
}

// Compile makes a program of the filter; the error is an *Invalid.
func (r *Reading) Compile() (*Program, error) {
	if !r.Valid() {
		return nil, &Invalid{r.Tree.Text, r.Diags}
	}
	return program(r.Tree), nil
}

package field

// Note is what is noted about an event: by people, and by comments in the file. It does not change.
type Note struct {
	Marked    bool
	Ignored   bool
	Reference bool     // times are shown relative to it
	Comments  []string // those of the file first
}

// Empty reports whether nothing is noted.
func (n *Note) Empty() bool {
	return n == nil || !n.Marked && !n.Ignored && !n.Reference && len(n.Comments) == 0
}

// noteFields are fields of what is noted about an event. They have the names of Wireshark's in its language.
var noteFields = map[string]extractor{
	"evt.marked":    {value: func(c *Ctx, _ *Ref) Value { return boolValue(c.Note != nil && c.Note.Marked) }},
	"evt.ignored":   {value: func(c *Ctx, _ *Ref) Value { return boolValue(c.Note != nil && c.Note.Ignored) }},
	"evt.reference": {value: func(c *Ctx, _ *Ref) Value { return boolValue(c.Note != nil && c.Note.Reference) }},
	"evt.comment": {
		text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
			if c.Note == nil || len(c.Note.Comments) == 0 {
				return dst, false
			}
			for i, text := range c.Note.Comments {
				if i > 0 {
					dst = append(dst, '\n')
				}
				dst = append(dst, text...)
			}
			return dst, true
		},
		each: func(c *Ctx, _ *Ref, yield func(Value) bool) {
			if c.Note == nil {
				return
			}
			for _, text := range c.Note.Comments {
				if !yield(textValue([]byte(text))) {
					return
				}
			}
		},
	},
}

// frameNotes are Wireshark's names of them.
var frameNotes = map[string]string{
	"evt.marked": "frame.marked", "evt.ignored": "frame.ignored", "evt.reference": "frame.ref_time", "evt.comment": "frame.comment",
}

package filter

import "github.com/scapls/scapls/filter/field"

// Question is a condition that no text of a language makes: a text searched for in what a list shows, say.
type Question struct {
	// Needs returns what Match takes its answer from in a situation, as field.Ref.Needs does.
	Needs func(field.Situation) field.Needs
	// Match asks the event. Several goroutines may call it at once, each with its own Ctx.
	Match func(*field.Ctx) bool
	// Needle is bytes that the bytes of every event hold that matches, nil when no such are known.
	Needle []byte
	// Fold says that they hold the needle in any case of its letters from a to z.
	Fold bool
}

// Custom returns the program of any of several questions. Programs of the same key must match the same events; no
// filter's key has a zero byte, so that one with it is never a filter's.
func Custom(key string, any ...Question) *Program {
	c := &Cond{Kind: CondAny}
	for i := range any {
		c.Args = append(c.Args, &Cond{ask: asked(any[i].Match), own: &any[i]})
	}
	if len(c.Args) == 1 {
		c = c.Args[0]
	}
	return &Program{root: asked(c.Match), tree: &Tree{}, key: func() string { return key }, cond: c}
}

// Question returns the question that the condition is, nil for one that a text made.
func (c *Cond) Question() *Question { return c.own }

// asked is a function that is a condition.
type asked func(*field.Ctx) bool

func (f asked) match(c *field.Ctx) bool { return f(c) }

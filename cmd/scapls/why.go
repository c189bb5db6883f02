package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session"
)

// tellWhy writes a line that says why a filter has left no event, as the editor does in the place of the rows.
func tellWhy(ctx context.Context, x *index.Index, o session.LinesOptions, w io.Writer) {
	s := x.Acquire()
	ask := index.Ask{List: index.List{Calls: o.View == session.CallsView, Internal: o.Internal}, Loc: o.Loc}
	ask.Legacy = o.View != session.CallsView && !o.Plain && s.HasCalls()
	s.Release()
	why, err := session.WhyOf(ctx, x, o.Filter, ask)
	if err != nil {
		return
	}
	const none = "no event matches"
	text, _ := strings.CutSuffix(strings.ReplaceAll(why.Message, "`", ""), ": "+none)
	switch {
	case text == "": // there are some, but not where it was looked
		text = none + " in the range"
	case !strings.HasPrefix(text, none):
		text = none + ": " + text
	}
	fmt.Fprintln(w, text)
}

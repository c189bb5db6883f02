package stats

import (
	"context"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/scapiotest"
)

func TestValuesFromColumnsAreThoseOfTheEvents(t *testing.T) {
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		x := open(t, scapiotest.Repo(t, name))
		for _, f := range field.All() {
			ref, err := field.Parse(f.Name)
			if err != nil { // wants an argument
				continue
			}
			for _, list := range []index.List{calls, {}} {
				var cur index.Cursor
				var c field.Ctx
				var mu sync.Mutex // guards cur and c
				err := x.Scan(context.Background(), list, nil, func() func(*index.Batch) {
					look := &looker{}
					return func(b *index.Batch) {
						mu.Lock()
						defer mu.Unlock()
						for i := 0; i < b.Len(); i += 7 {
							if b.Fill(b.Key(i), list.Calls, &cur, &c) != nil {
								continue
							}
							want := fieldValue{}
							if v := ref.Value(&c); v.Kind != field.None {
								want.has = true
								want.number, want.numeric = numeric(v)
							}
							text, shown := ref.Append(nil, &c)
							got := look.value(&ref, b, i, list.Calls, true)
							if math.IsNaN(want.number) || want.has != got.has || want.number != got.number || want.numeric != got.numeric || shown != got.shown || string(text) != got.text {
								t.Errorf("%s, %s of event %d, calls %v: %+v, from columns %+v", name, f.Name, b.Key(i), list.Calls, want, *got)
								return
							}
						}
					}
				})
				require.NoError(t, err)
			}
		}
	}
}

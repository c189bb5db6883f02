package index

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// sortRow is what a row is sorted by, found by decoding its event.
type sortRow struct {
	key    uint32
	has    bool
	value  field.Value // a number
	text   string
	isText bool
	plain  bool // its bytes count, as those of addresses
}

// sortedNaively returns the rows of a list, or of a set, in an order, found by asking every event and a stable sort.
func sortedNaively(x *Index, a Ask, set *Set, by Sorting) []uint32 {
	s := x.Acquire()
	defer s.Release()
	var list []sortRow
	var cur Cursor
	c := field.Ctx{}
	a.style(&c)
	prev := uint64(0)
	for key := s.Next(a.List, 1); key != 0; key = s.Next(a.List, key+1) {
		if set != nil && !set.Has(key) {
			continue
		}
		row := sortRow{key: key}
		if s.Fill(key, a.Calls, &cur, &c) == nil {
			c.PrevTS = prev
			row.take(&c, by)
		}
		prev = s.Facts(key).TS
		list = append(list, row)
	}
	slices.SortStableFunc(list, func(a, b sortRow) int {
		if !a.has || !b.has {
			return cmp.Compare(btoi(b.has), btoi(a.has))
		}
		n := a.compare(b)
		if by.Down {
			n = -n
		}
		return n
	})
	keys := make([]uint32, len(list))
	for i := range list {
		keys[i] = list[i].key
	}
	return keys
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (r *sortRow) take(c *field.Ctx, by Sorting) {
	name := by.By.F.Name
	plain := len(by.By.Chain) == 0
	switch {
	case strings.HasPrefix(name, "evt.latency") && c.Latency < 0, strings.Contains(name, "delta") && c.PrevTS == 0:
		return
	case plain && slices.Contains([]string{
		"evt.time", "evt.time.s", "evt.time.iso8601", "evt.datetime", "evt.datetime.s", "evt.outputtime",
	}, name):
		r.has, r.value = true, field.Value{Kind: field.Time, U: c.TS}
		return
	case plain && name == "evt.latency.human":
		r.has, r.value = true, field.Value{Kind: field.Duration, U: uint64(c.Latency)}
		return
	}
	v := by.By.Value(c)
	if v.Kind == field.None && by.Or != nil {
		v = by.Or.Value(c)
	}
	r.has = v.Kind != field.None
	r.value = v
	switch v.Kind {
	case field.String, field.Bytes, field.Elements, field.IP:
		r.isText, r.text = true, string(v.B)
		if r.plain = v.Kind == field.IP; r.plain { // the shorter first
			r.text = fmt.Sprintf("%2d %s", len(v.B), v.B)
		}
	}
}

var token = regexp.MustCompile(`(?s)^-[0-9]+|[0-9]+|.`)

func (r sortRow) compare(o sortRow) int {
	if r.isText != o.isText {
		return btoi(r.isText) - btoi(o.isText)
	}
	if !r.isText {
		return compareNaively(r.value, o.value)
	}
	if r.plain {
		return strings.Compare(r.text, o.text)
	}
	return compareTokens(r.text, o.text)
}

func compareNaively(a, b field.Value) int {
	signed := func(v field.Value) *big.Int {
		if v.Kind == field.Int {
			return big.NewInt(v.Int())
		}
		return new(big.Int).SetUint64(v.U)
	}
	if a.Kind == field.Float {
		return cmp.Compare(a.Float(), b.Float())
	}
	return signed(a).Cmp(signed(b))
}

// compareTokens compares texts piece by piece: numbers, and characters between them.
func compareTokens(a, b string) int {
	x, y := token.FindAllString(a, -1), token.FindAllString(b, -1)
	for i := range min(len(x), len(y)) {
		if x[i] == y[i] {
			a, b = a[len(x[i]):], b[len(y[i]):]
			continue
		}
		m, merr := strconv.ParseFloat(x[i], 64)
		n, nerr := strconv.ParseFloat(y[i], 64)
		switch {
		case merr != nil || nerr != nil || (x[i][0] == '-') != (y[i][0] == '-'):
			return strings.Compare(a, b)
		case m != n:
			return cmp.Compare(m, n)
		}
		return len(y[i]) - len(x[i]) // more zeros before it
	}
	return len(x) - len(y)
}

func sorting(t require.TestingT, by string, down bool) Sorting {
	e, err := field.ParseExpr(by)
	require.NoError(t, err, by)
	return Sorting{By: e, Down: down}
}

func ordered(t require.TestingT, x *Index, a Ask, set *Set, by Sorting) []uint32 {
	o, err := x.Sort(context.Background(), a, set, by, nil)
	require.NoError(t, err, by.By.String())
	keys := make([]uint32, o.Rows())
	for i := range keys {
		keys[i] = o.Select(uint32(i))
	}
	require.Zero(t, o.Select(o.Rows()))
	return keys
}

// TestAnOrderIsWhatAStableSortOfAllValuesGives: for every field there is.
func TestAnOrderIsWhatAStableSortOfAllValuesGives(t *testing.T) {
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		x := openFile(t, scapiotest.Repo(t, name))
		moved := map[string]bool{}
		for i, e := range expressions() {
			if testing.Short() && i%75 != 0 { // the race detector has enough with some of them
				continue
			}
			a := Ask{List: List{Calls: i%2 == 0, Internal: i%3 == 0}, Loc: time.UTC}
			by := Sorting{By: e, Down: i%5 < 2}
			want := sortedNaively(x, a, nil, by)
			require.Equal(t, want, ordered(t, x, a, nil, by), "%s of %s in %+v, down %v", e.String(), name, a, by.Down)
			if !slices.IsSorted(want) {
				moved[e.F.Name] = true
			}
		}
		require.Greater(t, len(moved), map[bool]int{false: 100, true: 1}[testing.Short()], "fields that have different values in the capture")
	}
}

// TestAnOrderOfWhatAFilterLeaves holds random filters and fields against a stable sort, also over the end of a segment.
func TestAnOrderOfWhatAFilterLeaves(t *testing.T) {
	fields := []string{
		"evt.num", "evt.time", "evt.rawtime", "evt.reltime", "evt.deltatime", "evt.latency", "evt.rawres", "evt.res", "evt.cpu", "evt.type", "evt.dir", "fd.num", "fd.name",
		"evt.buflen", "evt.args", "evt.arg.fd", "evt.arg.size", "evt.rawarg.size", "evt.rawarg.res", "proc.name", "proc.pid", "thread.tid", "proc.pname", "proc.aname[2]",
		"proc.duration", "user.name", "container.id", "evt.category", "evt.failed", "fd.type", "len(fd.name)", "toupper(proc.name)", "evt.latency.human", "evt.buffer",
	}
	conds := []string{
		"evt.type in (read, write, openat)", "fd.num > 2", "proc.name startswith b", "evt.failed = true", "evt.num > 2000", "not evt.type = close", "fd.name contains /", "evt.num = 0",
	}
	for _, file := range captures(t) {
		x := openFile(t, file)
		count := 12
		if x.Progress().Events > SegmentSize {
			count = 3
		}
		if testing.Short() {
			count = (count + 5) / 6
		}
		n := 0
		rapid.Check(t, func(t *rapid.T) {
			if n++; n > count {
				return
			}
			a := Ask{List: List{Calls: rapid.Bool().Draw(t, "calls"), Internal: rapid.Bool().Draw(t, "internal")}, Loc: time.UTC}
			by := sorting(t, rapid.SampledFrom(fields).Draw(t, "field"), rapid.Bool().Draw(t, "down"))
			p := program(t, rapid.SampledFrom(conds).Draw(t, "filter"))
			set, err := x.Select(context.Background(), p, a, nil)
			require.NoError(t, err)
			require.Equal(t, sortedNaively(x, a, set, by), ordered(t, x, a, set, by), "%s %v", by.By.String(), by.Down)
		})
	}
}

func program(t require.TestingT, text string) *filter.Program {
	r := filter.Read(text, filter.Sysdig)
	p, err := r.Compile()
	require.NoError(t, err, text)
	return p
}

func TestLatenciesAreNotKnownWhereTheClockWentBack(t *testing.T) {
	for _, file := range captures(t) {
		x := openFile(t, file)
		a := Ask{List: List{Calls: true, Internal: true}, Loc: time.UTC}
		for _, name := range []string{"evt.latency", "evt.latency.s", "evt.latency.ns", "evt.latency.human", "evt.latency.quantized"} {
			for _, down := range []bool{false, true} {
				by := sorting(t, name, down)
				require.Equal(t, sortedNaively(x, a, nil, by), ordered(t, x, a, nil, by), "%s %s %v", file, name, down)
			}
		}
	}
}

func TestRowsWithoutAValueComeLastEitherWay(t *testing.T) {
	x := openFile(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	a := Ask{List: List{Calls: true}}
	for _, down := range []bool{false, true} {
		o, err := x.Sort(t.Context(), a, nil, sorting(t, "fd.name", down), nil)
		require.NoError(t, err)
		require.Positive(t, o.Valued())
		require.Less(t, o.Valued(), o.Rows())
		last := uint32(0)
		s := x.Acquire()
		for i := o.Valued(); i < o.Rows(); i++ {
			require.Greater(t, o.Select(i), last, "in the order of the file")
			last = o.Select(i)
		}
		s.Release()
	}
}

func TestAFieldMayStandInForAnother(t *testing.T) {
	x := openFile(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	a := Ask{List: List{Calls: true}}
	by := sorting(t, "fd.name", false)
	or := sorting(t, "proc.name", false).By
	by.Or = &or
	require.Equal(t, sortedNaively(x, a, nil, by), ordered(t, x, a, nil, by))
	o, err := x.Sort(t.Context(), a, nil, by, nil)
	require.NoError(t, err)
	without, err := x.Sort(t.Context(), a, nil, sorting(t, "fd.name", false), nil)
	require.NoError(t, err)
	require.Greater(t, o.Valued(), without.Valued())
}

func TestRowsAndKeysOfAnOrderLeadToEachOther(t *testing.T) {
	x := openFile(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	a := Ask{}
	o, err := x.Sort(t.Context(), a, nil, sorting(t, "fd.name", true), nil)
	require.NoError(t, err)
	for i := range o.Rows() {
		row, in := o.Rank(o.Select(i))
		require.True(t, in)
		require.Equal(t, i, row)
	}
	_, in := o.Rank(1) // internal
	require.False(t, in)
	_, in = o.Rank(1 << 30)
	require.False(t, in)

	set, err := x.Select(t.Context(), program(t, "evt.type = openat"), a, nil)
	require.NoError(t, err)
	var down, up []uint32
	for i := range o.Rows() {
		if set.Has(o.Select(i)) {
			down = append(down, i)
		}
	}
	require.EqualValues(t, set.Rows(), len(down))
	for row, ok := o.Next(set, 0, false); ok; row, ok = o.Next(set, row+1, false) {
		up = append(up, row)
	}
	require.Equal(t, down, up)
	up = nil
	for row, ok := o.Next(set, o.Rows(), true); ok; row, ok = o.Next(set, row, true) {
		up = append(up, row)
	}
	slices.Reverse(up)
	require.Equal(t, down, up)
}

// TestASortEndsWhenItIsCancelled: while events are decoded, and while texts are compared.
func TestASortEndsWhenItIsCancelled(t *testing.T) {
	x := openFile(t, captures(t)[2])
	for _, at := range []float64{0, partTaken} {
		ctx, cancel := context.WithCancel(t.Context())
		var told []float64
		_, err := x.Sort(ctx, Ask{}, nil, sorting(t, "evt.args", false), func(f float64) {
			told = append(told, f)
			if f >= at {
				cancel()
			}
		})
		require.ErrorIs(t, err, context.Canceled)
		require.NotEmpty(t, told)
		require.Less(t, told[len(told)-1], 1.0)
	}
	require.Equal(t, sortedNaively(x, Ask{}, nil, sorting(t, "evt.cpu", false)), ordered(t, x, Ask{}, nil, sorting(t, "evt.cpu", false)), "and can be had later")
}

func TestTextsThatTakeTooMuchRoomAreRefused(t *testing.T) {
	defer func(n int64) { maxSortBytes = n }(maxSortBytes)
	maxSortBytes = 1000
	x := openFile(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	_, err := x.Sort(t.Context(), Ask{}, nil, sorting(t, "evt.args", false), nil)
	var much *TextsError
	require.ErrorAs(t, err, &much)
	require.Equal(t, "evt.args", much.Field)
	_, err = x.Sort(t.Context(), Ask{}, nil, sorting(t, "evt.latency", false), nil)
	require.NoError(t, err, "numbers take none")
}

func TestTextsAreComparedByTheNumbersInThem(t *testing.T) {
	in := []string{
		"", "-12(ENOMEM)", "-2", "-2(ENOENT)", "-1", "-rw", "0", "007", "07", "7", "9", "10", "10(<f>/x)", "/lib2/b", "/lib10/a", "/lib10/b", "/lib010", "Z", "a", "a1", "a2b", "a10", "é",
	}
	want := slices.Clone(in)
	slices.SortFunc(want, compareTokens)
	got := slices.Clone(in)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
	text := func(s string) string {
		return string(appendSortText(nil, field.Value{Kind: field.String, B: []byte(s)}))
	}
	slices.SortFunc(got, func(a, b string) int { return compareTexts(text(a), text(b)) })
	require.Equal(t, want, got)
	require.Equal(t, []string{"", "-12(ENOMEM)", "-2", "-2(ENOENT)", "-1", "-rw"}, got[:6])
	require.Less(t, slices.Index(got, "/lib2/b"), slices.Index(got, "/lib10/a"))
}

// TestTheOrderOfTextsIsOne: less than, for any three texts.
func TestTheOrderOfTextsIsOne(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("-0012a/ ")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		var s [3]string
		for i := range s {
			s[i] = string(rune(classText)) + text.Draw(t, "text")
		}
		sign := func(n int) int { return cmp.Compare(n, 0) }
		ab, bc, ac := sign(compareTexts(s[0], s[1])), sign(compareTexts(s[1], s[2])), sign(compareTexts(s[0], s[2]))
		require.Equal(t, -ab, sign(compareTexts(s[1], s[0])))
		require.Equal(t, s[0] == s[1], ab == 0)
		if ab <= 0 && bc <= 0 {
			require.LessOrEqual(t, ac, 0, "%q", s)
		}
		require.Equal(t, sign(compareTokens(s[0][1:], s[1][1:])), ab, "%q", s)
	})
}

func TestNumbersOfAllKindsKeepTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		require.Equal(t, cmp.Compare(a, b), cmp.Compare(number(field.Value{Kind: field.Int, U: uint64(a)}), number(field.Value{Kind: field.Int, U: uint64(b)})))
		f, g := rapid.Float64().Draw(t, "f"), rapid.Float64().Draw(t, "g")
		bits := func(f float64) uint64 { return number(field.Value{Kind: field.Float, U: math.Float64bits(f)}) }
		require.Equal(t, cmp.Compare(f, g), cmp.Compare(bits(f), bits(g)))
	})
	zero := math.Copysign(0, -1)
	require.Equal(t, number(field.Value{Kind: field.Float}), number(field.Value{Kind: field.Float, U: math.Float64bits(zero)}))
}

// TestRadixSortsNumbersOfAnySize holds it against the library's stable sort.
func TestRadixSortsNumbersOfAnySize(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{0, 1, 2, 1000, 100_000} {
		for _, width := range []int{1, 10, 11, 12, 23, 32, 34, 45, 64} {
			values := make([]uint64, n)
			for i := range values {
				values[i] = rnd.Uint64() >> (64 - width)
			}
			rows := make([]uint32, n)
			for i := range rows {
				rows[i] = uint32(i)
			}
			want := slices.Clone(rows)
			slices.SortStableFunc(want, func(a, b uint32) int { return cmp.Compare(values[a], values[b]) })
			require.NoError(t, radix(t.Context(), slices.Clone(values), rows, width, func(float64) {}))
			require.Equal(t, want, rows, "%d numbers of %d bits", n, width)
		}
	}
}

// TestAGrowingCaptureIsSortedAsFarAsItWas: what comes later is in the next order.
func TestAGrowingCaptureIsSortedAsFarAsItWas(t *testing.T) {
	x := openFile(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	all, err := x.Sort(t.Context(), Ask{}, nil, sorting(t, "evt.latency", true), nil)
	require.NoError(t, err)
	require.Equal(t, x.Progress().Events, all.Asked())
	set, err := x.Select(t.Context(), program(t, "evt.type exists"), Ask{}, nil)
	require.NoError(t, err)
	var rows bitmap
	set.chunks[0].into(&rows)
	clear(rows[1000/wordBits+1:])
	rows[1000/wordBits] &= 1<<(1000%wordBits) - 1
	part := newSet([]*chunk{newChunk(&rows, 1000, 0)})
	o, err := x.Sort(t.Context(), Ask{}, part, sorting(t, "evt.latency", true), nil)
	require.NoError(t, err)
	require.EqualValues(t, 1000, o.Asked())
	require.Equal(t, part.Rows(), o.Rows())
}

// TestOrdersOfCapturesOfOthers: containers, packets between events, lost events, restarts.
func TestOrdersOfCapturesOfOthers(t *testing.T) {
	fields := []string{"evt.time", "evt.deltatime", "evt.latency", "evt.rawres", "fd.name", "proc.aname[1]", "container.name", "evt.arg.size", "evt.args", "evt.type"}
	for i, file := range scapiotest.Shared(t, "sf_alpine", "xxradar", "sf_rename", "libs_", "falco_") {
		x := openFile(t, file)
		for k, name := range fields {
			if testing.Short() && (i+k)%24 != 0 {
				continue
			}
			a := Ask{List: List{Calls: (i+k)%2 == 0}, Loc: time.UTC}
			by := sorting(t, name, k%2 == 0)
			require.Equal(t, sortedNaively(x, a, nil, by), ordered(t, x, a, nil, by), "%s of %s", name, file)
		}
	}
}

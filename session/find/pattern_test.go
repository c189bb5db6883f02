package find

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPatternIsFoundWhereItIs(t *testing.T) {
	for _, c := range []struct {
		name   string
		mode   Mode
		text   string
		o      Options
		in     string
		starts []int
		needle string
	}{
		{"a text in any case", Text, "Get", Options{}, "GET get Get", []int{0, 4, 8}, "get"},
		{"a text in its case", Text, "Get", Options{Case: true}, "GET get Get", []int{8}, "Get"},
		{"a text beyond ASCII in any case", Text, "ÄRGER", Options{}, "ärger Ärger", []int{0, 7}, ""},
		{"a whole word", Text, "cat", Options{Word: true}, "cat concat cat_ cats (cat)", []int{0, 22}, "cat"},
		{"what is no word has no sides", Text, "/etc", Options{Word: true}, "a/etc /etc/x /etcx", []int{1, 6}, "/etc"},
		{"an expression", Regex, `f[0-9]+`, Options{}, "F12 f x f3", []int{0, 8}, "f"},
		{"an expression in its case", Regex, `f[0-9]+`, Options{Case: true}, "F12 f x f3", []int{8}, "f"},
		{"an expression with bounds", Regex, `^a`, Options{}, "aa", []int{0}, "a"},
		{"an expression of which a part is known", Regex, `lib[a-z]+\.so`, Options{}, "x LIBC.SO libx.so", []int{2, 10}, "lib"},
		{"an expression with letters that have other capitals", Regex, `task[0-9]`, Options{}, "TASK1 ta\u017Fk2", []int{0, 6}, "ta"},
		{"bytes", Hex, "65 74", Options{}, "get let", []int{1, 5}, "et"},
		{"bytes without blanks", Hex, "0x6574", Options{}, "get let", []int{1, 5}, "et"},
		{"bytes with unknown ones", Hex, "67 ?? 74", Options{}, "get let got", []int{0, 8}, "g"},
		{"bytes of which a digit is unknown", Hex, "6? 65", Options{}, "ge\x75e\x6fe", []int{0, 4}, "e"},
		{"bytes that overlap", Hex, "6161", Options{}, "aaa", []int{0, 1}, "aa"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Compile(c.mode, c.text, c.o)
			require.NoError(t, err)
			var got []int
			for at, end := p.Index([]byte(c.in), 0); at >= 0; at, end = p.Index([]byte(c.in), at+1) {
				require.Greater(t, end, at)
				got = append(got, at)
			}
			require.Equal(t, c.starts, got)
			require.True(t, p.Match([]byte(c.in)))
			require.False(t, p.Match([]byte("zzz")))
			require.Equal(t, c.needle, needleOf(p))
			needle, fold := p.Needle()
			hay := []byte(c.in)
			if fold {
				hay = bytes.ToLower(hay)
			}
			require.True(t, bytes.Contains(hay, needle))
		})
	}
}

func needleOf(p *Pattern) string {
	needle, _ := p.Needle()
	return string(needle)
}

func TestWhatCannotBeSearchedForIsToldWithItsPlace(t *testing.T) {
	for _, c := range []struct {
		mode       Mode
		text       string
		start, end int
		msg        string
	}{
		{Hex, "de ax", 4, 5, "“x” is no hexadecimal digit; write bytes like de ad be ef, or ? for any digit (position 5)"},
		{Hex, "de a", 3, 4, "a byte is two digits; the second one is missing (position 4)"},
		{Hex, "d e", 0, 1, "a byte is two digits; the second one is missing (position 1)"},
		{Hex, "?? ??", 0, 5, "there must be a byte that is known (position 1)"},
		{Hex, "0x", 0, 2, "a byte must follow 0x (position 1)"},
		{Hex, "dé", 1, 3, "“é” is no hexadecimal digit; write bytes like de ad be ef, or ? for any digit (position 2)"},
		{Regex, "a(b", 0, 3, "the regular expression has an error: missing closing ): a(b (position 1)"},
		{Regex, "ab[z-a]", 3, 6, "the regular expression has an error: invalid character class range: z-a (position 4)"},
		{Regex, "é**", 2, 4, "the regular expression has an error: invalid nested repetition operator: ** (position 2)"},
		{Text, "", 0, 0, "there is nothing to search for (position 1)"},
		{"odd", "x", 0, 1, `there is no way "odd" to search (position 1)`},
	} {
		_, err := Compile(c.mode, c.text, Options{})
		var bad *Error
		require.ErrorAs(t, err, &bad, c.text)
		require.Equal(t, [2]int{c.start, c.end}, [2]int{bad.Start, bad.End}, c.text)
		require.EqualError(t, err, c.msg)
	}
	_, err := Compile(Text, strings.Repeat("x", maxPattern+1), Options{})
	require.ErrorContains(t, err, "longer than 4096 bytes")
}

func TestPatternsFindWhatRegularExpressionsDo(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	some := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = "aAbB_ -"[r.IntN(7)]
		}
		return b
	}
	for range 3000 {
		hay, needle := some(r.IntN(40)), some(1+r.IntN(3))
		for _, o := range []Options{{}, {Case: true}, {Word: true}, {Case: true, Word: true}} {
			flags := "(?i)"
			if o.Case {
				flags = ""
			}
			p, err := Compile(Text, string(needle), o)
			require.NoError(t, err)
			want := -1
			for i := 0; i+len(needle) <= len(hay) && want < 0; i++ {
				if regexp.MustCompile(flags+`^`+regexp.QuoteMeta(string(needle))).Match(hay[i:]) && (!o.Word || boundary(hay, i, needle[0]) && boundary(hay, i+len(needle), needle[len(needle)-1])) {
					want = i
				}
			}
			got, _ := p.Index(hay, 0)
			require.Equal(t, want, got, "%q in %q %v", needle, hay, o)
		}
		p, err := Compile(Hex, hex.EncodeToString(needle), Options{})
		require.NoError(t, err)
		got, _ := p.Index(hay, 0)
		require.Equal(t, bytes.Index(hay, needle), got)
	}
}

// boundary reports whether no word goes on at i; inside is the character of what was found that is there.
func boundary(b []byte, i int, inside byte) bool {
	word := regexp.MustCompile(`\w`)
	before, behind := i > 0 && word.Match(b[i-1:i]), i < len(b) && word.Match(b[i:i+1])
	return !word.Match([]byte{inside}) || !(before && behind)
}

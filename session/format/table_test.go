package format

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func table(t *testing.T, form string, rows ...[]string) string {
	tab, err := NewTable(form, []Title{{Text: "No.", Key: "evt.num", Align: "right", Number: true}, {Text: "A, \"B\" | C", Key: "evt.args", Align: "left"}, {Text: "Mid", Key: "x", Align: "center", Number: true}})
	require.NoError(t, err)
	text := tab.Begin(nil)
	for _, r := range rows {
		text = tab.Row(text, r)
	}
	return string(tab.End(text))
}

func TestTablesKeepWhatIsInTheirCells(t *testing.T) {
	rows := [][]string{{"1", "a,b \"c\" | d\ne\tf", "-2.5"}, {"", "<f>/lib_x/*_ &lt; `x` [y](z) \\", "07"}}
	require.Equal(t, "1\ta,b \"c\" | d e f\t-2.5\n\t<f>/lib_x/*_ &lt; `x` [y](z) \\\t07\n", table(t, "text", rows...))
	require.Equal(t, "No.,\"A, \"\"B\"\" | C\",Mid\n1,\"a,b \"\"c\"\" | d\ne\tf\",-2.5\n,<f>/lib_x/*_ &lt; `x` [y](z) \\,07\n", table(t, "csv", rows...))
	require.Equal(t, "[\n  {\"evt.num\": 1, \"evt.args\": \"a,b \\\"c\\\" | d\\ne\\tf\", \"x\": -2.5},\n"+
		"  {\"evt.num\": null, \"evt.args\": \"<f>/lib_x/*_ &lt; `x` [y](z) \\\\\", \"x\": \"07\"}\n]\n", table(t, "json", rows...))
	require.Equal(t, "| No. | A, \"B\" \\| C | Mid |\n| ---: | --- | :---: |\n"+
		"| 1 | a,b \"c\" \\| d e f | -2.5 |\n"+
		"|  | \\<f>/lib_x/\\*\\_ &amp;lt; \\`x\\` \\[y\\](z) \\\\ | 07 |\n", table(t, "markdown", rows...))
}

func TestATableWithoutRowsIsOne(t *testing.T) {
	require.Equal(t, "[\n]\n", table(t, "json"))
	require.Empty(t, table(t, "text"))
	_, err := NewTable("html", nil)
	require.ErrorContains(t, err, "markdown")
}

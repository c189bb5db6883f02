package filter

import "slices"

// Closest returns at most n of the names that look like the word, the most alike first.
func Closest(word string, names []string, n int) []string { return closest(word, names, n) }

// closest returns at most n of the names that look like the word, the most alike first.
func closest(word string, names []string, n int) []string {
	limit := max(1, len(word)/3)
	byDistance := make([][]string, limit+1)
	for _, name := range names {
		if len(name)-len(word) > limit || len(word)-len(name) > limit {
			continue
		}
		if d := edits(word, name); d <= limit {
			byDistance[d] = append(byDistance[d], name)
		}
	}
	list := slices.Concat(byDistance...)
	return list[:min(n, len(list))]
}

// edits is the number of bytes to insert, delete, exchange or swap with their neighbour.
func edits(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range len(b) + 1 {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}

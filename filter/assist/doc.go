// Package assist helps people who write filters: what may stand at the caret, what a word means, how to colour a text,
// and what is doubtful about a filter that is right. It works on any text in either language and never fails. What
// occurs in a capture it asks a Values for; it knows no file and no index itself.
//
//	text, caret → Complete  → items, the likeliest first
//	            → Hover     → markdown about the word at the caret
//	            → Signature → the arguments of the field or function around the caret
//	text        → Tokens    → colours
//	tree        → Doubts    → conditions that no event or every event fits, values that do not occur
//
// All of them read a text by one scanner, which tells at every place what is wanted there: a condition, an operator, a
// value of which field. It is forgiving where the parser of package filter is exact.
package assist

// Package filter is the filter language of sysdig and Falco. A text becomes a Tree with the place of every part, always,
// and with diagnostics where it is wrong; a Tree without errors becomes a Program that is asked of one event after the
// other. The package knows no file and no index.
//
//	text → Parse → Tree → Check   → diagnostics with places and fixes
//	                    → Format  → the same filter in canonical text
//	                    → Compile → Program → Match(event)
//
// The language is that of libsinsp, so that a filter selects what sysdig selects. What it accepts beyond that (hexadecimal
// numbers, patterns for evt.type) is said in a warning.
package filter

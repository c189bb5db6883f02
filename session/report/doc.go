// Package report writes what a capture holds as one HTML file that needs nothing else: facts, graphs over time, the first
// rows of every table of statistics, and events that were marked, with their notes.
package report

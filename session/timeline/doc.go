// Package timeline shows processes, or threads, as bars over time: when each began and ended, who made it, what it ran,
// and when it was in calls, waited, or failed. Bars are made from the dimension rows of the index, spans in one pass over
// its columns. Times are ns since the epoch.
package timeline

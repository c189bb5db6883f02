package session

import "context"

// Sort says that it cannot be done: the order of several captures is that of their times.
func (j *Together) Sort(context.Context, SortRequest) (Sorted, error) {
	return Sorted{}, errTogetherSorted
}

var errTogetherSorted = badRequest("several captures that are shown together are in the order of time; open one of them alone to sort it")

// Copy returns rows of the list as text.
func (j *Together) Copy(ctx context.Context, req CopyRequest) (Copied, error) {
	if j.closed.Load() {
		return Copied{}, ErrClosed
	}
	return copied(ctx, req, j.rows)
}

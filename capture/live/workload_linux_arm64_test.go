package live

// oldFiles makes the calls that only x86-64 still has: none here.
func (w *workload) oldFiles() {}

func (w *workload) oldCalls() {}

func renameat() uintptr { return 38 }

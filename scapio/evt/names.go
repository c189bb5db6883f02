package evt

// FD is what the text of a file descriptor shows.
type FD struct {
	TypeChar byte   // f, d, 4, 6, u, p … (sockets_and_fd_types.json)
	L4Char   byte   // t, u, i, r behind 4 and 6; 0 for none
	Name     string // as stored: may hold unprintable bytes
}

// Names answers what an event's numbers meant at that moment, for the event's own thread. It is how the state
// reaches the text without evt knowing the state.
type Names interface {
	// FD returns the open descriptor num of the event's process.
	FD(num int64) (FD, bool)
	// Comm returns the command name of a thread.
	Comm(tid int64) (string, bool)
	// User and Group return names as seen by the event's container; ok is false when unknown.
	User(uid uint32) (string, bool)
	Group(gid uint32) (string, bool)
	// Cwd returns the working directory, with a trailing slash.
	Cwd() string
	// Dir returns the directory a *at call is relative to: cwd for AT_FDCWD, the descriptor's name with a trailing
	// slash, "<UNKNOWN>" when the descriptor is not known.
	Dir(dirfd int64) string
}

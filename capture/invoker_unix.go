//go:build unix

package capture

import (
	"os"
	"os/user"
	"strconv"
)

// invoker returns the user who called sudo or doas, nil when nobody did. doas comes first: it may leave variables of the
// caller's, which then claim to be sudo's, but always sets its own.
func invoker() *owner {
	if os.Geteuid() != 0 {
		return nil
	}
	uid, gid := os.Getenv("SUDO_UID"), os.Getenv("SUDO_GID")
	if name := os.Getenv("DOAS_USER"); name != "" {
		u, err := user.Lookup(name)
		if err != nil {
			return nil
		}
		uid, gid = u.Uid, u.Gid
	}
	u, err := strconv.Atoi(uid)
	g, err2 := strconv.Atoi(gid)
	if err != nil || err2 != nil || u < 0 || g < 0 {
		return nil
	}
	return &owner{u, g}
}

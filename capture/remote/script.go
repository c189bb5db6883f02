package remote

import (
	"crypto/rand"
	_ "embed" // far.sh
	"encoding/hex"
	"fmt"
	"strings"
)

//go:embed far.sh
var farScript string

// newNonce returns the word that marks the script's lines: what a login shell's files print does not hold it.
func newNonce() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return "scapls-" + hex.EncodeToString(b[:])
}

// farCommand returns the command line for ssh, and the text to send first. The command means the same to every login
// shell (POSIX shells, fish, csh): it reads the script by its length and lets /bin/sh run it. Nothing in it comes from
// anyone but the length.
func farCommand(nonce string) (command, script string) {
	var b strings.Builder
	fmt.Fprintf(&b, "N=%s\n", nonce)
	for line := range strings.Lines(farScript) {
		if t := strings.TrimSpace(line); t != "" && t[0] != '#' {
			b.WriteString(strings.TrimLeft(line, "\t"))
		}
	}
	script = b.String()
	return fmt.Sprintf(`exec /bin/sh -c 's=$(dd bs=1 count=%d 2>/dev/null) && eval "$s"'`, len(script)), script
}

package remote

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

var errNotThere = errors.New("not there")

// TestWhatSSHSays uses what OpenSSH 9.2 on Linux, that of macOS 14 and of Windows 11 print.
func TestWhatSSHSays(t *testing.T) {
	target := Target{User: "alice", Host: "box", Port: 2222}
	for _, c := range []struct {
		kind   Kind
		status int
		says   string
	}{
		{KindHostKey, 255, "No ED25519 host key is known for box and you have requested strict checking.\r\nHost key verification failed.\r\n"},
		{KindHostKey, 255, "Host key verification failed.\n"},
		{KindHostChanged, 255, "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.\n"},
		{KindHostChanged, 255, "@       WARNING: REVOKED HOST KEY DETECTED!               @\nHost key verification failed."},
		{KindUnknownHost, 255, "ssh: Could not resolve hostname box: Name or service not known"},
		{KindUnknownHost, 255, "ssh: Could not resolve hostname box: nodename nor servname provided, or not known"},
		{KindUnknownHost, 255, "ssh: Could not resolve hostname box: No such host is known. "},
		{KindRefused, 255, "ssh: connect to host box port 2222: Connection refused"},
		{KindTimeout, 255, "ssh: connect to host box port 2222: Connection timed out"},
		{KindTimeout, 255, "ssh: connect to host box port 2222: Operation timed out"},
		{KindTimeout, 255, "Connection timed out during banner exchange"},
		{KindUnreachable, 255, "ssh: connect to host box port 2222: No route to host"},
		{KindUnreachable, 255, "ssh: connect to host box port 2222: Network is unreachable"},
		{KindAuth, 255, "alice@box: Permission denied (publickey,password)."},
		{KindAuth, 255, "Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures\nDisconnected from 10.0.0.1"},
		{KindKeyLocked, 255, "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\nLoad key \"id\": bad permissions\nalice@box: Permission denied (publickey)."},
		{KindKeyLocked, 255, "sign_and_send_pubkey: signing failed for ED25519 \"id\" from agent: agent refused operation\nalice@box: Permission denied (publickey)."},
		{KindAlgorithms, 255, "Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa"},
		{KindConfig, 255, "/home/alice/.ssh/config: line 3: Bad configuration option: foo\n/home/alice/.ssh/config: terminating, 1 bad configuration options"},
		{KindConfig, 255, "Bad owner or permissions on C:\\\\Users\\\\me/.ssh/config"},
		{KindLinkLost, 255, "kex_exchange_identification: Connection closed by remote host"},
		{KindLinkLost, 255, "client_loop: send disconnect: Broken pipe"},
		{KindLinkLost, 255, "Timeout, server box not responding."},
		{KindLinkLost, 255, ""},
		{KindLinkLost, -1, ""},
		{KindShell, 1, "This account is currently not available."},
		{KindShell, 127, "sh: /bin/sh: No such file or directory"},
		{KindShell, 1, "'exec' is not recognized as an internal or external command"},
	} {
		e := sshError(target, c.says, c.status)
		require.Equal(t, c.kind, e.Kind, c.says)
		require.NotEmpty(t, e.Message)
		require.NotEmpty(t, e.Fix, c.says)
		require.Equal(t, c.says, e.Detail)
	}
}

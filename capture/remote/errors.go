package remote

import (
	"regexp"
	"strconv"
	"strings"
)

// Kind says in one word what went wrong, for programs.
type Kind string

// The kinds of an Error.
const (
	KindNoSSH       Kind = "no-ssh"           // there is no ssh program here
	KindConfig      Kind = "ssh-config"       // ssh refuses its configuration or an option
	KindUnknownHost Kind = "unknown-host"     // the name does not resolve
	KindUnreachable Kind = "unreachable"      // no route
	KindTimeout     Kind = "timeout"          // no answer in time
	KindRefused     Kind = "refused"          // nothing listens on the port
	KindHostKey     Kind = "host-key-unknown" // the host's key is not in known_hosts
	KindHostChanged Kind = "host-key-changed" // the host's key is another than before, or revoked
	KindAlgorithms  Kind = "algorithms"       // both sides have no cipher, key type … in common
	KindKeyLocked   Kind = "key-locked"       // a key needs a passphrase, or its file may not be read
	KindAuth        Kind = "auth"             // no key was accepted, or there is no such user
	KindShell       Kind = "shell"            // logged in, but no shell came up
	KindPlatform    Kind = "platform"         // the far side is no Linux, or no agent fits it
	KindNoAgent     Kind = "no-agent"         // there is no agent to upload
	KindUpload      Kind = "upload"           // the agent could not be put there
	KindAgent       Kind = "agent"            // the agent does not start, or speaks another protocol
	KindNoRights    Kind = "no-rights"        // the far user may not capture
	KindPassword    Kind = "password"         // sudo refused the password
	KindCapture     Kind = "capture"          // the capture itself failed over there
	KindCommand     Kind = "command"          // the command to capture could not be started over there
	KindFilter      Kind = "filter"           // the filter is wrong
	KindStream      Kind = "stream"           // what arrived is no capture
	KindLinkLost    Kind = "link-lost"        // the connection broke; what arrived is kept
	KindWrite       Kind = "write"            // the capture could not be written here
	KindSpool       Kind = "spool"            // the far side's spool
)

// Error is why a remote capture failed or ended early.
type Error struct {
	Kind    Kind
	Message string // one sentence
	Fix     string // what to do about it; may be empty or several lines
	Detail  string // what ssh or the far side said, word for word
	Err     error
}

// Error returns the sentence, with the original words behind it.
func (e *Error) Error() string {
	s := e.Message
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if d := strings.TrimSpace(e.Detail); d != "" && !strings.Contains(s, d) {
		s += " (" + strings.Join(strings.Fields(strings.ReplaceAll(d, "@@", "")), " ") + ")" // ssh frames a warning so
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// sshSays maps what OpenSSH prints to a kind; the first that matches counts. The texts are those of OpenSSH 5 to 10,
// on Linux, macOS and Windows; none of them is translated.
var sshSays = []struct {
	re   *regexp.Regexp
	kind Kind
}{
	{regexp.MustCompile(`REMOTE HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY|host key .*revoked`), KindHostChanged},
	{regexp.MustCompile(`Host key verification failed|host key is known for|authenticity of host`), KindHostKey},
	{regexp.MustCompile(`Could not resolve hostname|Name or service not known|nodename nor servname|No such host is known`), KindUnknownHost},
	{regexp.MustCompile(`(?i)Bad configuration option|Bad owner or permissions on .*config|terminating, \d+ bad configuration|unknown option|` +
		`Can't open user config file|keyword .* extra arguments|hostname contains invalid|remote username contains invalid|Bad port|percent_expand`), KindConfig},
	{regexp.MustCompile(`Connection refused`), KindRefused},
	{regexp.MustCompile(`No route to host|Network is unreachable|Network is down|Host is down`), KindUnreachable},
	{regexp.MustCompile(`Timeout, server .* not responding|client_loop: send disconnect|Broken pipe|closed by remote host|Connection reset by peer`), KindLinkLost},
	{regexp.MustCompile(`(?i)timed out`), KindTimeout},
	{regexp.MustCompile(`no matching (host key type|key exchange method|cipher|MAC)|Unable to negotiate`), KindAlgorithms},
	{regexp.MustCompile(`UNPROTECTED PRIVATE KEY FILE|incorrect passphrase|bad permissions|sign_and_send_pubkey: signing failed|agent refused operation`), KindKeyLocked},
	{regexp.MustCompile(`Permission denied|Too many authentication failures|No supported authentication methods`), KindAuth},
	{regexp.MustCompile(`This account is currently not available|No such file or directory|not permitted|administratively prohibited`), KindShell},
	{regexp.MustCompile(`kex_exchange_identification|Connection closed|Connection reset|banner exchange`), KindLinkLost},
}

// sshError turns what ssh said on stderr before the far side answered, and its exit status, into an Error.
func sshError(t Target, stderr string, status int) *Error {
	kind := KindShell
	if status == sshFailed || status < 0 { // or it was killed
		kind = KindLinkLost
	}
	for _, s := range sshSays {
		if s.re.MatchString(stderr) {
			kind = s.kind
			break
		}
	}
	e := &Error{Kind: kind, Detail: stderr}
	e.Message, e.Fix = explain(kind, t)
	return e
}

// explain returns the sentence and the cure for what ssh can say.
func explain(k Kind, t Target) (message, fix string) {
	host := t.Host
	switch k {
	case KindHostKey:
		return "the host key of " + host + " is not known yet",
			"connect once by hand and compare the fingerprint: ssh " + t.command()
	case KindHostChanged:
		return "the host key of " + host + " is not the one that is known: another machine, or someone in between",
			"ask who runs " + host + " whether its key changed; if so, remove the old one: ssh-keygen -R " + t.knownHost()
	case KindUnknownHost:
		return "there is no host " + host, "check its spelling; an alias must stand in ~/.ssh/config"
	case KindConfig:
		return "ssh does not accept its configuration", "try it by hand: ssh " + t.command()
	case KindRefused:
		return host + " refuses the connection: no ssh server listens on that port", "check the port, and that sshd runs there"
	case KindUnreachable:
		return host + " cannot be reached from here", "check network, VPN and jump hosts"
	case KindTimeout:
		return host + " did not answer in time", "check the address, the port, and firewalls in between"
	case KindAlgorithms:
		return host + " and this ssh have no algorithm in common", "update one of them"
	case KindKeyLocked:
		return "a key is locked or its file is readable by others", "unlock it first with ssh-add, or chmod 600 the key file"
	case KindAuth:
		who := "this user"
		if t.User != "" {
			who = t.User
		}
		return host + " accepts no key for " + who + ", or has no such user",
			"check the user name; put your public key there (ssh-copy-id " + t.command() + "), or load it into the agent (ssh-add)"
	case KindLinkLost:
		return "the connection to " + host + " broke", "check the network, then start again"
	}
	return "no shell came up on " + host, "try it by hand: ssh " + t.command() + " uname -a"
}

// command returns the target as arguments of ssh, for a person to paste.
func (t Target) command() string {
	s := t.Host
	if t.User != "" {
		s = t.User + "@" + s
	}
	if t.Port != 0 {
		s = "-p " + strconv.Itoa(t.Port) + " " + s
	}
	return s
}

// knownHost returns how known_hosts names the target.
func (t Target) knownHost() string {
	if t.Port != 0 && t.Port != 22 {
		return "'[" + t.Host + "]:" + strconv.Itoa(t.Port) + "'"
	}
	return t.Host
}

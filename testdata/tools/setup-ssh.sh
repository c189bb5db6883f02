#!/bin/sh
# setup-ssh.sh: installs what the tests of remote captures need from the system's packages: an ssh client and server,
# sudo, and doas where there is a package of it (its test skips without). The server is not started; the tests run one of their own, on loopback, with its own keys and users.
# setup-ssh.sh clean removes users and rules that a killed test has left.
set -eu

say() { echo "setup-ssh: $*" >&2; }
have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }

if [ "${1:-}" = clean ]; then
  for user in $(cut -d: -f1 /etc/passwd | grep -E '^scapls-t[0-9]+[a-z]$' || :); do
    pid=${user#scapls-t}
    kill -0 "${pid%?}" 2>/dev/null && continue # its test runs
    userdel -rf "$user" 2>/dev/null || :
    rm -f "/etc/sudoers.d/$user"
    say "removed the user $user"
  done
  exit 0
fi

missing=
have ssh || missing="$missing openssh-client"
have sshd || missing="$missing openssh-server"
have sudo || missing="$missing sudo"
# doas is asked for once: where there is no package, its test says so.
have doas || [ -e /usr/share/doc/opendoas ] || { have apt-cache && apt-cache show opendoas >/dev/null 2>&1 && missing="$missing opendoas"; } || :
[ -n "$missing" ] || exit 0
if ! have apt-get || [ "$(uname -s)" != Linux ]; then
  say "please install:$missing (the tests that need them skip without)"
  exit 0
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
say "installing$missing"
# Installing must not start a server that listens to the network.
policy=/usr/sbin/policy-rc.d
made=
if [ "$(id -u)" = 0 ] && [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod 755 $policy
  made=1
fi
trap '[ -z "$made" ] || rm -f $policy' EXIT
$sudo apt-get -qq -o DPkg::Lock::Timeout=300 update
DEBIAN_FRONTEND=noninteractive $sudo apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $missing >/dev/null

package remote

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// AgentFile is a program that can be put on a far side.
type AgentFile struct {
	Path   string
	SHA256 string // hex
	Size   int64
}

// Sums is the file beside the agents that tells their SHA-256, in the form of sha256sum.
const Sums = "SHA256SUMS"

// archOf maps what `uname -m` prints to Go's name.
func archOf(machine string) string {
	switch machine {
	case "x86_64", "amd64":
		return "amd64"
	case "aarch64", "arm64":
		return "arm64"
	}
	return ""
}

// AgentFolders returns where agents are looked for: folders of the list that the environment variable SCAPLS_AGENTS
// holds, beside the own program and in its folder "agents", and in the user's cache.
func AgentFolders() []string {
	dirs := filepath.SplitList(os.Getenv("SCAPLS_AGENTS"))
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		dirs = append(dirs, filepath.Join(filepath.Dir(exe), "agents"), filepath.Dir(exe))
	}
	if cache, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, filepath.Join(cache, "scapls", "agents"))
	}
	return dirs
}

// FindAgent returns the static Linux program for the architecture (Go's name): scapls-linux-ARCH in one of the
// folders, or the own program when that is one. A file that its folder's SHA256SUMS does not confirm is refused; only the
// own program, which runs already, needs no line there.
func FindAgent(arch string, folders []string) (AgentFile, error) {
	name := "scapls-linux-" + arch
	var bad error
	for _, d := range folders {
		f, err := openAgent(filepath.Join(d, name), arch, true)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			bad = errors.Join(bad, err)
		}
	}
	if runtime.GOOS == "linux" && runtime.GOARCH == arch {
		if exe, err := os.Executable(); err == nil {
			f, err := openAgent(exe, arch, false)
			if err == nil {
				return f, nil
			}
			bad = errors.Join(bad, err)
		}
	}
	return AgentFile{}, &Error{
		Kind: KindNoAgent, Message: "there is no scapls for linux/" + arch + " to put on the far side", Err: bad,
		Fix: "put " + name + " and its " + Sums + " into " + strings.Join(folders, " or ") + ", or install scapls on the far side",
	}
}

// openAgent checks a file: its sum, which must be there when confirmed is true, and that it is a program for the machine
// that needs no library there.
func openAgent(path, arch string, confirmed bool) (AgentFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return AgentFile{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return AgentFile{}, fmt.Errorf("read %s: %w", path, err)
	}
	a := AgentFile{Path: path, Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}
	want, err := sumOf(filepath.Join(filepath.Dir(path), Sums), filepath.Base(path))
	if err != nil {
		return AgentFile{}, err
	}
	if want == "" && confirmed {
		return AgentFile{}, fmt.Errorf("%s is not used: no %s beside it tells its sum", path, Sums)
	}
	if want != "" && want != a.SHA256 {
		return AgentFile{}, fmt.Errorf("%s is not what %s beside it says: %s instead of %s", path, Sums, a.SHA256, want)
	}
	if err := checkELF(f, arch); err != nil {
		return AgentFile{}, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// sumOf returns the sum that a SHA256SUMS gives a name, "" when there is no such file or line.
func sumOf(path, name string) (string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		sum, file, ok := strings.Cut(lines.Text(), " ")
		if ok && strings.TrimLeft(file, " *") == name {
			return strings.ToLower(sum), nil
		}
	}
	return "", nil
}

func checkELF(r io.ReaderAt, arch string) error {
	e, err := elf.NewFile(r)
	if err != nil {
		return errors.New("no Linux program")
	}
	machine := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[arch]
	if e.Machine != machine {
		return fmt.Errorf("a program for %s, not for %s", e.Machine, arch)
	}
	for _, p := range e.Progs {
		if p.Type == elf.PT_INTERP {
			return errors.New("it needs shared libraries of its system; build it with CGO_ENABLED=0")
		}
	}
	return nil
}

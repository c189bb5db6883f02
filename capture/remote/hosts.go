package remote

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// Host is one alias of ssh's configuration.
type Host struct {
	Alias string `json:"alias"`
	// What the block of the alias says; "" where it says nothing. ssh itself decides, these are for display.
	HostName string `json:"hostname,omitempty"`
	User     string `json:"user,omitempty"`
	Port     string `json:"port,omitempty"`
}

// maxInclude is how deep Include may nest, as in ssh.
const maxInclude = 16

// ConfigFiles returns where ssh reads its configuration: the user's, then the system's.
func ConfigFiles() []string {
	home, _ := os.UserHomeDir()
	return configFiles(runtime.GOOS, home, os.Getenv)
}

func configFiles(goos, home string, getenv func(string) string) []string {
	if goos == "windows" {
		files := []string{}
		if home != "" {
			files = append(files, home+`\.ssh\config`)
		}
		if data := getenv("ProgramData"); data != "" {
			files = append(files, data+`\ssh\ssh_config`)
		}
		return files
	}
	files := []string{"/etc/ssh/ssh_config"}
	if home != "" {
		files = append([]string{home + "/.ssh/config"}, files...)
	}
	return files
}

// Hosts returns the aliases that the files name: patterns of Host without wildcards, Include followed. Blocks under
// Match are no names and are skipped. Files that cannot be read are as good as empty; the order is that of the files.
func Hosts(files ...string) []Host {
	home, _ := os.UserHomeDir()
	p := hostParser{home: home, windows: runtime.GOOS == "windows"}
	for _, f := range files {
		p.file(f, 0)
	}
	return p.hosts
}

type hostParser struct {
	home    string
	windows bool
	hosts   []Host
	block   []int // of hosts, those that the current block names
	skip    bool  // in a Match block
}

func (p *hostParser) file(path string, depth int) {
	b, err := os.ReadFile(path)
	if err != nil || depth > maxInclude {
		return
	}
	p.block, p.skip = nil, false
	p.parse(b, filepath.Dir(path), depth)
}

func (p *hostParser) parse(b []byte, dir string, depth int) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		words := splitConfig(lines.Text())
		if len(words) < 2 {
			continue
		}
		p.line(strings.ToLower(words[0]), words[1:], dir, depth)
	}
}

func (p *hostParser) line(key string, args []string, dir string, depth int) {
	switch key {
	case "host":
		p.skip, p.block = false, nil
		for _, a := range args {
			p.name(a)
		}
	case "match":
		p.skip, p.block = true, nil
	case "include":
		block, skip := p.block, p.skip
		for _, a := range args {
			for _, f := range p.expand(a, dir) {
				p.file(f, depth+1)
			}
		}
		p.block, p.skip = block, skip
	case "hostname", "user", "port":
		for _, i := range p.block {
			h := &p.hosts[i]
			for k, field := range map[string]*string{"hostname": &h.HostName, "user": &h.User, "port": &h.Port} {
				if k == key && *field == "" { // the first value counts, as in ssh
					*field = args[0]
				}
			}
		}
	}
}

func (p *hostParser) name(pattern string) {
	if strings.ContainsAny(pattern, "*?") || strings.HasPrefix(pattern, "!") || (Target{Host: pattern}).Check() != nil {
		return
	}
	i := slices.IndexFunc(p.hosts, func(h Host) bool { return h.Alias == pattern })
	if i < 0 {
		i = len(p.hosts)
		p.hosts = append(p.hosts, Host{Alias: pattern})
	}
	p.block = append(p.block, i)
}

// expand returns the files that an Include names.
func (p *hostParser) expand(pattern, dir string) []string {
	files, _ := filepath.Glob(included(pattern, p.home, dir, p.windows))
	return files
}

var windowsRoot = regexp.MustCompile(`^([A-Za-z]:)?[\\/]`)

// included returns the pattern of an Include as a path: ~ is the home folder, relative names are those of the folder that
// holds the file (of ~/.ssh/config that is ~/.ssh, as ssh has it).
func included(pattern, home, dir string, windows bool) string {
	separator := "/"
	rooted := strings.HasPrefix(pattern, "/")
	if windows {
		separator, rooted = `\`, windowsRoot.MatchString(pattern)
	}
	switch {
	case pattern == "~" || strings.HasPrefix(pattern, "~/") || windows && strings.HasPrefix(pattern, `~\`):
		return home + pattern[1:]
	case rooted:
		return pattern
	}
	return dir + separator + pattern
}

// splitConfig splits a line of ssh_config into words: a keyword, blanks or one =, arguments, where quotes keep blanks
// and # begins a comment. A backslash escapes quotes, itself and, outside quotes, a blank; before anything else it is
// itself, so that Windows' paths need no doubling.
func splitConfig(line string) (words []string) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return nil
	}
	var word []byte
	var quote byte
	started := false
	end := func() {
		if started {
			words = append(words, string(word))
		}
		word, started = nil, false
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\\' && i+1 < len(line) && (strings.IndexByte(`"'\`, line[i+1]) >= 0 || quote == 0 && line[i+1] == ' '):
			i++
			word, started = append(word, line[i]), true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word = append(word, c)
		case c == '"' || c == '\'':
			quote, started = c, true
		case c == ' ' || c == '\t':
			end()
		case c == '=' && (len(words) == 0 && started || len(words) == 1 && !started && !strings.Contains(line[:i], "=")):
			end()
		case c == '#' && !started:
			return words
		default:
			word, started = append(word, c), true
		}
	}
	if quote != 0 {
		return nil // ssh refuses the line
	}
	end()
	return words
}

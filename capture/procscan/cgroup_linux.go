package procscan

import (
	"strings"
)

// readControllers returns the controllers of the unified hierarchy, where there is one.
func (s *Scanner) readControllers() []string {
	for _, p := range []string{"sys/fs/cgroup/cgroup.controllers", "sys/fs/cgroup/unified/cgroup.controllers"} {
		if b := s.read(s.path(p), 4096); len(b) > 0 {
			return strings.Fields(string(b))
		}
	}
	return nil
}

// cgroups turns /proc/PID/cgroup into the NUL-separated list "controller=path" of a process list. A group of the
// unified hierarchy is named once per controller, as the probe and libscap do, or "unified" where it has none.
func (s *Scanner) cgroups(b []byte) string {
	if g, ok := s.groupCache[string(b)]; ok {
		return g
	}
	var out strings.Builder
	add := func(name, path string) {
		if out.Len()+len(name)+len(path)+2 <= maxText {
			out.WriteString(name)
			out.WriteByte('=')
			out.WriteString(path)
			out.WriteByte(0)
		}
	}
	own := map[string]bool{} // controllers with a hierarchy of their own
	unified, has := "", false
	for line := range strings.SplitSeq(strings.TrimSuffix(string(b), "\n"), "\n") {
		id, rest, ok := strings.Cut(line, ":")
		names, path, ok2 := strings.Cut(rest, ":")
		switch {
		case !ok || !ok2:
		case id == "0" && names == "":
			unified, has = path, true
		default:
			for name := range strings.SplitSeq(names, ",") {
				own[name] = true
				add(name, path)
			}
		}
	}
	if has {
		n := 0
		for _, c := range s.controllers {
			if !own[c] {
				add(c, unified)
				n++
			}
		}
		if n == 0 && (unified != "/" || out.Len() == 0) {
			add("unified", unified)
		}
	}
	g := out.String()
	s.groupCache[string(b)] = g
	return g
}

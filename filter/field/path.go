package field

import (
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
)

// pathFields are the fields of class fs.path, and evt.abspath: the files a call works on.
var pathFields = map[string]extractor{
	"fs.path.name":      fsPath(0, true, false),
	"fs.path.nameraw":   fsPath(0, true, true),
	"fs.path.source":    fsPath(0, false, false),
	"fs.path.sourceraw": fsPath(0, false, true),
	"fs.path.target":    fsPath(1, false, false),
	"fs.path.targetraw": fsPath(1, false, true),
	"evt.abspath":       {scope: ScopeArgs, text: absPath},
}

// place is where an exit's arguments hold a path, and the descriptor of the directory it is relative to; -1 for the
// working directory, useFD for the path of the descriptor itself.
type place struct{ path, dirfd int }

// fsCall says which paths a call of the filesystem works on: one, or a source and a target.
type fsCall struct {
	places [2]place
	two    bool
	opens  bool // its result is a descriptor: success is where the event has one
}

const useFD = -2

func onePath(path, dirfd int) fsCall { return fsCall{places: [2]place{{path, dirfd}}} }

func opensPath(path, dirfd int) fsCall {
	c := onePath(path, dirfd)
	c.opens = true
	return c
}

func twoPaths(source, target place) fsCall {
	return fsCall{places: [2]place{source, target}, two: true}
}

// fsCalls are the calls by the newest shape of their exits (STATE_ENGINE §8). The new path of a link is its source.
var fsCalls = map[uint16]fsCall{
	evtable.SyscallMkdir2X:    onePath(1, -1),
	evtable.SyscallMkdiratX:   onePath(2, 1),
	evtable.SyscallRmdir2X:    onePath(1, -1),
	evtable.SyscallUnlink2X:   onePath(1, -1),
	evtable.SyscallUnlinkat2X: onePath(2, 1),
	evtable.SyscallOpenX:      opensPath(1, -1),
	evtable.SyscallOpenat_2X:  opensPath(2, 1),
	evtable.SyscallOpenat2X:   opensPath(2, 1),
	evtable.SyscallChmodX:     onePath(1, -1),
	evtable.SyscallFchmodatX:  onePath(2, 1),
	evtable.SyscallChownX:     onePath(1, -1),
	evtable.SyscallLchownX:    onePath(1, -1),
	evtable.SyscallFchownatX:  onePath(2, 1),
	evtable.SyscallUmount1X:   onePath(1, -1),
	evtable.SyscallUmount2X:   onePath(1, -1),
	evtable.SyscallQuotactlX:  onePath(1, -1),
	evtable.SyscallFchmodX:    onePath(1, useFD),
	evtable.SyscallFchownX:    onePath(1, useFD),
	evtable.SyscallRenameX:    twoPaths(place{1, -1}, place{2, -1}),
	evtable.SyscallRenameatX:  twoPaths(place{2, 1}, place{4, 3}),
	evtable.SyscallRenameat2X: twoPaths(place{2, 1}, place{4, 3}),
	evtable.SyscallLink2X:     twoPaths(place{2, -1}, place{1, -1}),
	evtable.SyscallLinkat2X:   twoPaths(place{4, 3}, place{2, 1}),
	evtable.SyscallSymlinkX:   twoPaths(place{2, -1}, place{1, -1}),
	evtable.SyscallSymlinkatX: twoPaths(place{3, 2}, place{1, -1}),
	evtable.SyscallMountX:     twoPaths(place{1, -1}, place{2, -1}),
}

// fsPath is path number which of the calls that have one, or two; raw leaves it as the caller gave it. Calls that failed
// have none.
func fsPath(which int, single, raw bool) extractor {
	return extractor{scope: ScopeArgs, text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		t := c.typ()
		if t == nil || t.Enter || !c.HasRes {
			return dst, false
		}
		a := c.Joined()
		if a.Type == nil {
			return dst, false
		}
		call, ok := fsCalls[a.Type.ID]
		if !ok || call.two == single || c.Res != 0 && (!call.opens || c.Res == -1) {
			return dst, false
		}
		return call.places[which].append(dst, c, a, raw)
	}}
}

func (p place) append(dst []byte, c *Ctx, a *evt.Args, raw bool) ([]byte, bool) {
	if p.dirfd == useFD {
		if c.FD == nil {
			return dst, false
		}
		if raw && c.FD.Raw != "" {
			return append(dst, c.FD.Raw...), true
		}
		return append(dst, c.FD.Shown(c.Names.Legacy)...), true
	}
	s, ok := evt.Str(a.Param(p.path))
	switch {
	case !ok:
		return dst, false
	case raw:
		return append(dst, s...), true
	case len(s) > 0 && s[0] == '/':
		return evt.JoinPath(dst, "", s), true
	case p.dirfd < 0:
		return evt.JoinPath(dst, c.Names.Cwd(), s), true
	}
	return relative(dst, c, a, p.dirfd, p.path), true
}

// absPaths are the calls whose path is relative to a descriptor, source and destination, by the newest shape of their
// exits.
var absPaths = map[uint16][2]place{
	evtable.SyscallRenameatX:       {{2, 1}, {4, 3}},
	evtable.SyscallRenameat2X:      {{2, 1}, {4, 3}},
	evtable.SyscallLinkat2X:        {{2, 1}, {4, 3}},
	evtable.SyscallSymlinkatX:      {{3, 2}, {3, 2}},
	evtable.SyscallOpenat_2X:       {{2, 1}, {2, 1}},
	evtable.SyscallOpenat2X:        {{2, 1}, {2, 1}},
	evtable.SyscallUnlinkat2X:      {{2, 1}, {2, 1}},
	evtable.SyscallMkdiratX:        {{2, 1}, {2, 1}},
	evtable.SyscallFchmodatX:       {{2, 1}, {2, 1}},
	evtable.SyscallFchownatX:       {{2, 1}, {2, 1}},
	evtable.SyscallOpenByHandleAtX: {{3, -1}, {3, -1}},
}

// absPath is the path of a call that names a directory by its descriptor; of two paths the source, or the one in the
// argument.
func absPath(dst []byte, c *Ctx, r *Ref) ([]byte, bool) {
	t := c.typ()
	if t == nil || t.Enter {
		return dst, false
	}
	a := c.Joined()
	if a.Type == nil {
		return dst, false
	}
	places, ok := absPaths[a.Type.ID]
	if !ok || a.Type.ID == evtable.SyscallOpenByHandleAtX && c.Res <= 0 {
		return dst, false
	}
	if r.Arg == "dst" {
		return places[1].append(dst, c, a, false)
	}
	return places[0].append(dst, c, a, false)
}

package session

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session/store"
)

// told is one event as the shipped buttons are meant, without the fields and operators of filters.
type told struct {
	name   string
	flags  evtable.EF // of its type
	about  uint16     // what calls of its type are about, evtable.EC*
	fd     uint8      // type of its descriptor
	fdName string
	opened bool // for writing, as its flags read
	tty    bool
	failed int64 // the result of an exit that failed, else 0
}

func tell(c *field.Ctx) told {
	w := told{name: string(evt.AppendTypeName(nil, &c.Ev, &c.Args))}
	if i := c.Ev.Info(); i != nil {
		w.flags, w.about = i.Flags, i.Category&evtable.CategoryMask
	}
	if c.FD != nil {
		w.fd = c.FD.Type
	}
	if r, err := field.Parse("fd.name"); err == nil {
		b, _ := r.Append(nil, c)
		w.fdName = string(b)
	}
	if w.any("open", "openat", "openat2", "creat") {
		args := string(evt.AppendArgs(nil, c.Joined(), &c.Names, &c.Style))
		w.opened = strings.Contains(args, "O_WRONLY") || strings.Contains(args, "O_RDWR") || w.name == "creat"
	}
	w.tty = c.T != nil && c.T.TTY != 0
	if c.HasRes && c.Res < 0 {
		w.failed = c.Res
	}
	return w
}

func (w told) any(names ...string) bool { return slices.Contains(names, w.name) }
func (w told) reads() bool              { return w.flags&evtable.EFReadsFromFD != 0 }
func (w told) writes() bool             { return w.flags&evtable.EFWritesToFD != 0 || w.name == "sendfile" }

func (w told) onFile() bool {
	return slices.Contains([]uint8{scapio.FDFile, scapio.FDFileV2, scapio.FDDirectory}, w.fd)
}

func (w told) onIP() bool {
	return slices.Contains([]uint8{scapio.FDIPv4, scapio.FDIPv4Server, scapio.FDIPv6, scapio.FDIPv6Server}, w.fd)
}

// moves reports whether its call is about whatever its descriptor is open on.
func (w told) moves() bool {
	return slices.Contains([]uint16{evtable.ECIORead, evtable.ECIOWrite, evtable.ECIOOther}, w.about)
}

// meant says of each shipped button which events it is for.
var meant = map[string]func(w told) bool{
	"commands.interactive": func(w told) bool { return w.any("execve", "execveat") && w.tty },
	"commands.all":         func(w told) bool { return w.any("execve", "execveat") },
	"files.all":            func(w told) bool { return w.about == evtable.ECFile || w.moves() && w.onFile() },
	"network.all":          func(w told) bool { return w.about == evtable.ECNet || w.moves() && w.onIP() },
	"files.opens":          func(w told) bool { return w.any("open", "openat", "openat2", "creat", "open_by_handle_at") },
	"files.rw":             func(w told) bool { return (w.reads() || w.writes()) && w.onFile() },
	"files.writes":         func(w told) bool { return w.writes() && w.onFile() },
	"files.deletions":      func(w told) bool { return w.any("unlink", "unlinkat", "rmdir") },
	"files.links":          func(w told) bool { return w.any("link", "linkat", "symlink", "symlinkat") },
	"network.rw":           func(w told) bool { return (w.reads() || w.writes()) && w.onIP() },
	"network.outbound":     func(w told) bool { return w.any("connect") && w.onIP() },
	"network.inbound":      func(w told) bool { return w.any("accept", "accept4") && w.onIP() },
	"network.ports":        func(w told) bool { return w.any("bind", "listen") && w.onIP() },
	"io.all":               func(w told) bool { return w.reads() || w.writes() },
	"io.reads":             told.reads,
	"io.writes":            told.writes,
	"misc.processes":       func(w told) bool { return w.any("clone", "clone3", "fork", "vfork") },
	"misc.failed":          func(w told) bool { return w.failed != 0 && w.failed != -11 && w.failed != -114 },
	"misc.modules":         func(w told) bool { return w.any("init_module", "finit_module") },
	"misc.falco":           func(w told) bool { return w.any("notification") },
	"misc.system": func(w told) bool {
		under := slices.ContainsFunc([]string{"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/usr", "/etc", "/boot"}, func(dir string) bool {
			return w.fdName == dir || strings.HasPrefix(w.fdName, dir+"/")
		})
		return under && (w.writes() || w.opened)
	},
	"misc.logs": func(w told) bool {
		return w.writes() && (strings.HasPrefix(w.fdName, "/var/log/") || strings.HasSuffix(w.fdName, ".log") || strings.Contains(w.fdName, "/dev/log"))
	},
}

// meantRules says so of each shipped colour rule.
var meantRules = map[string]func(w told) bool{
	"failed":    func(w told) bool { return w.failed != 0 && !slices.Contains([]int64{-11, -114, -115}, w.failed) },
	"falco":     func(w told) bool { return w.any("notification") },
	"commands":  func(w told) bool { return w.any("execve", "execveat") },
	"processes": func(w told) bool { return w.any("clone", "clone3", "fork", "vfork") },
	"sockets": func(w told) bool {
		return w.any("socket", "socketpair", "bind", "listen", "connect", "accept", "accept4")
	},
	"net.writes":  func(w told) bool { return w.writes() && w.onIP() },
	"net.reads":   func(w told) bool { return w.reads() && w.onIP() },
	"file.opens":  func(w told) bool { return w.any("open", "openat", "openat2", "creat", "open_by_handle_at") },
	"file.writes": func(w told) bool { return w.writes() && w.onFile() },
	"file.reads":  func(w told) bool { return w.reads() && w.onFile() },
	"closes":      func(w told) bool { return w.any("close", "close_range") },
}

// ships is a filter that comes with scapls.
type ships struct {
	id, text string
	meant    func(w told) bool
}

func TestShippedButtonsChooseTheRightEvents(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine asks everything")
	}
	var list []ships
	for _, b := range store.ShippedButtons() {
		require.NotNil(t, meant[b.ID], b.ID)
		list = append(list, ships{b.ID, b.Text, meant[b.ID]})
	}
	shippedFilters(t, list)
}

func TestShippedColourRulesChooseTheRightEvents(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine asks everything")
	}
	var list []ships
	for _, r := range store.ShippedRules() {
		require.NotNil(t, meantRules[r.ID], r.ID)
		list = append(list, ships{r.ID, r.Filter, meantRules[r.ID]})
	}
	require.Len(t, meantRules, len(list))
	shippedFilters(t, list)
}

func shippedFilters(t *testing.T, list []ships) {
	found := map[string]int{}
	check := func(t *testing.T, path string) {
		x := openAll(t, path)
		for _, view := range []ViewKind{EventsView, CallsView} {
			q := Query{View: view}
			for _, b := range list {
				r := filter.Read(b.text, filter.Sysdig)
				p, err := r.Compile()
				require.NoError(t, err, b.id)
				require.Empty(t, r.Diags, b.id)
				n := 0
				snap := x.Acquire()
				var cur index.Cursor
				var c field.Ctx
				for key := snap.Next(q.list(), 1); key != 0; key = snap.Next(q.list(), key+1) {
					require.NoError(t, snap.Fill(key, view == CallsView, &cur, &c))
					got := p.Match(&c)
					if got {
						n++
					}
					if got != b.meant(tell(&c)) {
						t.Errorf("%s, %s view: event %d: chosen %v: %+v", b.id, view, key, got, tell(&c))
						break
					}
				}
				snap.Release()
				found[b.id] += n
			}
		}
	}
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		t.Run(name, func(t *testing.T) { check(t, scapiotest.Repo(t, name)) })
	}
	shared := scapiotest.Shared(t, "xxradar", "sf_alpine", "sf_files", "sf_mpm-pre", "sf_nginx", "falco_write", "libs_curl_google.", "live_old-filter-net", "live_new-rotate")
	vectors := filepath.Join(filepath.Dir(filepath.Dir(shared[0])), "vectors", "history1.scap") // a event of every type there was
	for _, path := range append(shared, vectors) {
		t.Run(filepath.Base(path), func(t *testing.T) { check(t, path) })
	}
	t.Run("a notification of Falco, which no capture holds", func(t *testing.T) {
		check(t, scapiotest.File(t, scapiotest.Capture(t, func(w *scapio.Writer) {
			scapiotest.Lists(w)
			scapiotest.Events(w, 3)
			require.NoError(t, w.Event(0, 0, 1_700_000_000_000_000_009, -1, evtable.NotificationE, []byte("id\x00"), []byte("a rule\x00")))
		})))
	})
	for _, b := range list {
		require.NotZero(t, found[b.id], "%s chooses nothing anywhere", b.id)
	}
}

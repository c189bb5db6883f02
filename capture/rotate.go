package capture

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/scapls/scapls/scapio"
)

// Output says where a capture goes and when a new file begins. The zero value writes nothing.
type Output struct {
	// Path is the file; "-" is Stdout. Where files follow each other it is what their names begin with: a number follows.
	// With Every it may hold strftime's letters (%Y-%m-%d_%H%M%S), which stand for the time when the file begins.
	Path        string
	Stdout      io.Writer
	Compression scapio.Compression // "" is none

	MaxBytes  int64         // of one file; 0: no limit
	MaxEvents uint64        // of one file; 0: no limit
	Every     time.Duration // how long one file lasts; 0: no limit
	Files     int           // how many there are at most: the oldest are overwritten; 0: no limit
}

// Rotates reports whether there may be several files.
func (o *Output) Rotates() bool { return o.MaxBytes > 0 || o.MaxEvents > 0 || o.Every > 0 }

// Check returns what is wrong with the output, nil if nothing.
func (o *Output) Check() error {
	switch {
	case o.Rotates() && o.Path == "":
		return fmt.Errorf("several files need a name (-w)")
	case o.Rotates() && o.Path == "-":
		return fmt.Errorf("the standard output is one stream, not several files")
	case o.Files > 0 && !o.Rotates():
		return fmt.Errorf("a number of files (-W) needs a limit for each: -C, -G or -e")
	case o.Files < 0 || o.MaxBytes < 0 || o.Every < 0:
		return fmt.Errorf("a limit is negative")
	}
	return nil
}

// files makes the files of an output, one after the other.
type files struct {
	o     Output
	n     int      // made so far
	names []string // of those that exist, the oldest first, where names tell of time
	owner *owner
}

// owner is whom new files belong to; nil: whoever runs this.
type owner struct{ uid, gid int }

// next opens the next file.
func (f *files) next(now time.Time) (*sink, error) {
	if f.o.Path == "-" {
		return newSink("-", f.o.Stdout, nil, f.o.Compression)
	}
	name := f.name(now)
	// Captures tell secrets: others may not read them.
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	if f.owner != nil {
		_ = file.Chown(f.owner.uid, f.owner.gid) // a file system without owners is none of our business
	}
	f.n++
	s, err := newSink(name, file, file, f.o.Compression)
	if err != nil {
		file.Close()
	}
	return s, err
}

// name returns the name of the next file, and removes the oldest when there are too many.
func (f *files) name(now time.Time) string {
	if !f.o.Rotates() {
		return f.o.Path
	}
	if f.o.Every > 0 && strings.Contains(f.o.Path, "%") {
		name := strftime(f.o.Path, now)
		if len(f.names) > 0 && f.names[len(f.names)-1] == name { // a file limited by size, too, within the same second
			name += "." + strconv.Itoa(f.n)
		}
		f.names = append(f.names, name)
		if f.o.Files > 0 && len(f.names) > f.o.Files {
			_ = os.Remove(f.names[0]) // it may be gone: no loss
			f.names = f.names[1:]
		}
		return name
	}
	if f.o.Files > 0 {
		digits := len(strconv.Itoa(f.o.Files - 1))
		return fmt.Sprintf("%s%0*d", f.o.Path, digits, f.n%f.o.Files)
	}
	return f.o.Path + strconv.Itoa(f.n)
}

// strftime replaces the letters of strftime(3) that make sense in a file's name.
func strftime(format string, t time.Time) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		switch c := format[i]; c {
		case '%':
			b.WriteByte('%')
		case 's':
			b.WriteString(strconv.FormatInt(t.Unix(), 10))
		case 'j':
			fmt.Fprintf(&b, "%03d", t.YearDay())
		default:
			if layout := strftimeLayouts[c]; layout != "" {
				b.WriteString(t.Format(layout))
			} else {
				b.WriteByte('%')
				b.WriteByte(c)
			}
		}
	}
	return b.String()
}

var strftimeLayouts = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM", 'b': "Jan", 'B': "January",
	'a': "Mon", 'A': "Monday", 'F': "2006-01-02", 'T': "15:04:05", 'Z': "MST", 'z': "-0700", 'e': "_2",
}

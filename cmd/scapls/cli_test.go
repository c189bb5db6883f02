package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/capture/remote/remotetest"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// TestMain lets the test binary be the program itself, for what is only seen from outside the process.
func TestMain(m *testing.M) {
	if os.Getenv("SCAPLS_TEST_MAIN") == "1" {
		main()
	}
	code := m.Run()
	remotetest.Done()
	os.Exit(code)
}

// program returns the program as a process of its own.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], args...)
	c.Env = append(os.Environ(), "SCAPLS_TEST_MAIN=1", "TZ=UTC")
	return c
}

type output struct{ bytes.Buffer }

func (*output) Close() error { return nil }

// cli runs a command in this process, in UTC.
func cli(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o output
	var e bytes.Buffer
	code = run(t.Context(), args, stdio{in: io.NopCloser(strings.NewReader("")), out: &o, err: &e})
	return code, o.String(), e.String()
}

// ok runs a command that must succeed without a word on stderr and returns its lines.
func ok(t *testing.T, args ...string) []string {
	t.Helper()
	code, out, errs := cli(t, args...)
	require.Empty(t, errs)
	require.Equal(t, exitOK, code)
	return strings.Split(strings.TrimSuffix(out, "\n"), "\n")
}

func utc(t *testing.T) {
	t.Helper()
	was := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = was })
}

func sample(t *testing.T) string    { return scapiotest.Repo(t, "live_old-sysmix.scap") }
func newSample(t *testing.T) string { return scapiotest.Repo(t, "live_new-sysmix.scap") }

func TestWrongUsageIsStatusOne(t *testing.T) {
	file := sample(t)
	for _, c := range []struct {
		args []string
		told string
	}{
		{nil, "Usage: scapls COMMAND"},
		{[]string{"nonsense"}, `there is no command "nonsense"`},
		{[]string{"read"}, "give one capture file, or - for standard input (0 given)"},
		{[]string{"info", file, file}, "(2 given)"},
		{[]string{"read", "--nosuch", file}, "-nosuch"},
		{[]string{"read", file, "--nosuch"}, "-nosuch"},
		{[]string{"read", "-o", "xml", file}, `"xml" is none of text, json (or ndjson), csv`},
		{[]string{"read", "-t", "z", file}, `-t "z" is none of h, a, r, d, D`},
		{[]string{"read", "-t", "", file}, "is none of"},
		{[]string{"read", "-n", "many", file}, "-n"},
		{[]string{"info"}, "give one capture file"},
		{[]string{"info", "-o", "csv", file}, `"csv" is neither text nor json`},
		{[]string{"ps", "--at", "99999", file}, "--at 99999: the capture ends with event 3103"},
		{[]string{"lsof", "--at", "99999", file}, "the capture ends with event 3103"},
		{[]string{"lsof", "--pid", "4711", file}, "no process 4711"},
	} {
		code, _, errs := cli(t, c.args...)
		require.Equal(t, exitUsage, code, "%q", c.args)
		require.Contains(t, errs, c.told, "%q", c.args)
	}
}

func TestHelpIsNoError(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"-h"}, {"--help"}, {"read", "-h"}, {"info", "--help"}, {"ps", "-h"}, {"version"}, {"--version"}} {
		code, out, errs := cli(t, args...)
		require.Equal(t, exitOK, code, "%q", args)
		require.NotEmpty(t, out+errs)
	}
	_, out, _ := cli(t, "help")
	for name, c := range commands() {
		require.Equal(t, c.help != "", strings.Contains(out, "\n  "+name+" "), name)
	}
}

func TestWhatCannotBeOpenedIsStatusTwo(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none.scap")
	for name, c := range map[string]struct{ file, told string }{
		"a missing file":  {missing, "there is no file " + missing},
		"a directory":     {t.TempDir(), "directory"},
		"no capture":      {scapiotest.File(t, []byte("some text that is no capture at all")), "not a"},
		"a packed text":   {scapiotest.File(t, scapiotest.Pack(t, []byte("some text that is no capture"), scapio.Gzip)), "not a"},
		"an empty file":   {scapiotest.File(t, nil), "empty"},
		"a few bytes":     {scapiotest.File(t, []byte{0x0a, 0x0d}), ""},
		"a path of a dir": {filepath.Join(sample(t), "x"), ""},
	} {
		for _, command := range []string{"read", "info", "ps", "lsof"} {
			code, out, errs := cli(t, command, c.file)
			require.Equal(t, exitOpen, code, "%s %s", command, name)
			require.Empty(t, out)
			require.True(t, strings.HasPrefix(errs, "scapls "+command+": "), errs)
			require.Contains(t, errs, c.told, name)
			require.Equal(t, 1, strings.Count(errs, "\n"), errs)
		}
	}
	t.Run("a file of another user", func(t *testing.T) {
		file := scapiotest.File(t, []byte("x"))
		require.NoError(t, os.Chmod(file, 0))
		if f, err := os.Open(file); err == nil {
			f.Close()
			scapiotest.Skip(t, "user", "this user may read every file")
		}
		code, _, errs := cli(t, "read", file)
		require.Equal(t, exitOpen, code)
		require.Contains(t, errs, "may not be read by this user")
	})
}

func TestADamagedCaptureIsStatusThreeBehindItsRows(t *testing.T) {
	b := scapiotest.Bytes(t, sample(t))
	at := scapiotest.Offsets(b)
	last := at[len(at)-2]
	file := scapiotest.File(t, b[:last+20])
	want := ok(t, "read", sample(t))
	code, out, errs := cli(t, "read", file)
	require.Equal(t, exitDamaged, code)
	require.Equal(t, strings.Join(want[:len(want)-1], "\n")+"\n", out)
	require.Contains(t, errs, strconv.Itoa(last))
	require.Contains(t, errs, "event")
	require.Contains(t, errs, "what was read before it is kept")
	require.Equal(t, 1, strings.Count(errs, "\n"))
	for _, args := range [][]string{{"info", file}, {"info", "-o", "json", file}, {"ps", file}, {"lsof", file}, {"read", "-o", "json", file}, {"read", "--calls", file}} {
		code, out, errs := cli(t, args...)
		require.Equal(t, exitDamaged, code, "%q", args)
		require.NotEmpty(t, out)
		require.Contains(t, errs, strconv.Itoa(last))
	}
	t.Run("but not when the lines asked for come before", func(t *testing.T) {
		require.Equal(t, want[:5], ok(t, "read", "-n", "5", file))
		require.Len(t, ok(t, "read", "-n", "5", "--calls", file), 5)
	})
}

func TestAWrongFormatIsStatusFour(t *testing.T) {
	for format, told := range map[string]string{"%nosuch.field": "position 2", "%evt.num %proc.nam": "proc.name", "%": "percent sign", "%evt.num %5": "percent sign"} {
		code, out, errs := cli(t, "read", "-p", format, sample(t))
		require.Equal(t, exitFilter, code, format)
		require.Empty(t, out)
		require.Contains(t, errs, told)
	}
	require.Equal(t, []string{"57x y"}, ok(t, "read", "-n", "1", "-p", "%evt.numx y", sample(t)), "the longest field, then text")
}

func TestReadPrintsTheEvents(t *testing.T) {
	utc(t)
	lines := ok(t, "read", sample(t))
	require.Len(t, lines, 3046)
	require.Equal(t, "57 23:11:04.574369746 0 python3 (11615) < poll res=0 fds=3:40 ", lines[0])
	require.Equal(t, lines[:7], ok(t, "read", "-n", "7", sample(t)))
	require.Equal(t, lines[:7], ok(t, "read", sample(t), "-n", "7"), "flags may come last")
	require.Len(t, ok(t, "read", "--internal", sample(t)), 3103)
	require.Equal(t, "1 23:11:04.221763210 0 <NA> (-1) > useradded uid=65534 gid=65534 name=nobody home=/nonexistent shell=/usr/sbin/nologin container_id= ",
		ok(t, "read", "--internal", "-n", "1", sample(t))[0])
	calls := ok(t, "read", "--calls", sample(t))
	require.Len(t, calls, 1632)
	require.Equal(t, "61 23:11:05.075052611 0 python3 (11615) < poll res=0 fds=3:40 timeout=500", calls[2])
	require.Equal(t, ok(t, "read", newSample(t)), ok(t, "read", "--calls", newSample(t)), "exits only: both views are the same")
}

func TestTimesReadAsAsked(t *testing.T) {
	utc(t)
	second := func(args ...string) (list []string) {
		for _, l := range ok(t, append([]string{"read", "-n", "5"}, append(args, sample(t))...)...) {
			list = append(list, strings.SplitN(l, " ", 3)[1])
		}
		return list
	}
	require.Equal(t, []string{"23:11:04.574369746", "23:11:04.574443616", "23:11:04.574452369", "23:11:05.075052611", "23:11:05.075108554"}, second("-t", "h"))
	require.Equal(t, second("-t", "h"), second())
	require.Equal(t, "1795302664.574369746", second("-t", "a")[0])
	require.Equal(t, []string{"0.000000000", "0.000073870", "0.000082623", "0.500682865", "0.500738808"}, second("-t", "r"))
	require.Equal(t, []string{"0.000000000", "0.000000000", "0.000000000", "0.500608995", "0.000000000"}, second("-t", "d"))
	require.Equal(t, []string{"0.000000000", "0.000073870", "0.000008753", "0.500600242", "0.000055943"}, second("-t", "D"), "since the line before")
	for _, mode := range []string{"h", "r", "d", "D"} {
		require.Equal(t, second("-t", mode), second("-t", mode, "-p", "*%evt.num %evt.outputtime %evt.type"), mode)
	}
	require.Equal(t, "1795302664.574369746", ok(t, "read", "-n", "1", "-t", "a", "-p", "%evt.outputtime", sample(t))[0])
}

func TestTheZoneIsThatOfTheEnvironment(t *testing.T) {
	if _, err := time.LoadLocation("Asia/Tokyo"); err != nil {
		scapiotest.Skip(t, "tzdata", "no time zones on this machine")
	}
	for zone, want := range map[string]string{"UTC": "57 23:11:04.574369746 ", "Asia/Tokyo": "57 08:11:04.574369746 "} {
		c := program(t, "read", "-n", "1", sample(t))
		c.Env = append(c.Env, "TZ="+zone)
		out, err := c.Output()
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(out), want), "%s: %s", zone, out)
	}
}

func TestJSONLinesAreTyped(t *testing.T) {
	for _, args := range [][]string{{sample(t)}, {"--calls", sample(t)}, {"--internal", newSample(t)}} {
		lines := ok(t, append([]string{"read", "-o", "json"}, args...)...)
		require.Len(t, lines, len(ok(t, append([]string{"read"}, args...)...)))
		for _, l := range lines {
			var o map[string]any
			d := json.NewDecoder(strings.NewReader(l))
			d.UseNumber()
			require.NoError(t, d.Decode(&o), l)
			for name, v := range o {
				_, number := v.(json.Number)
				switch name {
				case "evt.num", "evt.cpu", "proc.pid", "thread.tid", "fd.num", "evt.latency":
					require.True(t, number, "%s: %s", name, l)
				default:
					_, text := v.(string)
					require.True(t, text, "%s: %s", name, l)
				}
			}
			require.Contains(t, o, "evt.num")
			require.Contains(t, o, "evt.type")
			require.Len(t, o["evt.outputtime"], 19, "ns since the epoch, as a text since they are above 2^53")
		}
	}
	line := ok(t, "read", "-o", "json", "-n", "4", sample(t))[3]
	require.JSONEq(t, `{"evt.num":61,"evt.outputtime":"1795302665075052611","evt.cpu":0,"evt.dir":"<","evt.type":"poll","evt.info":"res=0 fds=3:40",
		"evt.latency":500608995,"proc.name":"python3","proc.pid":11615,"thread.tid":11615,"container.name":"host"}`, line)
	require.Equal(t, []string{`{"evt.num":57,"evt.type":"poll"}`}, ok(t, "read", "-o", "json", "-n", "1", "-p", "%evt.type and %evt.num", sample(t)))
}

func TestCSVParses(t *testing.T) {
	for _, args := range [][]string{{sample(t)}, {"--calls", newSample(t)}} {
		records, err := csv.NewReader(strings.NewReader(strings.Join(ok(t, append([]string{"read", "-o", "csv"}, args...)...), "\n"))).ReadAll()
		require.NoError(t, err) // which includes that all have the same number of cells
		require.Equal(t, []string{
			"evt.num", "evt.outputtime", "evt.cpu", "proc.name", "proc.pid", "thread.tid", "evt.dir", "evt.type", "evt.info", "evt.latency",
			"fd.num", "fd.name", "container.name",
		}, records[0])
		text := ok(t, append([]string{"read", "-p", "*%evt.num %evt.type"}, args...)...)
		require.Len(t, records, len(text)+1)
		for i, l := range text {
			require.Equal(t, l, records[i+1][0]+" "+records[i+1][7])
		}
	}
	require.Equal(t, []string{"evt.num,fd.name", "57,"}, ok(t, "read", "-o", "csv", "-n", "1", "-p", "*%evt.num %fd.name", sample(t)))
}

func TestCompressedCapturesReadTheSame(t *testing.T) {
	want := ok(t, "read", newSample(t))
	b := scapiotest.Bytes(t, newSample(t))
	for _, c := range []scapio.Compression{scapio.Gzip, scapio.Zstd, scapio.LZ4} {
		file := scapiotest.File(t, scapiotest.Pack(t, b, c))
		require.Equal(t, want, ok(t, "read", file), c)
		require.Contains(t, strings.Join(ok(t, "info", file), "\n"), string(c))
	}
}

func TestStandardInputIsACapture(t *testing.T) {
	utc(t)
	want := ok(t, "read", sample(t))
	b := scapiotest.Bytes(t, sample(t))
	check := func(name string, in io.Reader) {
		c := program(t, "read", "-")
		c.Stdin = in
		out, err := c.Output()
		require.NoError(t, err, name)
		lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		require.Equal(t, want, lines, name)
	}
	check("a pipe", struct{ io.Reader }{bytes.NewReader(b)})
	check("a packed pipe", struct{ io.Reader }{bytes.NewReader(scapiotest.Pack(t, b, scapio.Zstd))})
	f, err := os.Open(sample(t))
	require.NoError(t, err)
	defer f.Close()
	check("a file", f)
	for name, in := range map[string]string{"nothing": "", "text": "no capture at all, but some text"} {
		c := program(t, "read", "-")
		c.Stdin = strings.NewReader(in)
		var errs bytes.Buffer
		c.Stderr = &errs
		require.Error(t, c.Run())
		require.Equal(t, exitOpen, c.ProcessState.ExitCode(), name)
		require.Contains(t, errs.String(), "standard input")
	}
}

func TestInfoTellsTheSameInBothForms(t *testing.T) {
	for _, file := range []string{sample(t), newSample(t)} {
		var i info
		_, out, errs := cli(t, "info", "-o", "json", file)
		require.Empty(t, errs)
		require.NoError(t, json.Unmarshal([]byte(out), &i))
		require.False(t, i.Damaged)
		require.False(t, i.Truncated)
		require.Empty(t, i.Diagnostics)
		require.Equal(t, []string{"1.2"}, i.Sections)
		require.EqualValues(t, len(ok(t, "read", "--internal", file)), i.Events)
		require.EqualValues(t, len(ok(t, "read", file)), i.Visible)
		require.EqualValues(t, len(ok(t, "read", "--calls", file)), i.Calls)
		sum := uint64(0)
		for _, c := range i.Types {
			sum += c.Count
		}
		require.EqualValues(t, i.Events, sum)
		st, err := os.Stat(file)
		require.NoError(t, err)
		require.Equal(t, st.Size(), i.Size)
		require.Equal(t, st.Size(), i.Uncompressed)
		text := strings.Join(ok(t, "info", file), "\n")
		for _, part := range []string{"Health\n", "\nFile\n", "\nMachine\n", "\nTime\n", "\nFirst state\n", "\nEvents\n", "\nBlocks\n", "complete", i.Host} {
			require.Contains(t, text, part)
		}
	}
}

func TestPSPrintsTheTreeOfAMoment(t *testing.T) {
	lines := ok(t, "ps", "--at", "1510", sample(t))
	require.Equal(t, []string{"PID", "TID", "PPID", "USER", "CONTAINER", "COMMAND"}, strings.Fields(lines[0]))
	require.Equal(t, "   11756    11756    11607  root         -                  sysmix 1", lines[6])
	require.Len(t, lines, 7, "processes only: %q", lines)
	threads := ok(t, "ps", "--threads", "--at", "1510", sample(t))
	require.Len(t, threads, 9)
	require.Equal(t, "   11756    11758    11607  root         -                    sysmix 1", threads[7])
	require.Len(t, ok(t, "ps", sample(t)), 2, "at the end the rest has exited")
	require.Equal(t, ok(t, "ps", sample(t)), ok(t, "ps", "--at", "3103", sample(t)))
}

func TestLsofPrintsTheDescriptorsOfAMoment(t *testing.T) {
	lines := ok(t, "lsof", "--at", "1510", "--pid", "11756", sample(t))
	require.Equal(t, []string{"COMMAND", "PID", "FD", "TYPE", "NAME"}, strings.Fields(lines[0]))
	require.Len(t, lines, 10)
	require.Equal(t, "sysmix              11756      5  ipv4 socket, tcp, server   127.0.0.1:56080->127.0.0.1:38601", lines[6])
	all := ok(t, "lsof", "--at", "1510", sample(t))
	require.Subset(t, all, lines)
	require.Greater(t, len(all), len(lines))
	require.Equal(t, lines, ok(t, "lsof", "--at", "1510", "--pid", "11758", sample(t)), "a thread stands for its process")
}

func TestAReaderThatGoesAwayIsNoError(t *testing.T) {
	big := scapiotest.File(t, scapiotest.Capture(t, func(w *scapio.Writer) {
		scapiotest.Lists(w)
		scapiotest.Events(w, 50_000)
	}))
	for _, args := range [][]string{{"read", big}, {"read", "-o", "json", big}, {"read", "--calls", big}, {"ps", big}, {"lsof", big}, {"info", big}} {
		r, w, err := os.Pipe()
		require.NoError(t, err)
		require.NoError(t, r.Close())
		c := program(t, args...)
		c.Stdout = w
		var errs bytes.Buffer
		c.Stderr = &errs
		err = c.Run()
		require.NoError(t, w.Close())
		require.NoError(t, err, "%q: %s", args, errs.String())
		require.Empty(t, errs.String())
	}
}

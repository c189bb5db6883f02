package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/scapls/scapls/cmd/internal/peers"
	"github.com/scapls/scapls/index"
)

// captures are asked of: those of the repository, then some of each origin and age.
var captures = []string{
	"live_old-sysmix.scap", "live_new-sysmix.scap", "xxradar_docker-curl-https.scap", "sf_nginx_nginx.scap", "sf_client-server_tcp-client-server.scap",
	"sf_mpm-preforked_cold_start_capture.scap", "sf_namespaces_setns.scap", "sf_files_files.scap", "libs_sample.scap", "libs_test_ipv6_client.scap",
	"falco_run_as_user_0_container.scap", "live_old-filter-net.scap", "live_new-filter-net.scap",
}

// options say what is compared and what is printed.
type options struct {
	only, file string
	verbose    int
}

func main() {
	var o options
	shared := flag.String("shared", peers.Shared(), "`folder` of the captures that are not in the repository")
	flag.StringVar(&o.only, "only", "", "only chisels whose name holds this `text`; \"streams\" are the bytes of descriptors")
	flag.StringVar(&o.file, "file", "", "only captures whose name holds this `text`")
	flag.IntVar(&o.verbose, "v", 5, "print so many rows of a difference")
	flag.Parse()
	code, err := run(*shared, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "statsoracle:", err)
		code = 2
	}
	os.Exit(code)
}

func run(shared string, o options) (int, error) {
	tmp, err := os.MkdirTemp(".cache", "statsoracle")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(tmp)
	known, err := readKnown("testdata/stats/known.txt")
	if err != nil {
		return 0, err
	}
	t := &tally{verbose: o.verbose, known: known}
	for _, name := range captures {
		if !strings.Contains(name, o.file) {
			continue
		}
		c, err := openCapture(shared, tmp, name)
		if err != nil {
			return 0, err
		}
		err = c.compare(t, o.only)
		if e := c.x.Close(); err == nil {
			err = e
		}
		if err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
	}
	return t.report(os.Stdout, o.only == "" && o.file == ""), nil
}

// capture is a file that both sides read.
type capture struct {
	name, path string
	x          *index.Index
}

func openCapture(shared, tmp, name string) (*capture, error) {
	path, err := peers.Copy(shared, tmp, name)
	if err != nil {
		return nil, err
	}
	c := &capture{name: name, path: path}
	if c.x, err = index.Open(context.Background(), path); err != nil {
		return nil, err
	}
	return c, c.x.Wait(context.Background())
}

// compare runs all comparisons of one capture.
func (c *capture) compare(t *tally, only string) error {
	for _, k := range comparisons {
		if !strings.Contains(k.name(), only) {
			continue
		}
		theirs, err := k.ask(c)
		if err != nil {
			return fmt.Errorf("%s: %w", k.name(), err)
		}
		if k.silent != "" {
			t.silent(k, c.name, theirs)
			continue
		}
		ours, err := k.count(c)
		if err != nil {
			return fmt.Errorf("%s: %w", k.name(), err)
		}
		t.add(k, c.name, ours, theirs)
	}
	if strings.Contains("streams", only) {
		return c.compareStreams(t)
	}
	return nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/scapls/scapls/capture/container"
	"github.com/scapls/scapls/capture/live"
	"github.com/scapls/scapls/capture/procscan"
)

func runDoctor(ctx context.Context, args []string, std stdio) int {
	fs := newFlags("doctor", std)
	output := fs.String("o", "text", "output `form`: text or json")
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return exitUsage
	}
	if fs.NArg() > 0 || *output != "text" && *output != "json" {
		fs.Usage()
		return exitUsage
	}
	list := append(live.Checks(), checkProcesses(ctx), checkEngines())
	if *output == "json" {
		enc := json.NewEncoder(std.out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(list); err != nil {
			return exitOpen
		}
		return verdict(list)
	}
	for _, c := range list {
		mark := "ok"
		if !c.OK {
			mark = "--"
		}
		fmt.Fprintf(std.out, "%-3s %-18s %s\n", mark, c.Name, c.Detail)
		if !c.OK && c.Fix != "" {
			fmt.Fprintf(std.out, "    %-18s %s\n", "", c.Fix)
		}
	}
	code := verdict(list)
	if code == exitOK {
		fmt.Fprintln(std.out, "\n\"scapls capture\" works here.")
	} else {
		fmt.Fprintln(std.out, "\n\"scapls capture\" does not work here as it is: see the lines that begin with --.")
	}
	return code
}

// optional are the checks without which a capture works, with less in it.
var optional = map[string]bool{processesCheck: true, enginesCheck: true, "memory lock": true}

const (
	processesCheck = "processes"
	enginesCheck   = "containers"
)

// verdict returns the exit status that the checks amount to.
func verdict(list []live.Check) int {
	for _, c := range list {
		if !c.OK && !optional[c.Name] {
			return exitCannot
		}
	}
	return exitOK
}

// checkProcesses tells how much of the processes that run already can be read.
func checkProcesses(ctx context.Context) live.Check {
	c := live.Check{Name: processesCheck, Fix: "with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH the rest can be read, too; without, some are listed without files and arguments"}
	s, err := (&procscan.Scanner{}).Scan(ctx)
	if err != nil {
		c.Detail = err.Error()
		return c
	}
	fds := 0
	for _, list := range s.FDs {
		fds += len(list)
	}
	c.Detail = fmt.Sprintf("%d processes, %d threads, %d descriptors", len(s.FDs), len(s.Threads), fds)
	c.OK = s.Refused == 0
	if !c.OK {
		c.Detail += fmt.Sprintf("; %d entries of /proc are refused", s.Refused)
	}
	return c
}

// checkEngines tells which container engines can be asked.
func checkEngines() live.Check {
	c := live.Check{Name: enginesCheck, OK: true, Detail: "no container engine found: containers would be known by their ids"}
	var names []string
	for _, s := range container.Usual() {
		names = append(names, s.Path)
	}
	if len(names) > 0 {
		c.Detail = strings.Join(names, ", ")
	}
	return c
}

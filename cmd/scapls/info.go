package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session"
)

func runInfo(ctx context.Context, args []string, std stdio) int {
	fs := newFlags("info", std)
	output := fs.String("o", "text", "output `form`: text or json")
	file, code := parseFile(fs, args)
	if code >= 0 {
		return code
	}
	if *output != "text" && *output != "json" {
		fmt.Fprintf(std.err, "scapls info: -o %q is neither text nor json\n", *output)
		return exitUsage
	}
	x, code := openIndex(ctx, "info", file, std)
	if x == nil {
		return code
	}
	defer x.Close()
	if err := x.Wait(ctx); err != nil {
		return exitOpen
	}
	var err error
	if *output == "json" {
		err = infoJSON(std.out, x)
	} else {
		err = infoText(std.out, session.Report(x, location()))
	}
	return finish("info", x, err, std)
}

func infoText(w io.Writer, sections []session.InfoSection) error {
	for i, s := range sections {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if _, err := fmt.Fprintln(w, s.Title); err != nil {
			return err
		}
		for _, r := range s.Rows {
			fmt.Fprintf(w, "  %-24s %s\n", r.Name, r.Value)
			if r.Note != "" {
				fmt.Fprintf(w, "  %-24s   %s\n", "", r.Note)
			}
		}
	}
	return nil
}

// info is the shape of "scapls info -o json". Sizes are bytes, times ns since the epoch as decimal strings.
type info struct {
	File         string              `json:"file"`
	Compression  string              `json:"compression"`
	Size         int64               `json:"size"`
	Uncompressed int64               `json:"uncompressed"`
	Sections     []string            `json:"sections"`
	Host         string              `json:"host"`
	CPUs         uint32              `json:"cpus"`
	Memory       uint64              `json:"memory"`
	BootTime     string              `json:"boot_time"`
	First        string              `json:"first"`
	Last         string              `json:"last"`
	Events       uint64              `json:"events"`
	Packets      uint64              `json:"packets"`
	Visible      uint32              `json:"visible"`
	Calls        uint32              `json:"calls"`
	Enters       uint64              `json:"enters"`
	Exits        uint64              `json:"exits"`
	Unmatched    uint64              `json:"exits_without_enter"`
	Orphans      uint64              `json:"enters_lost"`
	Drops        uint64              `json:"drop_events"`
	MaxData      int                 `json:"longest_data"`
	Threads      int                 `json:"threads"`
	FDs          int                 `json:"fds"`
	Users        int                 `json:"users"`
	Groups       int                 `json:"groups"`
	Interfaces   int                 `json:"interfaces"`
	Comments     []string            `json:"comments"`
	Kinds        map[string]uint64   `json:"kinds"`
	Types        []session.TypeCount `json:"types"`
	Unknown      []uint16            `json:"unknown_types"`
	Damaged      bool                `json:"damaged"`
	Truncated    bool                `json:"truncated"`
	Diagnostics  []string            `json:"diagnostics"`
}

func infoJSON(w io.Writer, x *index.Index) error {
	st, diags := x.Stats()
	snap := x.Acquire()
	events, packets := session.Counts(snap)
	m := snap.View(snap.Len()).Machine().Info
	i := info{
		File: x.Name, Compression: string(st.Compression), Size: st.FileSize, Uncompressed: st.Bytes, Host: m.Hostname,
		CPUs: m.CPUs, Memory: m.Memory, BootTime: fmt.Sprint(m.BootTime), First: fmt.Sprint(st.FirstTS), Last: fmt.Sprint(st.LastTS),
		Events: events, Packets: packets, Visible: snap.Rows(index.List{}), Calls: snap.Rows(index.List{Calls: true}), Enters: st.Enters, Exits: st.Exits,
		Unmatched: st.Unmatched, Orphans: st.Orphans, Drops: st.Drops, MaxData: st.MaxData, Threads: st.Threads, FDs: st.FDs, Users: st.Users, Groups: st.Groups,
		Interfaces: st.Interfaces, Comments: append([]string{}, st.Comments...), Types: session.TypeCounts(&st), Unknown: []uint16{}, Kinds: map[string]uint64{},
		Damaged: len(diags) > 0, Sections: []string{}, Diagnostics: []string{},
	}
	snap.Release()
	for _, s := range st.Sections {
		i.Sections = append(i.Sections, fmt.Sprintf("%d.%d", s.Major, s.Minor))
	}
	for _, k := range session.KindCounts(&st) {
		i.Kinds[k.Kind] = k.Count
	}
	for t := range st.Unknown {
		i.Unknown = append(i.Unknown, t)
	}
	for _, d := range diags {
		i.Diagnostics = append(i.Diagnostics, d.Text)
		i.Truncated = i.Truncated || d.Fatal
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(i)
}

package filter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
)

func TestTheTextTellsItsLanguage(t *testing.T) {
	for text, want := range map[string]filter.Language{
		"":                                filter.Sysdig,
		"proc.name=bash":                  filter.Sysdig,
		"proc.name==bash":                 filter.Sysdig,
		"fd.num == 3":                     filter.Sysdig,
		"proc.name in (a, b)":             filter.Sysdig,
		"proc.name in {a, b}":             filter.Wireshark,
		"evt.type == opne":                filter.Sysdig, // misspelt in both
		"proc.nam == bash":                filter.Sysdig,
		"proc.nam == 1 && fd":             filter.Wireshark,
		"proc.name && fd":                 filter.Wireshark,
		"fd.name":                         filter.Wireshark,
		"fd.name exists":                  filter.Sysdig,
		"evt.arg.flags contains O_RDONLY": filter.Sysdig,
		"evt.arg[0] == 3":                 filter.Sysdig,
		"evt.arg.0 == 3":                  filter.Wireshark,
		"sysdig.thread_id == 5":           filter.Wireshark,
		"sysdig.thread_id = 5":            filter.Wireshark,
		"sysdig.thread_id = 5 && fd":      filter.Wireshark,
		"proc.name = a && fd.num = 3":     filter.Sysdig,
		"evt.is_io==1":                    filter.Wireshark,
		"evt.is_io == true":               filter.Sysdig,
		"proc.name matches \"a\"":         filter.Wireshark,
		"proc.name startswith a":          filter.Sysdig,
		"len(fd.name) > 10":               filter.Sysdig,
		"1 < fd.num < 4":                  filter.Wireshark,
		"proc.name = 'bash' or proc.name": filter.Sysdig,
		`sysdig.thread_id == 145515 and evt.category in {"net", "file"} and not sysdig.event_name=="ioctl"`: filter.Wireshark,
		`(sysdig.thread_id in {145515,145516} and evt.category in {"file"}) && evt.is_io==1`:                filter.Wireshark,
		"proc.name=nginx or proc.name=python3":                                                              filter.Sysdig,
		"evt.type==connect or evt.type==recvfrom or evt.type==sendto":                                       filter.Sysdig,
	} {
		r := filter.Read(text, filter.Auto)
		require.Equal(t, want.String(), r.Language().String(), "%q: %v", text, r.Diags)
	}
}

func TestReadTellsWhereMeaningsDiffer(t *testing.T) {
	for text, want := range map[string]bool{
		"proc.name == bash": false, "evt.type != open": false, "fd.num != 3": false, "proc.name != bash": false, "fd.name != bash": true, `proc.name == ""`: true,
		`evt.buffer contains "x"`: true, "fd.num == 010": true, "fd.num == 10": false, "not (evt.type == open and fd.num < 3)": false,
		"proc.aname != bash": true, "fd.port != 80": false, "proc.name contains a": false, "evt.is_io == true": false,
	} {
		r := filter.Read(text, filter.Auto)
		require.True(t, r.Valid(), "%q: %v", text, r.Diags)
		require.Equal(t, want, r.OtherNote != "", "%q: %q", text, r.OtherNote)
		require.Equal(t, want, r.Other == filter.Wireshark, text)
	}
}

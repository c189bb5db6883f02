package explain

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// each calls f for every row of the calls view.
func each(t *testing.T, path string, f func(c *field.Ctx)) {
	t.Helper()
	x, err := index.Open(context.Background(), path)
	require.NoError(t, err)
	defer x.Close()
	require.NoError(t, x.Wait(context.Background()))
	s := x.Acquire()
	defer s.Release()
	var cur index.Cursor
	var c field.Ctx
	list := index.List{Calls: true}
	for key := s.Next(list, 1); key != 0; key = s.Next(list, key+1) {
		require.NoError(t, s.Fill(key, true, &cur, &c))
		f(&c)
	}
}

func TestSentences(t *testing.T) {
	got := map[string]string{}
	each(t, scapiotest.Repo(t, "live_old-sysmix.scap"), func(c *field.Ctx) {
		if s := Sentence(c); os.Getenv("SCAPLS_SHOW") != "" {
			t.Log(s)
		}
		got[get(c, "evt.num")] = Sentence(c)
	})
	for num, want := range map[string]string{
		"186":  "bash (11756) opened /etc/ld.so.cache for reading as fd 3",
		"88":   "bash (11607) read 1 byte from /tmp/rec.PB8MwA/go (fd 0)",
		"80":   "bash (11607) closed /tmp/rec.PB8MwA/go (fd 3)",
		"94":   "bash (11607) made a copy of /dev/null (fd 11) as fd 0",
		"141":  "bash (11607) made the process 11756",
		"156":  "bash (11756) is a new process, made by bash (11607)",
		"178":  "bash (11756) became /usr/bin/bash with the arguments /srv/sample/workloads/sysmix.sh",
		"1494": "sysmix (11756) made the thread 11758",
		"1500": "sysmix (11756) connected 127.0.0.1:56080->127.0.0.1:38601 (fd 4) to 127.0.0.1:38601",
		"1544": "sysmix (11756) tried to connect 127.0.0.1:56092->127.0.0.1:38601 (fd 4) to 127.0.0.1:38601: operation now in progress (EINPROGRESS)",
		"1524": "sysmix (11756, thread 11758) sent 36 bytes over 127.0.0.1:56080->127.0.0.1:38601 (fd 5)",
		"1087": "sysmix (11756) renamed /tmp/sysmix.11756/d1/hl4 to /tmp/sysmix.11756/d2/hl5 (RENAME_NOREPLACE)",
		"1165": "sysmix (11756) removed /tmp/sysmix.11756/node",
		"1315": "sysmix (11756) sent SIGUSR2 to process sysmix",
		"890":  "dirname (11757) ended with status 0",
		"896":  "SIGCHLD reached bash (11756), sent by 11757",
		"190":  "bash (11756) mapped 51215 bytes of /etc/ld.so.cache (fd 3) into its memory (PROT_READ)",
		"556":  "bash (11756) made a pipe, reading end fd 3, writing end fd 4",
	} {
		require.Equal(t, want, got[num], num)
	}
}

func TestNoEventIsLeftWithoutASentence(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine: nothing for the race detector")
	}
	files := append(scapiotest.Shared(t, "xxradar", "sf_nginx", "sf_namespaces", "falco_", "libs_", "live_head"), scapiotest.Repo(t, "live_new-sysmix.scap"))
	for _, file := range files {
		if strings.Contains(file, "empty") {
			continue
		}
		each(t, file, func(c *field.Ctx) {
			s := Sentence(c)
			require.NotEmpty(t, s)
			require.NotContains(t, s, "{", "%s event %d", file, c.Num)
			require.NotContains(t, s, "  ", "%s event %d", file, c.Num)
			for _, r := range s {
				require.GreaterOrEqual(t, r, ' ', "%q", s)
			}
			Markdown(c)
		})
	}
}

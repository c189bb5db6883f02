package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/capture"
)

// TestAProgramControlsACapture ends captures by a word and by the end of stdin, as an editor does that sudo has put a
// capture out of reach of signals.
func TestAProgramControlsACapture(t *testing.T) {
	canCapture(t)
	for name, word := range map[string]string{"by a word": `{"stop":true}` + "\n", "by the end of stdin": ""} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "controlled.scap")
			marker := filepath.Join(t.TempDir(), "said")
			c := program(t, "capture", "-w", path, "--status", "json", "--control", "--", "sh", "-c", "read x; echo said; echo wrong >&2; : > "+marker+"; exec sleep 60")
			in, err := c.StdinPipe()
			require.NoError(t, err)
			var out, errs bytes.Buffer
			c.Stdout, c.Stderr = &out, &errs
			require.NoError(t, c.Start())
			require.Eventually(t, func() bool { _, err := os.Stat(marker); return err == nil }, 20*time.Second, 20*time.Millisecond, "the command says its words")
			_, err = in.Write([]byte("this is no JSON\n" + word))
			require.NoError(t, err)
			if word == "" {
				require.NoError(t, in.Close())
			}
			ended := make(chan error, 1)
			go func() { ended <- c.Wait() }()
			select {
			case <-ended:
			case <-time.After(20 * time.Second):
				_ = c.Process.Kill()
				t.Fatal("the capture goes on")
			}
			require.Equal(t, "said\nwrong\n", out.String(), "what the command prints stays apart from the status")
			var last capture.Status
			for line := range strings.Lines(errs.String()) {
				require.NoError(t, json.Unmarshal([]byte(line), &last), line)
			}
			require.Equal(t, "ended", last.State)
			require.Equal(t, capture.ReasonInterrupted, last.Reason)
			require.NotZero(t, whole(t, path))
		})
	}
}

func TestForPeople(t *testing.T) {
	require.Equal(t, []string{"-w", "f", "control", "--", "x", "--control"},
		forPeople([]string{"-w", "f", "--status", "json", "--control", "control", "--", "x", "--control"}))
}

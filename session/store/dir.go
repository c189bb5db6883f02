package store

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// DirEnv is the environment variable that names another directory than the usual.
const DirEnv = "SCAPLS_STATE_DIR"

// Dir returns the directory where things are kept: what the environment variable DirEnv says, else
// $XDG_STATE_HOME/scapls or ~/.local/state/scapls, on macOS ~/Library/Application Support/scapls, on Windows
// %LocalAppData%\scapls.
func Dir() (string, error) {
	if d := os.Getenv(DirEnv); d != "" {
		return filepath.Abs(d)
	}
	return usualDir(runtime.GOOS, os.Getenv, os.UserHomeDir)
}

func usualDir(goos string, env func(string) string, home func() (string, error)) (string, error) {
	switch goos {
	case "windows":
		if d := env("LocalAppData"); d != "" {
			return filepath.Join(d, "scapls"), nil
		}
		return "", errors.New("%LocalAppData% is not set")
	case "darwin", "ios":
		h, err := home()
		if err != nil {
			return "", err
		}
		return filepath.Join(h, "Library", "Application Support", "scapls"), nil
	}
	if d := env("XDG_STATE_HOME"); filepath.IsAbs(d) { // relative ones are to be ignored, says the specification
		return filepath.Join(d, "scapls"), nil
	}
	h, err := home()
	if err != nil {
		return "", err
	}
	return filepath.Join(h, ".local", "state", "scapls"), nil
}

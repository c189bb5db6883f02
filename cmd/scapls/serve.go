package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"

	"github.com/scapls/scapls/rpc"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/store"
)

// openCapture returns the opener of captures for clients.
func openCapture(log *slog.Logger) rpc.Opener {
	return rpc.OpenerFunc(func(ctx context.Context, path string) (rpc.Session, error) {
		s, err := session.Open(ctx, path, session.Options{Logger: log})
		if err != nil {
			return nil, err
		}
		return s, nil
	})
}

// openTogether opens several captures as one.
func openTogether(log *slog.Logger) func(ctx context.Context, paths []string) (rpc.Together, error) {
	return func(ctx context.Context, paths []string) (rpc.Together, error) {
		return session.OpenTogether(ctx, paths, session.Options{Logger: log})
	}
}

// serve speaks docs/PROTOCOL.md on stdin and stdout until the client leaves, and logs to stderr. It returns the exit
// status: 0 after an orderly end, 1 after an error, an exit without shutdown, or for wrong arguments.
func serve(ctx context.Context, args []string, stdin io.ReadCloser, stdout io.WriteCloser, stderr io.Writer) int {
	flags := flag.NewFlagSet("scapls serve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	level := slog.LevelInfo
	flags.TextVar(&level, "log", level, "least `level` of the log on stderr: debug, info, warn, error")
	flags.Bool("stdio", true, "speak on stdin and stdout, which is the only way; editors say so")
	dir := flags.String("state-dir", "", "`directory` where filters, recent captures and views are kept between runs (default the user's own; or "+store.DirEnv+")")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return exitUsage
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "scapls serve: unexpected argument %q\n", flags.Arg(0))
		return exitUsage
	}

	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	kept := store.Open(store.Options{Dir: *dir, Logger: log})
	server := rpc.NewServer(openCapture(log), rpc.Options{Version: buildVersion(), Logger: log, Store: kept, Together: openTogether(log)})
	err := server.Serve(ctx, stdin, stdout)
	if e := kept.Close(); e != nil {
		log.Warn("store not closed", "err", e)
	}
	if err == nil || errors.Is(err, context.Canceled) {
		return 0
	}
	log.Error("server ended", "err", err)
	return 1
}

// version is set by the build (Makefile); empty in a plain go build.
var version string

// buildVersion is the version of the build, else of the module, or the revision of a checkout.
func buildVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	return info.Main.Version
}

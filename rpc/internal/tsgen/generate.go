package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/scapls/scapls/rpc/wire"
)

// The generated files, relative to the module.
const (
	wireDir = "rpc/wire"
	tsFile  = "vscode-extension/shared/wire.gen.ts"
)

// output is a generated file.
type output struct {
	path string // relative to the module
	text string
}

// generate returns all generated files of the module at root.
func generate(root string) ([]output, error) {
	decls, err := parse(filepath.Join(root, wireDir))
	if err != nil {
		return nil, err
	}
	ts, err := typescript(decls)
	if err != nil {
		return nil, err
	}
	outs := []output{{tsFile, ts}}
	doc, err := os.ReadFile(filepath.Join(root, docFile))
	if os.IsNotExist(err) {
		return outs, nil
	} else if err != nil {
		return nil, fmt.Errorf("read the protocol document: %w", err)
	}
	text, err := markdown(string(doc), decls, wire.Methods, wire.Notifications)
	if err != nil {
		return nil, err
	}
	return append(outs, output{docFile, text}), nil
}

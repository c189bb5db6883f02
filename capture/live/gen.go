package live

// The *.gen.go files come from internal/gen/calls.txt and the JSON tables of scapio/evtable.
//go:generate go run ./internal/gen

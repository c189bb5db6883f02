package evtable

// The *.gen.go files come from the JSON tables in facts.
//go:generate go run ./internal/gen

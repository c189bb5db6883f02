package field

// catalogue.gen.go comes from the JSON table in facts.
//go:generate go run ./internal/gen

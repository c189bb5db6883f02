package field

// catalogue.gen.go and stratoshark.gen.go come from the JSON tables in facts.
//go:generate go run ./internal/gen

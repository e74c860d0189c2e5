// Judges in Go: notes and trees by golang.org/x/mod, cosignatures by torchwood, envelopes by the standard library.
// usage: interop SAMPLES
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	samples := os.Args[1]
	judgeTrees(samples)
	judgeNotes(samples)
	judgeEnvelopes(samples)
}

// load reads one sample. JSON's base64 strings become bytes by their type.
func load[T any](samples, name string) (value T) {
	text := must(os.ReadFile(filepath.Join(samples, name)))
	check(json.Unmarshal(text, &value))
	return value
}

func store(samples, name string, value any) {
	text := must(json.MarshalIndent(value, "", " "))
	check(os.WriteFile(filepath.Join(samples, name), text, 0o600))
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// demand ends the judging with what is wrong.
func demand(holds bool, format string, args ...any) {
	if !holds {
		panic(fmt.Sprintf(format, args...))
	}
}

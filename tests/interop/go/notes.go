package main

import (
	"fmt"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
)

type signedNote struct {
	Note, Log string
	Cosigners []string
	Quorum    int
}

// open returns how many signatures on the note verify; all names on it are known.
func (s signedNote) open(text string) (int, error) {
	verifiers := []note.Verifier{must(note.NewVerifier(s.Log))}
	for _, key := range s.Cosigners {
		// note.NewVerifier knows only the log's kind of key.
		verifiers = append(verifiers, must(torchwood.NewCosignatureVerifier(key)))
	}
	opened, err := note.Open([]byte(text), note.VerifierList(verifiers...))
	if err != nil {
		return 0, err
	}
	demand(len(opened.UnverifiedSigs) == 0, "a name that nobody knows: %v", opened.UnverifiedSigs)
	checkpoint := must(torchwood.ParseCheckpoint(opened.Text))
	demand(checkpoint.Origin == strings.Split(s.Log, "+")[0], "the origin is %q", checkpoint.Origin)
	return len(opened.Sigs), nil
}

// forged changes the size, the root, and one letter of each signature line.
func (s signedNote) forged() []string {
	lines := strings.Split(s.Note, "\n")
	var found []string
	for i, line := range lines {
		if i == 0 || line == "" {
			continue
		}
		at := len(line) - 6
		if i == 1 {
			at = len(line) - 1
		}
		letter := "1"
		if line[at] == '1' {
			letter = "2"
		}
		changed := append([]string{}, lines...)
		changed[i] = line[:at] + letter + line[at+1:]
		found = append(found, strings.Join(changed, "\n"))
	}
	return found
}

func judgeNotes(samples string) {
	notes, signatures, refused, settled := load[[]signedNote](samples, "notes.json"), 0, 0, 0
	for _, given := range notes {
		verified := must(given.open(given.Note))
		demand(verified >= 1+given.Quorum, "%d signatures, fewer than a quorum certificate has", verified)
		if verified >= 1+2*given.Quorum {
			settled++
		}
		signatures += verified
		for _, forged := range given.forged() {
			_, err := given.open(forged)
			demand(err != nil, "a forged note was opened:\n%s", forged)
			refused++
		}
	}
	demand(settled > 0, "no settled note among %d", len(notes))
	fmt.Printf("x/mod note and torchwood verify %d signatures on %d notes (%d settled) and refuse %d forged notes\n",
		signatures, len(notes), settled, refused)
}

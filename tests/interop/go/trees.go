package main

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

type place struct {
	Old, Index, Size int64
	Proof            [][]byte
}

type trees struct {
	Leaves, Roots          [][]byte
	Consistency, Inclusion []place
}

func hash(bytes []byte) (hash tlog.Hash) {
	demand(len(bytes) == tlog.HashSize, "a hash of %d bytes", len(bytes))
	copy(hash[:], bytes)
	return hash
}

func hashes(list [][]byte) []tlog.Hash {
	var found []tlog.Hash
	for _, bytes := range list {
		found = append(found, hash(bytes))
	}
	return found
}

// grow builds every tree from the leaves' data alone and returns the root of each size.
func grow(leaves [][]byte) []tlog.Hash {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = stored[index]
		}
		return found, nil
	})
	roots := []tlog.Hash{must(tlog.TreeHash(0, reader))}
	for index, leaf := range leaves {
		stored = append(stored, must(tlog.StoredHashes(int64(index), leaf, reader))...)
		roots = append(roots, must(tlog.TreeHash(int64(index+1), reader)))
	}
	return roots
}

func judgeTrees(samples string) {
	given := load[trees](samples, "trees.json")
	roots, refused := grow(given.Leaves), 0
	for i, root := range given.Roots {
		demand(hash(root) == roots[i+1], "the root of size %d differs", i+1)
	}
	for _, p := range given.Consistency {
		proof := hashes(p.Proof)
		check(tlog.CheckTree(proof, p.Size, roots[p.Size], p.Old, roots[p.Old]))
		forked := roots[p.Old]
		forked[0] ^= 1
		demand(tlog.CheckTree(proof, p.Size, roots[p.Size], p.Old, forked) != nil, "a fork at %d was accepted", p.Old)
		refused++
	}
	for _, p := range given.Inclusion {
		proof, leaf := hashes(p.Proof), tlog.RecordHash(given.Leaves[p.Index])
		check(tlog.CheckRecord(proof, p.Size, roots[p.Size], p.Index, leaf))
		other := tlog.RecordHash([]byte("another block"))
		demand(tlog.CheckRecord(proof, p.Size, roots[p.Size], p.Index, other) != nil, "a foreign leaf was accepted")
		refused++
	}
	fmt.Printf("x/mod tlog agrees with %d roots, %d consistency and %d inclusion proofs, and refuses %d forgeries\n",
		len(given.Roots), len(given.Consistency), len(given.Inclusion), refused)
}

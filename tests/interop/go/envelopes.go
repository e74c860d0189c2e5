package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// kems are the KEMs of our suites by suite number.
var kems = map[uint16]uint16{1: 0x647a, 2: 0x0010}

const exportContext = "pulsebook/release-export/v1"

type sealed struct{ Enc, Aad, Bytes, Text []byte }

type envelope struct {
	Suite       uint16 `json:"suite"`
	SecretKey   []byte `json:"secret_key"`
	PublicKey   []byte `json:"public_key"`
	ReceiveHash []byte `json:"receive_hash"`
	Info        []byte `json:"info"`
	Sealed      sealed `json:"sealed"`
	Release     struct {
		Header, Ciphertext, Exported []byte
		Keys                         [][]byte
	} `json:"release"`
}

// made is what our side reads.
type made struct {
	Suite     uint16 `json:"suite"`
	SecretKey []byte `json:"secret_key"`
	PublicKey []byte `json:"public_key"`
	Enc       []byte `json:"enc"`
	Info      []byte `json:"info"`
	Aad       []byte `json:"aad"`
	Bytes     []byte `json:"bytes"`
	Text      []byte `json:"text"`
	Exported  []byte `json:"exported"`
}

func (e envelope) key() hpke.PrivateKey {
	number, known := kems[e.Suite]
	demand(known, "suite %d", e.Suite)
	key := must(must(hpke.NewKEM(number)).NewPrivateKey(e.SecretKey))
	demand(bytes.Equal(key.PublicKey().Bytes(), e.PublicKey), "suite %d: the same secret key has another public key", e.Suite)
	suite := binary.BigEndian.AppendUint16(nil, e.Suite)
	hash := sha256.Sum256(bytes.Join([][]byte{[]byte("pulsebook/receive-key/v1\x00"), suite, e.PublicKey}, nil))
	demand(bytes.Equal(hash[:], e.ReceiveHash), "suite %d: another receive hash", e.Suite)
	return key
}

func (e envelope) recipient(enc, info []byte) (*hpke.Recipient, error) {
	return hpke.NewRecipient(enc, e.key(), hpke.HKDFSHA256(), hpke.AES256GCM(), info)
}

// judgeSealed opens the sealed text, and not under another info, aad, encapsulation or ciphertext.
func (e envelope) judgeSealed() (refused int) {
	s := e.Sealed
	text := must(must(e.recipient(s.Enc, e.Info)).Open(s.Aad, s.Bytes))
	demand(bytes.Equal(text, s.Text), "suite %d: opened to something else", e.Suite)
	flip := func(given []byte) []byte {
		changed := bytes.Clone(given)
		changed[len(changed)-1] ^= 1
		return changed
	}
	for _, t := range [][4][]byte{
		{s.Enc, flip(e.Info), s.Aad, s.Bytes}, {s.Enc, e.Info, flip(s.Aad), s.Bytes},
		{s.Enc, e.Info, s.Aad, flip(s.Bytes)}, {flip(s.Enc), e.Info, s.Aad, s.Bytes},
	} {
		recipient, err := e.recipient(t[0], t[1])
		if err == nil {
			_, err = recipient.Open(t[2], t[3])
		}
		demand(err != nil, "suite %d: an altered envelope opened", e.Suite)
		refused++
	}
	return refused
}

// judgeRelease opens a whole release as docs/protocol.md section 6 has it.
func (e envelope) judgeRelease() {
	payload := coseParts(e.Release.Header)[2]
	enc := mapField(payload, 6)
	secret := must(must(e.recipient(enc, e.Info)).Export(exportContext, 32))
	demand(bytes.Equal(secret, e.Release.Exported), "suite %d: another exported secret", e.Suite)
	header := sha256.Sum256(withoutField(payload, 10))
	info := append([]byte("pulsebook/release-key/v1\x00"), header[:]...)
	okm := must(hkdf.Expand(sha256.New, secret, string(info), 44))
	aead := must(cipher.NewGCM(must(aes.NewCipher(okm[:32]))))
	keys := must(aead.Open(nil, okm[32:], e.Release.Ciphertext, nil))
	demand(bytes.Equal(keys, bytes.Join(e.Release.Keys, nil)), "suite %d: other keys in the release", e.Suite)
	_, err := aead.Open(nil, okm[32:], e.Release.Ciphertext, []byte("x"))
	demand(err != nil, "suite %d: the release opened with an aad", e.Suite)
}

// seal is the other direction: sealed here, opened by our code.
func (e envelope) seal(text string) made {
	sent := made{Suite: e.Suite, SecretKey: e.SecretKey, PublicKey: e.PublicKey, Info: e.Info, Aad: []byte("from Go"), Text: []byte(text)}
	var sender *hpke.Sender
	var err error
	sent.Enc, sender, err = hpke.NewSender(e.key().PublicKey(), hpke.HKDFSHA256(), hpke.AES256GCM(), e.Info)
	check(err)
	sent.Bytes = must(sender.Seal(sent.Aad, sent.Text))
	sent.Exported = must(sender.Export(exportContext, 32))
	return sent
}

func judgeEnvelopes(samples string) {
	envelopes, refused := load[[]envelope](samples, "envelopes.json"), 0
	demand(len(envelopes) == len(kems), "%d envelopes for %d suites", len(envelopes), len(kems))
	var back []made
	for _, given := range envelopes {
		refused += given.judgeSealed()
		given.judgeRelease()
		back = append(back, given.seal("sealed by Go"), given.seal(""))
		fmt.Printf("suite %d is KEM %#04x of crypto/hpke\n", given.Suite, kems[given.Suite])
	}
	store(samples, "envelopes-go.json", back)
	fmt.Printf("crypto/hpke opens %d envelopes and %d releases, refuses %d altered ones, sealed %d\n",
		len(envelopes), len(envelopes), refused, len(back))
}

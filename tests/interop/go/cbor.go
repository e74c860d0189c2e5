package main

import "encoding/binary"

// Only as much CBOR as a release header needs: arrays and maps of items with definite lengths and small integer keys.

// head returns the major type, the argument, and how long the head is.
func head(data []byte) (major byte, argument, length int) {
	major, small := data[0]>>5, data[0]&31
	switch {
	case small < 24:
		return major, int(small), 1
	case small == 24:
		return major, int(data[1]), 2
	case small == 25:
		return major, int(binary.BigEndian.Uint16(data[1:])), 3
	case small == 26:
		return major, int(binary.BigEndian.Uint32(data[1:])), 5
	default:
		return major, int(binary.BigEndian.Uint64(data[1:])), 9
	}
}

// item returns how many bytes the first item takes.
func item(data []byte) int {
	major, argument, length := head(data)
	switch major {
	case 2, 3:
		return length + argument
	case 4, 5:
		if major == 5 {
			argument *= 2
		}
		for range argument {
			length += item(data[length:])
		}
	}
	return length
}

func bytesOf(data []byte) []byte {
	_, argument, length := head(data)
	return data[length : length+argument]
}

// coseParts returns the contents of the four parts of a COSE_Sign1.
func coseParts(data []byte) (parts [4][]byte) {
	at := 1
	for i := range parts {
		length := item(data[at:])
		parts[i] = bytesOf(data[at : at+length])
		at += length
	}
	return parts
}

// fields calls back with each key and the bytes of key and value.
func fields(data []byte, each func(key int, pair, value []byte)) {
	_, pairs, at := head(data)
	for range pairs {
		_, key, length := head(data[at:])
		end := at + length + item(data[at+length:])
		each(key, data[at:end], data[at+length:end])
		at = end
	}
}

func mapField(data []byte, wanted int) (found []byte) {
	fields(data, func(key int, _, value []byte) {
		if key == wanted {
			found = bytesOf(value)
		}
	})
	return found
}

// withoutField is the map without one of its fields; maps here have fewer than 24.
func withoutField(data []byte, without int) []byte {
	left := []byte{0}
	fields(data, func(key int, pair, _ []byte) {
		if key != without {
			left = append(left, pair...)
			left[0]++
		}
	})
	left[0] |= 5 << 5
	return left
}

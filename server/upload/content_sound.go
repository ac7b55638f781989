package upload

import (
	"bytes"
	"encoding/binary"
)

// Codecs of sound by the beginning of their first packet in an Ogg stream (RFC 5334 and each codec's
// own mapping); the skeleton describes streams and is none.
var oggSound = [][]byte{
	[]byte("\x01vorbis"), []byte("OpusHead"), []byte("Speex   "), []byte("\x7fFLAC"), []byte("fLaC"),
}

// isOgg says whether an Ogg file (RFC 3533) holds sound alone. All its streams begin before any goes
// on, so the first pages tell them all.
func isOgg(c content) (bool, error) {
	const fixed, begins, maxStreams = 27, 2, 16
	sound := false
	offset := int64(0)
	for range maxStreams {
		page, err := c.at(offset, fixed+255+8)
		if err != nil || len(page) < fixed || !bytes.HasPrefix(page, []byte("OggS\x00")) {
			return false, err
		}
		if page[5]&begins == 0 {
			return sound, nil
		}
		segments := int(page[26])
		if len(page) < fixed+segments {
			return false, nil
		}
		body := 0
		for _, length := range page[fixed : fixed+segments] {
			body += int(length)
		}
		packet := page[fixed+segments:]
		is := func(signature []byte) bool { return bytes.HasPrefix(packet, signature) }
		switch {
		case anyOf(oggSound, is):
			sound = true
		case !is([]byte("fishead\x00")):
			return false, nil
		}
		offset += int64(fixed + segments + body)
		if offset >= c.size {
			return sound, nil
		}
	}
	return false, nil
}

func anyOf(signatures [][]byte, is func([]byte) bool) bool {
	for _, s := range signatures {
		if is(s) {
			return true
		}
	}
	return false
}

// Identifiers of the Advanced Systems Format (Microsoft, revision 01.20.05, section 10).
const (
	asfHeader = "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"
	asfStream = "\x91\x07\xdc\xb7\xb7\xa9\xcf\x11\x8e\xe6\x00\xc0\x0c\x20\x53\x65"
	asfAudio  = "\x40\x9e\x69\xf8\x4d\x5b\xcf\x11\xa8\xfd\x00\x80\x5f\x5c\x44\x2b"
)

// isWMA says whether an ASF file holds sound alone; with pictures it is a WMV.
func isWMA(c content) (bool, error) {
	const fixed, object, maxObjects = 30, 24, 1024
	head, err := c.at(0, fixed)
	if err != nil || len(head) < fixed || !bytes.HasPrefix(head, []byte(asfHeader)) {
		return false, err
	}
	end := min(binary.LittleEndian.Uint64(head[16:]), uint64(c.size))
	sound := false
	for offset, n := uint64(fixed), 0; offset+object <= end; n++ {
		o, err := c.at(int64(offset), object+16)
		if err != nil || len(o) < object || n == maxObjects {
			return false, err
		}
		if bytes.HasPrefix(o, []byte(asfStream)) {
			if string(o[object:]) != asfAudio {
				return false, nil
			}
			sound = true
		}
		length := binary.LittleEndian.Uint64(o[16:])
		if length < object || length > end-offset {
			return false, nil
		}
		offset += length
	}
	return sound, nil
}

// A format of frames without a container is known by several frames in a row, each of which says how
// long it is: one header alone is eleven or twelve bits that occur anywhere.
const (
	framesInRow = 3
	// lead is how far after a tag the first frame is looked for: players leave room there.
	lead = 4 << 10
)

// isMP3 says whether a file is MPEG audio, layer III, with or without an ID3 tag before it.
func isMP3(c content) (bool, error) { return c.framed(4, mp3Frame) }

// isAAC says whether a file is AAC as a bare stream: ADTS or ADIF (ISO 13818-7).
func isAAC(c content) (bool, error) {
	if adif, err := c.begins("ADIF"); adif || err != nil {
		return adif, err
	}
	return c.framed(7, adtsFrame)
}

// framed looks for frames in a row at the beginning, or near behind a tag.
func (c content) framed(header int, length func([]byte) int) (bool, error) {
	start, err := c.afterTag()
	if err != nil {
		return false, err
	}
	if start == 0 {
		return c.row(0, header, length)
	}
	window, err := c.at(start, lead)
	for i := 0; err == nil && i+header <= len(window); i++ {
		if length(window[i:i+header]) == 0 {
			continue
		}
		if found, err := c.row(start+int64(i), header, length); found || err != nil {
			return found, err
		}
	}
	return false, err
}

// row says whether frames follow one another from an offset; fewer are enough where the file ends
// with the last one.
func (c content) row(offset int64, header int, length func([]byte) int) (bool, error) {
	for n := 0; ; n++ {
		if n == framesInRow || n > 0 && offset == c.size {
			return true, nil
		}
		b, err := c.at(offset, header)
		if err != nil || len(b) < header {
			return false, err
		}
		step := length(b)
		if step == 0 {
			return false, nil
		}
		offset += int64(step)
	}
}

// afterTag is where an ID3v2 tag ends, 0 without one. Its size has seven bits a byte.
func (c content) afterTag() (int64, error) {
	const fixed, footer = 10, 0x10
	b, err := c.at(0, fixed)
	if err != nil || len(b) < fixed || !bytes.HasPrefix(b, []byte("ID3")) {
		return 0, err
	}
	size := int64(fixed)
	if b[5]&footer != 0 {
		size += fixed
	}
	return size + (int64(b[6]&0x7f)<<21 | int64(b[7]&0x7f)<<14 | int64(b[8]&0x7f)<<7 | int64(b[9]&0x7f)), nil
}

// Rates of layer III in kbit/s, by version (MPEG-1; MPEG-2 and 2.5) and index; in Hz, of MPEG-1 (ISO 11172-3, ISO 13818-3).
var (
	mp3Bits = [2][15]int{
		{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
		{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
	}
	mp3Hertz = [3]int{44100, 48000, 32000}
)

// mp3Frame gives the length of a frame by its header, 0 for none.
func mp3Frame(h []byte) int {
	if h[0] != 0xff || h[1]&0xe0 != 0xe0 {
		return 0
	}
	version, layer := h[1]>>3&3, h[1]>>1&3
	bits, hertz, padding := h[2]>>4, h[2]>>2&3, int(h[2]>>1&1)
	const reserved, layer3, mpeg1, mpeg25 = 1, 1, 3, 0
	if version == reserved || layer != layer3 || bits == 0 || bits == 15 || hertz == 3 {
		return 0
	}
	table, rate, samples := 0, mp3Hertz[hertz], 1152
	if version != mpeg1 {
		table, rate, samples = 1, rate/2, 576
	}
	if version == mpeg25 {
		rate /= 2
	}
	return samples/8*mp3Bits[table][bits]*1000/rate + padding
}

// adtsFrame gives the length of a frame by its header, 0 for none.
func adtsFrame(h []byte) int {
	const header, rates = 7, 13
	if h[0] != 0xff || h[1]&0xf6 != 0xf0 || h[2]>>2&0xf >= rates {
		return 0
	}
	length := int(h[3]&3)<<11 | int(h[4])<<3 | int(h[5]>>5)
	if length < header {
		return 0
	}
	return length
}

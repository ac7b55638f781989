package upload

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"unicode/utf16"
)

// Samples are a small file of each kind, and of kinds that Reclame Aqui does not take.
var Samples = map[string][]byte{
	"png":  encoded(func(b *bytes.Buffer) error { return png.Encode(b, dot) }),
	"jpg":  encoded(func(b *bytes.Buffer) error { return jpeg.Encode(b, dot, nil) }),
	"gif":  encoded(func(b *bytes.Buffer) error { return gif.Encode(b, dot, nil) }),
	"pdf":  []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"),
	"doc":  compoundOf("WordDocument", "1Table"),
	"xls":  compoundOf("\x05SummaryInformation", "Workbook"),
	"xls5": compoundOf("Book"),
	"docx": archiveOf("[Content_Types].xml", "_rels/.rels", "word/document.xml"),
	"xlsx": archiveOf("xl/workbook.xml", "[Content_Types].xml"),
	"csv":  []byte("nome;valor\r\nJoão;1,50\r\n"),
	"mp3":  mp3Of(4),
	"id3":  append([]byte("ID3\x03\x00\x00\x00\x00\x01\x00"+strings.Repeat("\x00", 128+300)), mp3Of(3)...),
	"wma":  asfOf(asfAudio),
	"ogg":  oggOf("OpusHead\x01\x01"),
	"aac":  aacOf(5),
	"adif": []byte("ADIF\x00\x00"),

	"exe":  append([]byte("MZ\x90\x00\x03\x00\x00\x00"), make([]byte, 500)...),
	"elf":  append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 500)...),
	"zip":  archiveOf("foto.png"),
	"pptx": archiveOf("[Content_Types].xml", "ppt/presentation.xml", "ppt/embeddings/a.xlsx"),
	"docm": archiveOf("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
	"ppt":  compoundOf("PowerPoint Document"),
	"webp": []byte("RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x00"),
	"mp4":  []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"),
	"wav":  []byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00"),
	"wmv":  asfOf(asfAudio, "\xc0\xef\x19\xbc\x4d\x5b\xcf\x11\xa8\xfd\x00\x80\x5f\x5c\x44\x2b"),
	"ogv":  oggOf("\x01vorbis", "\x80theora"),
	"mpeg": []byte("\xff\xfd\x90\x00 one frame of another layer"),
	"sfx":  append([]byte("MZ\x90\x00"), archiveOf("[Content_Types].xml", "word/document.xml")...),
	"utf1": []byte("\xff\xfen\x00o\x00m\x00e\x00"),
}

var dot = image.NewGray(image.Rect(0, 0, 8, 8))

func encoded(encode func(*bytes.Buffer) error) []byte {
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// archiveOf is a ZIP archive of parts by these names.
func archiveOf(names ...string) []byte {
	return encoded(func(b *bytes.Buffer) error {
		w := zip.NewWriter(b)
		for _, name := range names {
			part, err := w.Create(name)
			if err != nil {
				return err
			}
			if _, err := part.Write([]byte("<x/>")); err != nil {
				return err
			}
		}
		return w.Close()
	})
}

// compoundOf is an OLE compound file of streams by these names, the siblings a chain to the right, and a
// storage with a document of its own.
func compoundOf(streams ...string) []byte {
	le := binary.LittleEndian
	b := make([]byte, 4*512) // header, table, two sectors of the directory
	copy(b, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	le.PutUint16(b[28:], 0xfffe)
	le.PutUint16(b[30:], 9)
	le.PutUint32(b[48:], 1)
	for i := range 109 {
		le.PutUint32(b[76+4*i:], noEntry)
	}
	le.PutUint32(b[76:], 0)
	for i, next := range []uint32{0xfffffffd, 2, 0xfffffffe} {
		le.PutUint32(b[512+4*i:], next)
	}
	put := func(i int, name string, kind byte, right, child uint32) {
		e := b[1024+128*i:]
		units := utf16.Encode([]rune(name))
		for j, u := range units {
			le.PutUint16(e[2*j:], u)
		}
		le.PutUint16(e[64:], uint16(2*len(units)+2))
		e[66] = kind
		le.PutUint32(e[68:], noEntry)
		le.PutUint32(e[72:], right)
		le.PutUint32(e[76:], child)
	}
	put(0, "Root Entry", 5, noEntry, 1)
	put(1, "ObjectPool", 1, 3, 2)
	put(2, "WordDocument", 2, noEntry, noEntry) // in the pool: of a document in the document
	for i, name := range streams {
		right := uint32(noEntry)
		if i+1 < len(streams) {
			right = uint32(4 + i)
		}
		put(3+i, name, 2, right, noEntry)
	}
	return b
}

// mp3Of is MPEG-1, layer III, 128 kbit/s, 44.1 kHz: 417 bytes a frame.
func mp3Of(frames int) []byte {
	return bytes.Repeat(append([]byte("\xff\xfb\x90\x00"), make([]byte, 413)...), frames)
}

// aacOf is ADTS with 16 bytes a frame.
func aacOf(frames int) []byte {
	return bytes.Repeat(append([]byte("\xff\xf1\x50\x80\x02\x00\xfc"), make([]byte, 9)...), frames)
}

// oggOf begins a stream for each packet and goes on with the first.
func oggOf(packets ...string) (b []byte) {
	page := func(flags byte, packet string) {
		b = append(b, "OggS\x00"...)
		b = append(b, flags)
		b = append(b, make([]byte, 20)...)
		b = append(b, 1, byte(len(packet)))
		b = append(b, packet...)
	}
	for _, p := range packets {
		page(2, p)
	}
	page(0, "more of it")
	return b
}

// asfOf has a stream for each type, after an object of another sort.
func asfOf(types ...string) []byte {
	object := func(id string, content []byte) []byte {
		b := binary.LittleEndian.AppendUint64([]byte(id), uint64(24+len(content)))
		return append(b, content...)
	}
	var inside []byte
	inside = append(inside, 1, 0, 0, 0, 1, 2)
	inside = append(inside, object(strings.Repeat("\x01", 16), make([]byte, 30))...)
	for _, t := range types {
		inside = append(inside, object(asfStream, append([]byte(t), make([]byte, 40)...))...)
	}
	return append(object(asfHeader, inside), make([]byte, 100)...)
}

package upload_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/upload"
)

// office is a world on SQLite: what a file is does not depend on the database.
func office(t *testing.T) *world {
	return newWorld(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
}

// Every kind of Reclame Aqui's list passes under its own name, and a name within the family is put right.
func TestWhatPasses(t *testing.T) {
	w := office(t)
	for _, c := range []struct{ sample, name, kept, contentType string }{
		{"png", "foto.png", "foto.png", "image/png"},
		{"png", "FOTO.PNG", "FOTO.PNG", "image/png"},
		{"jpg", "foto.jpg", "foto.jpg", "image/jpeg"},
		{"jpg", "foto.jpeg", "foto.jpeg", "image/jpeg"},
		{"gif", "foto.gif", "foto.gif", "image/gif"},
		{"pdf", "nota.pdf", "nota.pdf", "application/pdf"},
		{"doc", "carta.doc", "carta.doc", "application/msword"},
		{"xls", "lista.xls", "lista.xls", "application/vnd.ms-excel"},
		{"xls5", "lista.xls", "lista.xls", "application/vnd.ms-excel"},
		{"docx", "carta.docx", "carta.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"xlsx", "lista.xlsx", "lista.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"csv", "lista.csv", "lista.csv", "text/csv"},
		{"mp3", "audio.mp3", "audio.mp3", "audio/mpeg"},
		{"id3", "audio.mp3", "audio.mp3", "audio/mpeg"},
		{"wma", "audio.wma", "audio.wma", "audio/x-ms-wma"},
		{"ogg", "audio.ogg", "audio.ogg", "audio/ogg"},
		{"aac", "audio.aac", "audio.aac", "audio/aac"},
		{"adif", "audio.aac", "audio.aac", "audio/aac"},

		{"png", "foto.jpg", "foto.png", "image/png"},
		{"jpg", "foto.PNG", "foto.jpg", "image/jpeg"},
		{"ogg", "voz.mp3", "voz.ogg", "audio/ogg"},
		{"docx", "carta.doc", "carta.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"xls", "lista.xlsx", "lista.xls", "application/vnd.ms-excel"},
		{"png", "colado", "colado.png", "image/png"}, // as a browser calls what was pasted
	} {
		row, err := w.files.Put(w.as(w.alice), c.name, bytes.NewReader(upload.Samples[c.sample]))
		if err != nil {
			t.Errorf("%s as %s: %v", c.sample, c.name, err)
			continue
		}
		if row.Name != c.kept || row.ContentType != c.contentType || row.Size != int64(len(upload.Samples[c.sample])) || len(row.Sha256) != 64 {
			t.Errorf("%s as %s is kept as %+v", c.sample, c.name, row)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	w := office(t)
	for _, c := range []struct{ sample, name string }{
		{"exe", "foto.png"},
		{"exe", "planilha.csv"},
		{"exe", "programa.exe"},
		{"exe", "programa"},
		{"elf", "audio.mp3"},
		{"zip", "fotos.zip"},
		{"zip", "carta.docx"},
		{"pptx", "lista.xlsx"},
		{"docm", "carta.docx"},
		{"ppt", "carta.doc"},
		{"webp", "foto.png"},
		{"webp", "foto.webp"},
		{"mp4", "audio.aac"},
		{"wav", "audio.mp3"},
		{"wmv", "audio.wma"},
		{"ogv", "audio.ogg"},
		{"mpeg", "audio.mp3"},
		{"sfx", "carta.docx"},
		{"utf1", "lista.csv"},
		// Of the list, under the name of something else.
		{"png", "foto.exe"},
		{"png", "foto.pdf"},
		{"pdf", "foto.png"},
		{"pdf", "lista.csv"},
		{"docx", "lista.xlsx"},
		{"csv", "foto.png"},
		{"csv", "lista.xls"},
		{"csv", "leia-me"},
		{"mp3", "foto.jpg"},
	} {
		_, err := w.files.Put(w.as(w.alice), c.name, bytes.NewReader(upload.Samples[c.sample]))
		refused(t, err, c.sample+" as "+c.name, fault.UnsupportedFile, "file")
	}
	if left := w.left(); len(left) > 0 {
		t.Errorf("refused and kept: %q", left)
	}
}

func TestTexts(t *testing.T) {
	w := office(t)
	step := strings.Repeat("x", 32<<10-1) // a character of two bytes lies across the steps in which a text is read
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{"a;b\r\n1;2", true},
		{"\xef\xbb\xbfnome;ação", true},
		{"nome;a\xe7\xe3o\x80", true}, // Windows-1252
		{"a\tb\fc", true},
		{step + "ção", true},
		{step + "ção" + step + "\xe3", true},
		{step + "ção\x81", false},
		{"nome\x00", false},
		{"nome\x1b[31m", false},
		{"a\x81\xff", false}, // neither
	} {
		_, err := w.files.Put(w.as(w.alice), "lista.csv", strings.NewReader(c.text))
		if c.ok && err != nil || !c.ok && fault.CodeOf(err) != fault.UnsupportedFile {
			t.Errorf("a text that ends with %q: %v", c.text[max(0, len(c.text)-20):], err)
		}
	}
}

// padded is a sample made as large as a file is wanted.
func padded(sample string, size int) []byte {
	return append(slices.Clone(upload.Samples[sample]), make([]byte, size-len(upload.Samples[sample]))...)
}

func TestSizes(t *testing.T) {
	const mb = 1 << 20
	w := office(t)
	for _, c := range []struct {
		sample, name string
		size         int
		code         fault.Code
	}{
		{"png", "a.png", 3 * mb, ""},
		{"png", "a.png", 3*mb + 1, fault.PayloadTooLarge},
		{"png", "colado", 3*mb + 1, fault.PayloadTooLarge},
		{"mp3", "a.mp3", 7 * mb, ""},
		{"mp3", "a.mp3", 7*mb + 1, fault.PayloadTooLarge},
		{"mp3", "a.mp3", 8 * mb, fault.PayloadTooLarge},
	} {
		_, err := w.files.Put(w.as(w.alice), c.name, bytes.NewReader(padded(c.sample, c.size)))
		if fault.CodeOf(err) != c.code || c.code == "" && err != nil {
			t.Errorf("%s of %d bytes: %v, want %q", c.name, c.size, err, c.code)
		}
	}
	_, err := w.files.Put(w.as(w.alice), "a.png", strings.NewReader(""))
	refused(t, err, "an empty file", fault.Required, "file")
	if left := w.left(); len(left) != 2 {
		t.Errorf("%d files are left", len(left))
	}
}

func TestNames(t *testing.T) {
	w := office(t)
	long := strings.Repeat("ã", 200)
	for name, want := range map[string]string{
		`C:\fakepath\foto.png`:        "foto.png",
		"../../etc/foto.png":          "foto.png",
		"a\x00b\r\n.png":              "ab.png",
		"  muito   espaço .png ":      "muito espaço.png",
		"foto\u202egnp.png":           "fotognp.png",
		"zero\u200blargura\ufeff.png": "zerolargura.png",
		"nota\xff.png":                "nota_.png",
		"acao\u0303.png":              "acaõ.png", // composed
		".png":                        "arquivo.png",
		"":                            "arquivo.png",
		"..":                          "arquivo.png",
		"///":                         "arquivo.png",
		long + ".png":                 strings.Repeat("ã", 125) + ".png",
		long:                          strings.Repeat("ã", 125) + ".png",
		`aspas "e" <mais>.png`:        `aspas "e" <mais>.png`,
	} {
		row, err := w.files.Put(w.as(w.alice), name, strings.NewReader(png("")))
		if err != nil || row.Name != want {
			t.Errorf("%q became %v, %v, want %q", name, row, err, want)
		}
	}
}

package upload

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxName in bytes, as most file systems and the column have it.
	maxName = 255
	// unnamed is what a file is called that came without a name.
	unnamed = "arquivo"
)

// cleanName is a name as a person may see it: without a path, without what cannot be seen (controls,
// and the marks that turn the direction of writing and make "gpj.exe" look like "exe.jpg"), composed
// (NFC), and cut before the extension when it is too long.
func cleanName(name string) string {
	name = strings.ToValidUTF8(name, "_")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r): // first: tabs and line breaks are controls too
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs):
			return -1
		}
		return r
	}, norm.NFC.String(name))
	name = strings.Join(strings.Fields(name), " ")
	name = strings.TrimRight(name, ". ")
	extension := path.Ext(name)
	if len(extension) > maxName/2 { // a dot in a long sentence
		extension = ""
	}
	return join(strings.TrimSuffix(name, extension), extension)
}

// join puts a name together within maxName.
func join(stem, extension string) string {
	for len(stem)+len(extension) > maxName {
		_, size := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-size]
	}
	stem = strings.Trim(stem, ". ")
	if stem == "" {
		stem = unnamed
	}
	return stem + extension
}

// extensionOf is the lower-case extension without its dot, "" where there is none.
func extensionOf(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
}

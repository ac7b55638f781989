package upload

import (
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"citrus.cx/channel/server/fault"
)

// family is kinds that people take for one another. Within a family a name gets the extension of
// what the file is; across families the file is refused.
type family int

const (
	picture family = iota
	page
	document
	sheet
	table
	sound
)

// kind is a type of file that Reclame Aqui takes.
type kind struct {
	extensions  []string // the first one is given to names
	contentType string
	family      family
	// is says whether a file is of the kind, within bounds of its own. Only a failure to read is an error.
	is func(content) (bool, error)
}

// kinds is Reclame Aqui's list (wire contract, section 5, "Attachments"), in the order of trial: what
// has a signature first. A CSV file has none, so everything written in characters looks like one.
var kinds = []kind{
	{[]string{"png"}, "image/png", picture, isPNG},
	{[]string{"jpg", "jpeg"}, "image/jpeg", picture, isJPEG},
	{[]string{"gif"}, "image/gif", picture, isGIF},
	{[]string{"pdf"}, "application/pdf", page, isPDF},
	{[]string{"doc"}, "application/msword", document, hasStream("WordDocument")},
	{[]string{"xls"}, "application/vnd.ms-excel", sheet, hasStream("Workbook", "Book")},
	{[]string{"docx"}, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", document, isPackage("word/")},
	{[]string{"xlsx"}, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", sheet, isPackage("xl/")},
	{[]string{"ogg"}, "audio/ogg", sound, isOgg},
	{[]string{"wma"}, "audio/x-ms-wma", sound, isWMA},
	{[]string{"mp3"}, "audio/mpeg", sound, isMP3},
	{[]string{"aac"}, "audio/aac", sound, isAAC},
	{[]string{"csv"}, "text/csv", table, isText},
}

func (k kind) limit() int64 {
	if k.family == sound {
		return maxAudio
	}
	return maxOther
}

// accepted is how the list is told to people.
var accepted = func() string {
	var list []string
	for _, k := range kinds {
		list = append(list, k.extensions...)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}()

func named(extension string) (kind, bool) {
	i := slices.IndexFunc(kinds, func(k kind) bool { return slices.Contains(k.extensions, extension) })
	if i < 0 {
		return kind{}, false
	}
	return kinds[i], true
}

// limitOf is how large a file of a name may be, before anything is known of its content: a name
// without an extension, as a browser gives to what was pasted, may turn out to be of any kind.
func limitOf(name string) (int64, error) {
	extension := extensionOf(name)
	if extension == "" {
		return maxAudio, nil
	}
	k, ok := named(extension)
	if !ok {
		return 0, notAccepted()
	}
	return k.limit(), nil
}

// identify says what a file is by its content, and how it is called then.
func identify(name string, whole io.ReaderAt, size int64) (kind, string, error) {
	if size == 0 {
		return kind{}, "", fault.New(fault.Required, fileField)
	}
	is, ok, err := kindOf(whole, size)
	if err != nil {
		return kind{}, "", err
	}
	extension := extensionOf(name)
	claimed, listed := named(extension)
	switch {
	case !ok, extension != "" && !listed,
		extension == "" && is.family == table: // a text without an extension may be anything
		return kind{}, "", notAccepted()
	case extension == "":
		name = join(name, "."+is.extensions[0])
	case claimed.family != is.family:
		return kind{}, "", fault.New(fault.UnsupportedFile, fileField).With("reason", fault.Text{
			PT: "o conteúdo não é de um arquivo ." + claimed.extensions[0],
			EN: "its content is not that of a ." + claimed.extensions[0] + " file",
		})
	case !slices.Contains(is.extensions, extension):
		name = join(strings.TrimSuffix(name, path.Ext(name)), "."+is.extensions[0])
	}
	if size > is.limit() {
		return kind{}, "", tooLarge(is.limit())
	}
	return is, name, nil
}

// kindOf finds the kind of a content.
func kindOf(whole io.ReaderAt, size int64) (kind, bool, error) {
	c := content{whole, size}
	for _, k := range kinds {
		ok, err := k.is(c)
		if err != nil {
			return kind{}, false, err
		}
		if ok {
			return k, true, nil
		}
	}
	return kind{}, false, nil
}

func notAccepted() error {
	return fault.New(fault.UnsupportedFile, fileField).With("reason", fault.Text{
		PT: "os tipos aceitos são " + accepted, EN: "the accepted types are " + accepted,
	})
}

// content is a file that is looked into.
type content struct {
	io.ReaderAt
	size int64
}

// at gives n bytes from an offset, fewer at the end of the file and none beyond it.
func (c content) at(offset int64, n int) ([]byte, error) {
	if offset < 0 || offset >= c.size {
		return nil, nil
	}
	b := make([]byte, min(int64(n), c.size-offset))
	n, err := c.ReadAt(b, offset)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return b[:n], err
}

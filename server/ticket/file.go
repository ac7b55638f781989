package ticket

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/server/reclameaqui"
)

// file is an attachment in our words. sourceID is the detail's number, which Reclame Aqui gives a link for (E4
// of the wire contract); one that begins with ~ stands for a number that was not sent.
type file struct {
	sourceID string
	name     string
	url      *string
	private  bool
}

// The types of details that carry a file (section 4.4).
var fileDetails = []int{15, 33}

// convertFile names a file by the end of its address, for RA's own name is the label "Anexo".
func convertFile(id, label, value string, private bool) file {
	f := file{sourceID: clip(id, 40), name: clip(value, 500), private: private}
	if f.sourceID == "" {
		f.sourceID = stand(value, label)
	}
	address, err := url.Parse(clean(value))
	if err == nil && (address.Scheme == "https" || address.Scheme == "http") && address.Host != "" {
		f.name = clip(address.Path[strings.LastIndexByte(address.Path, '/')+1:], 500)
		if text := clean(value); !temporary(address) {
			f.url = &text
		}
	}
	if f.name == "" {
		f.name = clip(label, 500)
	}
	return f
}

// temporary says that an address is signed for some minutes: it would be dead when somebody follows it, so
// that a fresh one has to be asked for.
func temporary(address *url.URL) bool {
	for key := range address.Query() {
		switch strings.ToLower(key) {
		case "x-amz-signature", "x-amz-expires", "x-goog-signature", "x-goog-expires", "signature", "expires", "sig", "token":
			return true
		}
	}
	return false
}

// withFile adds a file; of two with one number what each of them knows is kept.
func withFile(files []file, f file) []file {
	i := slices.IndexFunc(files, func(have file) bool { return have.sourceID == f.sourceID })
	if i < 0 {
		return append(files, f)
	}
	files[i].private = files[i].private || f.private
	if files[i].url == nil && f.url != nil {
		files[i].url, files[i].name = f.url, f.name
	}
	return files
}

// attach gives the attachments that no interaction carries to the one that they were made with, so that none
// is lost; made is when the complaint was.
func attach(entries []entry, list []reclameaqui.Attached, made time.Time) []entry {
	for _, a := range list {
		f := convertFile(a.ID, a.Name, a.Value, a.Private)
		holds := func(e entry) bool {
			return slices.ContainsFunc(e.files, func(have file) bool { return have.sourceID == f.sourceID })
		}
		at := slices.IndexFunc(entries, holds)
		if at < 0 {
			at = hostOf(entries, a.CreatedAt)
		}
		if at < 0 {
			at, entries = 0, append(entries, entry{
				sourceID: "~attached", kind: interaction.KindOTHER, author: interaction.AuthorKindSYSTEM, occurredAt: made,
			})
		}
		f.private = f.private || entries[at].private
		entries[at].files = withFile(entries[at].files, f)
	}
	return entries
}

// hostOf is the last entry that is not later than a moment, else the first; -1 when there is none.
func hostOf(entries []entry, at time.Time) int {
	host := min(0, len(entries)-1)
	for i, e := range entries {
		if !at.IsZero() && !e.occurredAt.After(at) {
			host = i
		}
	}
	return host
}

package sandbox

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
)

// madeUp is the content of an attachment that has none of its own: a small picture or document, the same for the same
// name.
func madeUp(name string) []byte {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // a hash takes everything
	var b bytes.Buffer
	switch ending(name) {
	case "png":
		_ = png.Encode(&b, picture(h.Sum32())) // a buffer takes everything
	case "jpg", "jpeg":
		_ = jpeg.Encode(&b, picture(h.Sum32()), nil)
	case "pdf":
		return sheet(name)
	default:
		return []byte("Anexo de exemplo: " + name + "\n")
	}
	return b.Bytes()
}

// picture is a gradient with a lighter field in the middle.
func picture(seed uint32) image.Image {
	const width, height = 320, 200
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{uint8(seed) ^ uint8(x/4), uint8(seed>>8) ^ uint8(y/2), uint8(seed >> 16), 255}
			if x > 60 && x < width-60 && y > 50 && y < height-50 {
				c = color.RGBA{235, 235, 230, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// sheet is a PDF of one page with one line.
func sheet(line string) []byte {
	text := fmt.Sprintf("BT /F1 16 Tf 60 760 Td (%s) Tj ET", strings.NewReplacer("(", "", ")", "", `\`, "").Replace(line))
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(text), text),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

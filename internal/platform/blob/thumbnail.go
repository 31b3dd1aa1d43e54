package blob

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

const (
	maxPixels = 40_000_000 // 40 megapixels, about 160 MB once decoded
	maxSide   = 20_000
	maxImage  = 64 << 20 // bytes read at most
)

// Errors of Thumbnail, which no retry helps.
var (
	ErrNotImage     = errs.New(errs.Unsupported, "not_an_image", "The file is not a picture that can be read.")
	ErrImageTooWide = errs.New(errs.TooLarge, "image_too_large", "The picture has too many pixels; 40 megapixels are the most, fewer in costly encodings.")
)

// Thumb is a small picture, PNG when it has transparent parts and JPEG otherwise.
type Thumb struct {
	Data          []byte
	ContentType   string
	Width, Height int // of the small picture
	SourceW       int // of the original, as it is shown
	SourceH       int
}

// Thumbnail makes a picture of at most px pixels a side from PNG, JPEG, GIF (its first frame) or WebP,
// turned upright as its camera says, and never larger than the original. What the header announces is
// judged before anything is decoded. Errors: ErrNotImage, ErrImageTooWide.
func Thumbnail(r io.Reader, px int) (Thumb, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxImage+1))
	if err != nil {
		return Thumb{}, fmt.Errorf("read picture: %w", err)
	}
	if len(b) > maxImage {
		return Thumb{}, ErrImageTooWide
	}
	header, decode := codec(b)
	if decode == nil {
		return Thumb{}, ErrNotImage
	}
	c, err := header(bytes.NewReader(b))
	if err != nil || c.Width <= 0 || c.Height <= 0 {
		return Thumb{}, ErrNotImage
	}
	if c.Width > maxSide || c.Height > maxSide || c.Width*c.Height*cost(c.ColorModel, b) > maxPixels {
		return Thumb{}, ErrImageTooWide
	}
	src, err := decode(bytes.NewReader(b))
	if err != nil {
		return Thumb{}, ErrNotImage
	}
	return shrink(src, max(1, px), orientation(b))
}

// cost is how many times the memory of a usual pixel decoding takes.
func cost(m color.Model, b []byte) int {
	switch {
	case m == color.NRGBA64Model || m == color.RGBA64Model:
		return 2
	case progressive(b):
		return 3
	}
	return 1
}

// codec picks the decoder by the first bytes, so that only these four can run.
func codec(b []byte) (func(io.Reader) (image.Config, error), func(io.Reader) (image.Image, error)) {
	switch {
	case magic("\x89PNG\r\n\x1a\n")(b):
		return png.DecodeConfig, png.Decode
	case magic("\xff\xd8\xff")(b):
		return jpeg.DecodeConfig, jpeg.Decode
	case magic("GIF87a", "GIF89a")(b):
		return gif.DecodeConfig, gif.Decode
	case riff("WEBP")(b):
		return webp.DecodeConfig, webp.Decode
	}
	return nil, nil
}

func shrink(src image.Image, px, turn int) (Thumb, error) {
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	scale := min(1, float64(px)/float64(max(w, h)))
	dw, dh := max(1, int(float64(w)*scale+0.5)), max(1, int(float64(h)*scale+0.5))
	small := image.NewNRGBA(image.Rect(0, 0, dw, dh))
	draw.BiLinear.Scale(small, small.Bounds(), src, src.Bounds(), draw.Src, nil)
	small = upright(small, turn)
	t := Thumb{Width: small.Rect.Dx(), Height: small.Rect.Dy(), SourceW: w, SourceH: h, ContentType: "image/jpeg"}
	if turn >= 5 {
		t.SourceW, t.SourceH = h, w
	}
	var out bytes.Buffer
	var err error
	if small.Opaque() {
		err = jpeg.Encode(&out, small, &jpeg.Options{Quality: 82})
	} else {
		t.ContentType = "image/png"
		err = png.Encode(&out, small)
	}
	if err != nil {
		return Thumb{}, fmt.Errorf("encode thumbnail: %w", err)
	}
	t.Data = out.Bytes()
	return t, nil
}

// upright applies one of the eight orientations of EXIF; 1 and unknown ones change nothing.
func upright(src *image.NRGBA, turn int) *image.NRGBA {
	if turn < 2 || turn > 8 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dw, dh := w, h
	if turn >= 5 {
		dw, dh = h, w
	}
	dst := image.NewNRGBA(image.Rect(0, 0, dw, dh))
	for y := range h {
		for x := range w {
			dx, dy := x, y
			switch turn {
			case 2:
				dx = w - 1 - x
			case 3:
				dx, dy = w-1-x, h-1-y
			case 4:
				dy = h - 1 - y
			case 5:
				dx, dy = y, x
			case 6:
				dx, dy = h-1-y, x
			case 7:
				dx, dy = h-1-y, w-1-x
			case 8:
				dx, dy = y, w-1-x
			}
			dst.SetNRGBA(dx, dy, src.NRGBAAt(x, y))
		}
	}
	return dst
}

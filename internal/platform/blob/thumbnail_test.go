package blob_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/throughlinehq/throughline/internal/platform/blob"
)

// picture is red on its left half and blue on its right.
func picture(w, h int, alpha uint8) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{R: 255, A: alpha}
			if x >= w/2 {
				c = color.NRGBA{B: 255, A: alpha}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func encodePNG(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// encodeJPEG adds an EXIF orientation unless it is 0.
func encodeJPEG(t *testing.T, m image.Image, turn byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	if turn == 0 {
		return b.Bytes()
	}
	exif := append([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00"), turn, 0, 0, 0, 0, 0, 0)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(exif)+2))...)
	return append(append(out, exif...), b.Bytes()[2:]...)
}

func TestThumbnail(t *testing.T) {
	t.Parallel()
	var anim bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 200, 100), color.Palette{color.White, color.Black})
	if err := gif.EncodeAll(&anim, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		in   []byte
		w, h int
		typ  string
	}{
		{"an opaque picture becomes a JPEG", encodePNG(t, picture(400, 100, 255)), 100, 25, "image/jpeg"},
		{"a transparent one stays a PNG", encodePNG(t, picture(400, 100, 128)), 100, 25, "image/png"},
		{"a small one is not enlarged", encodePNG(t, picture(40, 30, 255)), 40, 30, "image/jpeg"},
		{"a thin one keeps a pixel", encodePNG(t, picture(1000, 1, 255)), 100, 1, "image/jpeg"},
		{"an animation gives its first frame", anim.Bytes(), 100, 50, "image/jpeg"},
		{"a photo", encodeJPEG(t, picture(400, 100, 255), 0), 100, 25, "image/jpeg"},
		{"a photo taken sideways stands upright", encodeJPEG(t, picture(400, 100, 255), 6), 25, 100, "image/jpeg"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := blob.Thumbnail(bytes.NewReader(tt.in), 100)
			if err != nil {
				t.Fatal(err)
			}
			if got.Width != tt.w || got.Height != tt.h || got.ContentType != tt.typ {
				t.Errorf("got %dx%d %s", got.Width, got.Height, got.ContentType)
			}
			c, _, err := image.DecodeConfig(bytes.NewReader(got.Data))
			if err != nil || c.Width != tt.w || c.Height != tt.h {
				t.Errorf("the bytes hold %dx%d, %v", c.Width, c.Height, err)
			}
		})
	}
}

func TestThumbnailTurns(t *testing.T) {
	t.Parallel()
	// Where the red half of the stored picture is shown.
	for turn, want := range map[byte]string{1: "left", 2: "right", 3: "right", 4: "left", 5: "top", 6: "top", 7: "bottom", 8: "bottom", 9: "left"} {
		got, err := blob.Thumbnail(bytes.NewReader(encodeJPEG(t, picture(64, 32, 255), turn)), 64)
		if err != nil {
			t.Fatal(err)
		}
		m, err := jpeg.Decode(bytes.NewReader(got.Data))
		if err != nil {
			t.Fatal(err)
		}
		red := func(x, y int) bool { r, _, b, _ := m.At(x, y).RGBA(); return r > b }
		w, h := got.Width-1, got.Height-1
		where := map[[4]bool]string{
			{true, false, true, false}: "left", {false, true, false, true}: "right",
			{true, true, false, false}: "top", {false, false, true, true}: "bottom",
		}[[4]bool{red(0, 0), red(w, 0), red(0, h), red(w, h)}]
		if where != want {
			t.Errorf("orientation %d: red is %q, want %q", turn, where, want)
		}
	}
}

// flood is a PNG whose header announces a huge picture and whose body is almost nothing.
func flood(w, h uint32) []byte {
	b := []byte(pngHead)
	b = binary.BigEndian.AppendUint32(b, w)
	b = binary.BigEndian.AppendUint32(b, h)
	b = append(b, 8, 6, 0, 0, 0)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[12:]))
}

func TestThumbnailRefuses(t *testing.T) {
	t.Parallel()
	good := encodePNG(t, picture(50, 50, 255))
	for name, tt := range map[string]struct {
		in   []byte
		want error
	}{
		"a pixel flood":        {flood(50_000, 50_000), blob.ErrImageTooWide},
		"41 megapixels":        {flood(8_200, 5_000), blob.ErrImageTooWide},
		"a very long one":      {flood(30_000, 1), blob.ErrImageTooWide},
		"no size":              {flood(0, 10), blob.ErrNotImage},
		"a cut picture":        {good[:len(good)/2], blob.ErrNotImage},
		"text":                 {[]byte("hello"), blob.ErrNotImage},
		"svg":                  {[]byte("<svg/>"), blob.ErrNotImage},
		"nothing":              {nil, blob.ErrNotImage},
		"a header and no body": {flood(10, 10), blob.ErrNotImage},
	} {
		if _, err := blob.Thumbnail(bytes.NewReader(tt.in), 100); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzThumbnail(f *testing.F) {
	f.Add([]byte(pngHead))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00*"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		_, _ = blob.Thumbnail(bytes.NewReader(b), 16)
	})
}

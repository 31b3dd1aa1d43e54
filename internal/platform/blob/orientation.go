package blob

import (
	"bytes"
	"encoding/binary"
)

// segments calls each with the parts of a JPEG in front of the picture itself, until it answers false.
func segments(b []byte, each func(marker byte, body []byte) bool) {
	if !bytes.HasPrefix(b, []byte("\xff\xd8")) {
		return
	}
	for b = b[2:]; len(b) >= 4 && b[0] == 0xff; {
		if b[1] == 0xff { // fill
			b = b[1:]
			continue
		}
		size := int(binary.BigEndian.Uint16(b[2:]))
		if b[1] == 0xda || size < 2 || len(b) < 2+size || !each(b[1], b[4:2+size]) {
			return
		}
		b = b[2+size:]
	}
}

// progressive reports a JPEG whose decoder must hold all coefficients at once.
func progressive(b []byte) (yes bool) {
	segments(b, func(marker byte, _ []byte) bool {
		yes = marker == 0xc2
		return !yes
	})
	return yes
}

// orientation reads the EXIF orientation (1 to 8) of a JPEG; 1 when it says nothing readable.
func orientation(b []byte) int {
	turn := 1
	segments(b, func(marker byte, body []byte) bool {
		if marker == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			turn = exifOrientation(body[6:])
			return false
		}
		return true
	})
	return turn
}

func exifOrientation(b []byte) int {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return 1
	}
	if len(b) < 8 {
		return 1
	}
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return 1
	}
	b = b[at:]
	for n, b := int(order.Uint16(b)), b[2:]; n > 0 && len(b) >= 12; n, b = n-1, b[12:] {
		if order.Uint16(b) == 0x0112 && order.Uint16(b[2:]) == 3 {
			if v := int(order.Uint16(b[8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
	}
	return 1
}

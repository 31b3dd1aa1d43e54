package blob

import (
	"bytes"
	"mime"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// HeadSize is how many of a file's first bytes Sniff wants, or all of a shorter file.
const HeadSize = 4096

// kind is a sort of file that is taken: what it may call itself, how its name ends and how it begins.
type kind struct {
	contentType string
	aliases     []string
	extensions  []string
	begins      func(head []byte) bool
	inline      bool
}

// kinds lists what is taken. What a browser would run or render with script (HTML, SVG, XML, JavaScript)
// and what a machine would run is not here and must not be.
func kinds() []kind {
	const office = "application/vnd.openxmlformats-officedocument."
	const open = "application/vnd.oasis.opendocument."
	zips := []string{"application/zip", "application/x-zip-compressed"}
	return []kind{
		{"image/png", []string{"image/x-png"}, []string{"png"}, magic("\x89PNG\r\n\x1a\n"), true},
		{"image/jpeg", []string{"image/jpg", "image/pjpeg"}, []string{"jpg", "jpeg", "jfif"}, magic("\xff\xd8\xff"), true},
		{"image/gif", nil, []string{"gif"}, magic("GIF87a", "GIF89a"), true},
		{"image/webp", nil, []string{"webp"}, riff("WEBP"), true},
		{"image/heic", []string{"image/heif"}, []string{"heic", "heif"}, brand("heic", "heix", "hevc", "heim", "heis", "mif1", "msf1"), false},
		{"image/avif", nil, []string{"avif"}, brand("avif", "avis", "mif1"), false},
		{"application/pdf", []string{"application/x-pdf"}, []string{"pdf"}, magic("%PDF-"), false},
		{"text/plain", nil, []string{"txt", "log", "text"}, isText, false},
		{"text/csv", []string{"text/x-csv", "application/csv", "application/vnd.ms-excel", "text/plain"}, []string{"csv"}, isText, false},
		{"text/calendar", []string{"text/plain"}, []string{"ics"}, textBegins("BEGIN:VCALENDAR"), false},
		{"text/vcard", []string{"text/x-vcard", "text/plain"}, []string{"vcf"}, textBegins("BEGIN:VCARD"), false},
		{"message/rfc822", []string{"text/plain"}, []string{"eml"}, isMail, false},
		{"application/zip", zips, []string{"zip"}, magic("PK\x03\x04", "PK\x05\x06"), false},
		{office + "wordprocessingml.document", zips, []string{"docx"}, isOffice, false},
		{office + "spreadsheetml.sheet", zips, []string{"xlsx"}, isOffice, false},
		{office + "presentationml.presentation", zips, []string{"pptx"}, isOffice, false},
		{open + "text", zips, []string{"odt"}, isOpenDocument(open + "text"), false},
		{open + "spreadsheet", zips, []string{"ods"}, isOpenDocument(open + "spreadsheet"), false},
		{"audio/mpeg", []string{"audio/mp3", "audio/x-mp3"}, []string{"mp3"}, isMP3, true},
		{"audio/mp4", []string{"audio/x-m4a", "audio/m4a", "audio/aac"}, []string{"m4a"}, brand("M4A ", "M4B ", "mp42", "isom", "iso2"), true},
		{"audio/ogg", []string{"application/ogg", "audio/opus"}, []string{"ogg", "oga", "opus"}, magic("OggS"), true},
		{"audio/wav", []string{"audio/x-wav", "audio/wave", "audio/vnd.wave"}, []string{"wav"}, riff("WAVE"), true},
		{"video/mp4", nil, []string{"mp4", "m4v"}, brand("isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V ", "MSNV", "dash", "3gp4", "3gp5"), true},
		{"video/quicktime", nil, []string{"mov"}, brand("qt  "), false},
		{"video/webm", []string{"audio/webm"}, []string{"webm"}, magic("\x1a\x45\xdf\xa3"), true},
	}
}

// Sniff tells the one content type of a file whose name, declared type and first bytes agree. An empty or
// general declared type (application/octet-stream) claims nothing. Errors: Unsupported, with a message
// for the uploader.
func Sniff(name, declared string, head []byte) (string, error) {
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	k, found := byExtension(ext)
	if !found {
		return "", errs.Newf(errs.Unsupported, "file_type_refused", "Files that end in %q are not taken.", "."+printable(ext))
	}
	claimed := ""
	if declared != "" {
		var err error
		if claimed, _, err = mime.ParseMediaType(declared); err != nil {
			return "", errs.New(errs.Unsupported, "file_type_refused", "The declared content type cannot be read.")
		}
	}
	if len(head) == 0 {
		return "", errs.New(errs.Unsupported, "file_empty", "The file is empty.")
	}
	if !k.takes(claimed) {
		return "", errs.Newf(errs.Unsupported, "file_type_mismatch", "The file is called .%s but declared as %s.", ext, printable(claimed))
	}
	if !k.begins(head[:min(len(head), HeadSize)]) {
		return "", errs.Newf(errs.Unsupported, "file_type_mismatch", "The file is called .%s but does not hold that.", ext)
	}
	return k.contentType, nil
}

// Inline reports whether a browser may show a file of the type in a page: pictures, sound and film that
// cannot hold script. Everything else is sent as an attachment.
func Inline(contentType string) bool {
	for _, k := range kinds() {
		if k.contentType == contentType {
			return k.inline
		}
	}
	return false
}

func byExtension(ext string) (kind, bool) {
	for _, k := range kinds() {
		for _, e := range k.extensions {
			if e == ext {
				return k, true
			}
		}
	}
	return kind{}, false
}

func (k kind) takes(claimed string) bool {
	if claimed == "" || claimed == "application/octet-stream" || claimed == k.contentType {
		return true
	}
	for _, a := range k.aliases {
		if a == claimed {
			return true
		}
	}
	return false
}

func magic(any ...string) func([]byte) bool {
	return func(head []byte) bool {
		for _, m := range any {
			if bytes.HasPrefix(head, []byte(m)) {
				return true
			}
		}
		return false
	}
}

func riff(form string) func([]byte) bool {
	return func(head []byte) bool {
		return len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == form
	}
}

// brand looks for one of the brands in an ISO base media file's first box.
func brand(any ...string) func([]byte) bool {
	return func(head []byte) bool {
		if len(head) < 16 || string(head[4:8]) != "ftyp" {
			return false
		}
		size := int(head[0])<<24 | int(head[1])<<16 | int(head[2])<<8 | int(head[3])
		box := head[:min(len(head), max(size, 16))]
		for i := 8; i+4 <= len(box); i += 4 {
			if i == 12 {
				continue // the minor version
			}
			for _, b := range any {
				if string(box[i:i+4]) == b {
					return true
				}
			}
		}
		return false
	}
}

func isMP3(head []byte) bool {
	return bytes.HasPrefix(head, []byte("ID3")) ||
		len(head) > 3 && head[0] == 0xff && head[1]&0xe0 == 0xe0 && head[1]&0x06 == 0x02 && head[2]>>4 != 0xf
}

// isOffice looks for the parts that every Office Open XML file has among its first.
func isOffice(head []byte) bool {
	if !bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return false
	}
	for _, part := range []string{"[Content_Types].xml", "_rels/", "docProps/", "word/", "xl/", "ppt/"} {
		if bytes.Contains(head, []byte(part)) {
			return true
		}
	}
	return false
}

func isOpenDocument(contentType string) func([]byte) bool {
	return func(head []byte) bool {
		return bytes.HasPrefix(head, []byte("PK\x03\x04")) && bytes.Contains(head[:min(len(head), 200)], []byte("mimetype"+contentType))
	}
}

// isText takes what has no control characters and is not taken for HTML or XML by browsers. Text that is
// not UTF-8 passes: spreadsheets still write older encodings.
func isText(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return true // UTF-16 with its mark
	}
	if !strings.HasPrefix(http.DetectContentType(head), "text/plain") {
		return false
	}
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"))
	return !magic("<svg", "<?xml", "<!doctype", "<html", "<script", "<?php", "#!")(text)
}

func textBegins(start string) func([]byte) bool {
	return func(head []byte) bool {
		text := bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
		return isText(head) && len(text) >= len(start) && strings.EqualFold(string(text[:len(start)]), start)
	}
}

// isMail wants a header line first: a name of printable characters, then a colon.
func isMail(head []byte) bool {
	line, _, found := bytes.Cut(head, []byte("\n"))
	name, _, colon := bytes.Cut(line, []byte(":"))
	if !found || !colon || len(name) == 0 || bytes.IndexByte(head, 0) >= 0 {
		return false
	}
	for _, c := range name {
		if c <= ' ' || c > '~' || c == '<' {
			return false
		}
	}
	return true
}

// printable cuts what an uploader wrote to something that can stand in a message.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	if len(s) > 40 {
		s = s[:40]
	}
	return s
}

// maxName is how many bytes of a file's name are kept.
const maxName = 180

// CleanName makes an uploader's file name fit to be shown and offered for saving: no folders, no control
// or direction characters, no characters that file systems refuse, not too long, never empty or a
// device's name. It is never part of a key.
func CleanName(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0, // control
			r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff, r == 0x061c: // invisible, direction
			return -1
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(name, ". ")
	ext := path.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	if len(ext) > 20 {
		stem, ext = name, ""
	}
	for len(stem)+len(ext) > maxName {
		_, size := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-size]
	}
	base, _, _ := strings.Cut(strings.ToUpper(stem), ".")
	if base = strings.TrimRight(base, " "); isDevice(base) {
		stem = "_" + stem
	}
	if stem == "" {
		stem = "file"
	}
	return stem + ext
}

func isDevice(base string) bool {
	switch base {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(base) == 4 && (base[:3] == "COM" || base[:3] == "LPT") && base[3] >= '0' && base[3] <= '9'
}

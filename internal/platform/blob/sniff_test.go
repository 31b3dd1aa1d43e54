package blob_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/throughlinehq/throughline/internal/platform/blob"
	"github.com/throughlinehq/throughline/internal/platform/errs"
)

// zipped makes an archive whose first entries have the given names.
func zipped(t *testing.T, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: n, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write([]byte("application/vnd.oasis.opendocument.text"))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const (
	pngHead  = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
	jpegHead = "\xff\xd8\xff\xe0\x00\x10JFIF\x00"
	docx     = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
)

func TestSniffTakes(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, declared, head, want string }{
		{"photo.PNG", "image/png", pngHead, "image/png"},
		{"photo.jpg", "image/jpg", jpegHead, "image/jpeg"},
		{"photo.jpeg", "", jpegHead, "image/jpeg"},
		{"photo.jpeg", "application/octet-stream", jpegHead, "image/jpeg"},
		{"a.gif", "image/gif", "GIF89a\x01\x00", "image/gif"},
		{"a.webp", "image/webp", "RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"},
		{"a.heic", "image/heic", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "image/heic"},
		{"a.pdf", "application/pdf", "%PDF-1.7\n", "application/pdf"},
		{"a.txt", "text/plain; charset=utf-8", "Grüße\n", "text/plain"},
		{"a.txt", "text/plain", "\xff\xfeh\x00i\x00", "text/plain"},
		{"a.csv", "application/vnd.ms-excel", "id;name\n1;M\xfcller\n", "text/csv"},
		{"a.ics", "text/calendar", "BEGIN:VCALENDAR\r\n", "text/calendar"},
		{"a.eml", "message/rfc822", "Received: from x\r\nSubject: <b>\r\n\r\n", "message/rfc822"},
		{"a.zip", "application/x-zip-compressed", zipped(t, "a"), "application/zip"},
		{"a.zip", "application/zip", zipped(t), "application/zip"},
		{"a.docx", docx, zipped(t, "[Content_Types].xml"), docx},
		{"a.odt", "", zipped(t, "mimetype"), "application/vnd.oasis.opendocument.text"},
		{"a.mp3", "audio/mpeg", "ID3\x04\x00", "audio/mpeg"},
		{"a.mp3", "audio/mpeg", "\xff\xfb\x90\x64", "audio/mpeg"},
		{"a.mp4", "video/mp4", "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isom", "video/mp4"},
	}
	for _, tt := range tests {
		got, err := blob.Sniff(tt.name, tt.declared, []byte(tt.head))
		if err != nil || got != tt.want {
			t.Errorf("%s as %q: got %q, %v", tt.name, tt.declared, got, err)
		}
	}
}

func TestSniffRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ why, name, declared, head string }{
		{"svg", "a.svg", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"/>`},
		{"html", "a.html", "text/html", "<html>"},
		{"script", "a.js", "text/javascript", "alert(1)"},
		{"xml", "a.xml", "text/xml", "<?xml version='1.0'?>"},
		{"program", "a.exe", "application/octet-stream", "MZ\x90\x00"},
		{"macro document", "a.docm", docx, zipped(t, "[Content_Types].xml")},
		{"no ending", "photo", "image/png", pngHead},
		{"ending after a good one", "photo.png.exe", "image/png", pngHead},
		{"ending after NUL", "photo.png\x00.html", "image/png", pngHead},
		{"trailing dot", "photo.png.", "image/png", pngHead},
		{"HTML called png", "a.png", "image/png", "<html><script>"},
		{"svg called png", "a.png", "image/png", "<svg onload=alert(1)>"},
		{"png called jpeg", "a.jpg", "image/jpeg", pngHead},
		{"png declared as html", "a.png", "text/html", pngHead},
		{"png declared as jpeg", "a.png", "image/jpeg", pngHead},
		{"declared rubbish", "a.png", ";;;", pngHead},
		{"HTML called text", "a.txt", "text/plain", "  <!DOCTYPE html><script>"},
		{"HTML behind a mark", "a.txt", "text/plain", "\xef\xbb\xbf<script>alert(1)</script>"},
		{"svg called csv", "a.csv", "text/csv", "\n<svg onload=alert(1)>"},
		{"shell script called text", "a.txt", "text/plain", "#!/bin/sh\n"},
		{"program called text", "a.txt", "text/plain", "\x7fELF\x02\x01\x01\x00\x00"},
		{"program called mail", "a.eml", "message/rfc822", "\x7fELF\x02: x\n"},
		{"HTML called mail", "a.eml", "message/rfc822", "<html>:\n"},
		{"zip called document", "a.docx", docx, zipped(t, "evil.exe")},
		{"pdf after junk", "a.pdf", "application/pdf", "<script></script>%PDF-1.7"},
		{"empty", "a.png", "image/png", ""},
		{"cut off", "a.mp4", "video/mp4", "\x00\x00\x00\x18ft"},
	}
	for _, tt := range tests {
		got, err := blob.Sniff(tt.name, tt.declared, []byte(tt.head))
		if !errs.Has(err, errs.Unsupported) {
			t.Errorf("%s: got %q, %v", tt.why, got, err)
		}
	}
}

func TestInlineIsOnlyWhatHoldsNoScript(t *testing.T) {
	t.Parallel()
	for contentType, want := range map[string]bool{
		"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true, "video/mp4": true,
		"application/pdf": false, "text/plain": false, "text/csv": false, "image/svg+xml": false, "text/html": false, "": false,
	} {
		if got := blob.Inline(contentType); got != want {
			t.Errorf("%s: got %v", contentType, got)
		}
	}
}

func TestCleanName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"report.pdf": "report.pdf", "../../etc/passwd": "passwd", `C:\Users\me\a.txt`: "a.txt", "..": "file", "": "file", ".htaccess": "htaccess",
		"a\x00b.png": "ab.png", "invoice\u202egnp.exe": "invoicegnp.exe", "a\r\nSet-Cookie: x.txt": "aSet-Cookie_ x.txt", "CON.txt": "_CON.txt",
		"com1": "_com1", "nul .txt": "_nul .txt", "a\"b.txt": "a_b.txt", "Grüße 日本.pdf": "Grüße 日本.pdf", "x\xffy.txt": "xy.txt", "a. ": "a", "..%2fx": "%2fx",
	} {
		if got := blob.CleanName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	long := blob.CleanName(strings.Repeat("ü", 4096) + ".pdf")
	if len(long) > 200 || !utf8.ValidString(long) || !strings.HasSuffix(long, ".pdf") {
		t.Errorf("a long name became %q", long)
	}
}

func FuzzSniff(f *testing.F) {
	f.Add("a.png", "image/png", []byte(pngHead))
	f.Add("a.mp4", "video/mp4", []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isom"))
	f.Add("a.csv", "text/csv", []byte("a,b"))
	f.Fuzz(func(t *testing.T, name, declared string, head []byte) {
		got, err := blob.Sniff(name, declared, head)
		if (got == "") == (err == nil) {
			t.Errorf("got %q with %v", got, err)
		}
		if strings.Contains(got, "html") || strings.Contains(got, "svg") || strings.Contains(got, "script") {
			t.Errorf("took %q", got)
		}
		clean := blob.CleanName(name)
		if clean == "" || len(clean) > 200 || strings.ContainsAny(clean, "/\\\x00\r\n") || !utf8.ValidString(clean) {
			t.Errorf("%q became %q", name, clean)
		}
	})
}

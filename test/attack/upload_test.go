package attack

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/throughlinehq/throughline/internal/app"
	"github.com/throughlinehq/throughline/internal/platform/db"
)

// flood is a picture of a few bytes that claims to be of any size.
func flood(width, height uint32) []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		_ = binary.Write(&b, binary.BigEndian, uint32(len(data))) // memory takes everything
		b.WriteString(kind)
		b.Write(data)
		_ = binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(append([]byte(kind), data...)))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	chunk("IHDR", append(head, 8, 6, 0, 0, 0))
	chunk("IDAT", []byte("\x78\x9c\x03\x00\x00\x00\x00\x01"))
	chunk("IEND", nil)
	return b.Bytes()
}

func TestWhatABrowserWouldRunIsNotTaken(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite)
	before := p.rows()
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>`
	const page = `<!doctype html><script>alert(1)</script>`
	for _, c := range []struct{ name, declared, content string }{
		{"a.svg", "image/svg+xml", svg},
		{"a.svgz", "image/svg+xml", "\x1f\x8b"},
		{"a.png", "image/png", svg},
		{"a.png", "image/svg+xml", "\x89PNG\r\n\x1a\n"},
		{"a.html", "text/html", page},
		{"a.htm", "", page},
		{"a.xhtml", "application/xhtml+xml", page},
		{"a.txt", "text/html", page},
		{"a.txt", "text/plain", page},
		{"a.csv", "text/csv", "\xef\xbb\xbf" + page},
		{"a.xml", "text/xml", `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>`},
		{"a.xsl", "text/xsl", `<?xml version="1.0"?>`},
		{"a.js", "text/javascript", "alert(1)"},
		{"a.mjs", "application/javascript", "alert(1)"},
		{"a.json", "application/json", "{}"},
		{"a.wasm", "application/wasm", "\x00asm"},
		{"a.swf", "application/x-shockwave-flash", "CWS"},
		{"a.mht", "multipart/related", "MIME-Version: 1.0"},
		{"a.exe", "application/octet-stream", "MZ"},
		{"a.png.exe", "image/png", "\x89PNG\r\n\x1a\n"},
		{"a.pdf", "application/pdf", page + "%PDF-1.7"},
		{"a.pdf", "application/pdf", "MZ"},
		{"a.gif", "image/gif", page + "GIF89a"},
		{"a.jpg", "image/jpeg", "GIF89a"},
		{"a.php", "application/x-httpd-php", "<?php echo 1;"},
		{"a.phtml", "image/png", "\x89PNG\r\n\x1a\n"},
		{".htaccess", "text/plain", "AddType text/html .txt"},
		{"a", "text/plain", "x"},
		{"a.png\x00.html", "text/html", page},
		{"a.lnk", "", "L\x00"},
		{"a.zip", "application/zip", "no archive"},
		{"a.docx", "application/zip", "PK\x03\x04 no document"},
		{"a.txt", "text/plain", ""},
	} {
		w := p.upload(p.token, strings.ReplaceAll(c.name, "\x00", "%00"), c.declared, []byte(c.content))
		if w.Code < 400 || w.Code >= 500 {
			t.Errorf("%s as %s: %d %s", c.name, c.declared, w.Code, w.Body)
			continue
		}
		problemOf(t, w)
	}
	after := p.rows()
	for table, n := range after {
		if before[table] != n {
			t.Errorf("%s has %d rows, had %d", table, n, before[table])
		}
	}
	if left := stored(t, p); len(left) > 0 {
		t.Errorf("the folder holds %v", left)
	}
}

// stored lists the files of an installation.
func stored(t *testing.T, p *place) (out []string) {
	t.Helper()
	root := filepath.Join(p.Config.DataDir, app.FilesFolder)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			path, err = filepath.Rel(root, path)
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestANameNeverDecidesWhereAFileLies(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite)
	outer := filepath.Dir(p.Config.DataDir)
	beside, err := os.ReadDir(outer)
	if err != nil {
		t.Fatal(err)
	}
	shape := regexp.MustCompile(`^\d+/[0-9a-f]{2}/[0-9a-f-]+(\.\w+)?$|^\d+/[0-9a-f/-]+$`)
	for _, name := range []string{
		"../../x.txt", `..\..\x.txt`, "..%2f..%2fx.txt", "%2e%2e/x.txt", "/etc/cron.d/x.txt", `C:\Windows\x.txt`, `\\host\share\x.txt`, "CON.txt", "NUL.txt", "com1.txt", "aux .txt", "x.txt:stream.txt", "~/x.txt", "-rf.txt", "$(id).txt", "`id`.txt", "|id.txt",
		"a\u202etxt.exe.txt", "\u200bx.txt", "x\u2028.txt", strings.Repeat("a", 4096) + ".txt", strings.Repeat("ä", 2000) + ".txt", strings.Repeat("../", 100) + "x.txt", "....//....//x.txt", "x;y=z.txt", "x\" ; filename=\"y.html.txt", "<script>.txt", "'.txt", "=1+1.txt", "{{7}}.txt", ".txt.txt", "x .txt", "日本.txt",
	} {
		w := p.upload(p.token, name, "text/plain", []byte("hello"))
		if w.Code >= 400 && w.Code < 500 {
			continue // refused is as good
		}
		if w.Code != http.StatusCreated {
			t.Errorf("%.40q: %d %s", name, w.Code, w.Body)
			continue
		}
		got := p.do(call{path: api + "/files/" + idIn(t, w.Body.String()), token: p.token})
		kind, params, err := mime.ParseMediaType(got.Header().Get("Content-Disposition"))
		shown := params["filename"]
		if err != nil || kind != "attachment" || shown == "" || len(shown) > 200 || strings.ContainsAny(shown, "/\\\x00\r\n\"<>:|?*\u202e\u200b\u2028") || strings.HasPrefix(shown, ".") {
			t.Errorf("%.40q is sent as %s %q: %v", name, kind, shown, err)
		}
		if len(got.Header().Values("Content-Disposition")) != 1 || got.Header().Get("X-Content-Type-Options") != "nosniff" || got.Header().Get("Content-Type") != "text/plain" && !strings.HasPrefix(got.Header().Get("Content-Type"), "text/plain;") {
			t.Errorf("%.40q: %v", name, got.Header())
		}
	}
	files := stored(t, p)
	if len(files) < 10 {
		t.Fatalf("only %d files were kept", len(files))
	}
	for _, f := range files {
		if !shape.MatchString(filepath.ToSlash(f)) {
			t.Errorf("a file lies at %s", f)
		}
	}
	if now, err := os.ReadDir(outer); err != nil || len(now) != len(beside) {
		t.Errorf("beside the data folder there are %d entries, were %d: %v", len(now), len(beside), err)
	}
}

func TestWhatIsSentBackIsNeverRun(t *testing.T) {
	t.Parallel()
	p := begin(t, db.SQLite)
	for _, c := range []struct {
		name, declared, content string
		inline                  bool
	}{
		{"a.pdf", "application/pdf", "%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj", false},
		{"a.gif", "image/gif", "GIF89a/*\x01\x00*/=1;alert(1)//<script>alert(1)</script>", true},
		{"a.txt", "text/plain", "hello <script>alert(1)</script> <svg onload=alert(1)>", false},
		{"a.csv", "text/csv", "=HYPERLINK(\"http://evil.example\")\n", false},
		{"a.eml", "message/rfc822", "Subject: x\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>", false},
		{"a.ics", "text/calendar", "BEGIN:VCALENDAR\r\nDESCRIPTION:<script>alert(1)</script>\r\n", false},
		{"a.zip", "application/zip", "PK\x05\x06" + strings.Repeat("\x00", 18) + "<script>alert(1)</script>", false},
		{"bomb.png", "image/png", string(flood(60_000, 60_000)), true},
		{"wide.png", "image/png", string(flood(4_000_000_000, 1)), true},
	} {
		w := p.upload(p.token, c.name, c.declared, []byte(c.content))
		if w.Code != http.StatusCreated {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
			continue
		}
		p.drain() // thumbnails
		id := idIn(t, w.Body.String())
		for _, accept := range []string{"*/*", "text/html", "image/svg+xml"} {
			got := p.do(call{path: api + "/files/" + id, token: p.token, header: []string{"Accept", accept}})
			h := got.Header()
			disposition, _, _ := strings.Cut(h.Get("Content-Disposition"), ";")
			if got.Code != 200 || got.Body.String() != c.content || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" ||
				(disposition == "inline") != c.inline || strings.Contains(h.Get("Content-Type"), "html") || strings.Contains(h.Get("Content-Type"), "svg") || strings.Contains(h.Get("Content-Type"), "script") {
				t.Errorf("%s: %d %v", c.name, got.Code, h)
			}
			if got.Header().Get("Cross-Origin-Resource-Policy") != "same-origin" {
				t.Errorf("%s may be embedded elsewhere", c.name)
			}
		}
		if strings.HasSuffix(c.name, ".png") {
			if got := p.do(call{path: api + "/files/" + id + "/thumbnail", token: p.token}); got.Code != http.StatusNotFound {
				t.Errorf("%s has a thumbnail: %d", c.name, got.Code)
			}
		}
		if got := p.do(call{path: api + "/files/" + id}); got.Code != http.StatusUnauthorized {
			t.Errorf("%s without a sign-in: %d", c.name, got.Code)
		}
	}
}

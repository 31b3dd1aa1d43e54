package ticket

import (
	"html"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	nethtml "golang.org/x/net/html"
)

// newPolicy lists what a message may hold: the marks of written text. No styles, no classes, no pictures
// from elsewhere (they tell their sender who reads), nothing that runs. It is costly to build and safe to share.
func newPolicy() *bluemonday.Policy {
	const uuid = `[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "div", "span", "b", "strong", "i", "em", "u", "s", "del", "sub", "sup", "hr",
		"ul", "ol", "li", "blockquote", "pre", "code", "h1", "h2", "h3", "h4",
		"table", "thead", "tbody", "tr", "th", "td")
	p.AllowNoAttrs().OnElements("span")
	p.AllowAttrs("dir").Matching(regexp.MustCompile(`^(ltr|rtl|auto)$`)).Globally()
	p.AllowAttrs("colspan", "rowspan").Matching(regexp.MustCompile(`^[1-9][0-9]?$`)).OnElements("td", "th")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,4}$`)).OnElements("ol")
	// Relative addresses are for our own pictures alone, so links must name their scheme.
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(true)
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowAttrs("href").Matching(regexp.MustCompile(`(?i)^(https?://|mailto:|tel:)`)).OnElements("a")
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^/api/v1/files/` + uuid + `$`)).OnElements("img")
	p.AllowAttrs("alt").Matching(regexp.MustCompile(`^[^<>]{0,200}$`)).OnElements("img")
	p.AllowAttrs("width", "height").Matching(regexp.MustCompile(`^[1-9][0-9]{0,3}$`)).OnElements("img")
	// Mentions as the editor writes them.
	p.AllowAttrs("data-type").Matching(regexp.MustCompile(`^mention$`)).OnElements("span")
	p.AllowAttrs("data-id").Matching(regexp.MustCompile(`^` + uuid + `$`)).OnElements("span")
	return p
}

// sanitise gives the HTML that may be kept and shown, and its plain text.
func (s *Service) sanitise(dirty string) (clean, text string) {
	clean = strings.TrimSpace(s.policy.Sanitize(dirty))
	return clean, plain(clean)
}

// htmlOf is a plain text as HTML: blank lines part paragraphs.
func htmlOf(text string) string {
	var b strings.Builder
	for block := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if block = strings.Trim(block, "\n"); block != "" {
			b.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(block), "\n", "<br>") + "</p>")
		}
	}
	return b.String()
}

// plain reads sanitised HTML as text: blocks and breaks become lines, list items get a dash.
func plain(clean string) string {
	var b strings.Builder
	ending := 2 // newlines at the end of b; a beginning needs none
	write := func(s string) {
		if s != "" {
			b.WriteString(s)
			ending = 0
		}
	}
	breakTo := func(n int) {
		for ; ending < n; ending++ {
			b.WriteByte('\n')
		}
	}
	z := nethtml.NewTokenizer(strings.NewReader(clean))
	pre := 0
	for {
		kind := z.Next()
		switch kind {
		case nethtml.ErrorToken:
			return strings.TrimSpace(b.String())
		case nethtml.TextToken:
			text := html.UnescapeString(string(z.Raw()))
			if pre == 0 {
				text = flow(text, ending > 0)
			}
			write(text)
		case nethtml.StartTagToken, nethtml.EndTagToken, nethtml.SelfClosingTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "br":
				b.WriteByte('\n')
				ending++
			case "p", "blockquote", "pre", "ul", "ol", "table", "h1", "h2", "h3", "h4", "hr":
				breakTo(2)
				if string(name) == "pre" {
					pre += map[nethtml.TokenType]int{nethtml.StartTagToken: 1, nethtml.EndTagToken: -1}[kind]
				}
			case "div", "tr":
				breakTo(1)
			case "li":
				breakTo(1)
				if kind == nethtml.StartTagToken {
					write("- ")
				}
			case "td", "th":
				if kind == nethtml.EndTagToken {
					write(" ")
				}
			}
		case nethtml.CommentToken, nethtml.DoctypeToken:
		}
	}
}

// flow folds white space as a browser does; at the start of a line there is none.
func flow(text string, lineStart bool) string {
	folded := strings.Join(strings.Fields(text), " ")
	if folded == "" {
		if text == "" || lineStart {
			return ""
		}
		return " "
	}
	if strings.TrimLeft(text, " \t\r\n") != text && !lineStart {
		folded = " " + folded
	}
	if strings.TrimRight(text, " \t\r\n") != text {
		folded += " "
	}
	return folded
}

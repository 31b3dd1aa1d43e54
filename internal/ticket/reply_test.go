package ticket

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	nethtml "golang.org/x/net/html"

	"github.com/throughlinehq/throughline/internal/dbtest"
	"github.com/throughlinehq/throughline/internal/media"
	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

func TestReply(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		k := w.open(t, p.admin, Opening{Customer: p.ada, Assignee: p.mia.User})

		note := w.reply(t, p.mia, k.ID, Reply{Body: "Carrier says lost.", Internal: true})
		got := w.read(t, p.mia, k.ID)
		if got.MessageCount != 2 || got.Preview != "It should have come on Monday." || got.WaitingSince.IsZero() || !got.FirstRepliedAt.IsZero() {
			t.Errorf("after a note: %+v", got.Row)
		}
		if note.AuthorName != "Mia" {
			t.Errorf("note by %q", note.AuthorName)
		}
		pending := Pending
		w.reply(t, p.mia, k.ID, Reply{HTML: "<p>Dear Ada,</p><p>we send it <b>again</b>.</p>", Status: &pending})
		got = w.read(t, p.mia, k.ID)
		if got.Status != Pending || got.Preview != "Dear Ada, we send it again." || !got.WaitingSince.IsZero() || got.FirstRepliedAt.IsZero() || got.Unread {
			t.Errorf("after a reply: %+v", got.Row)
		}
		first := got.FirstRepliedAt
		w.reply(t, p.mia, k.ID, Reply{Body: "It still is not here.", AsCustomer: true})
		got = w.read(t, p.mia, k.ID)
		if got.Status != Open || got.LastAuthorKind != ByCustomer || got.WaitingSince.IsZero() || !got.FirstRepliedAt.Equal(first) || !got.Unread {
			t.Errorf("after the customer wrote: %+v", got.Row)
		}
		if n := len(got.Messages); n != 4 || got.Messages[0].Body != got.Description || got.Messages[3].AuthorName != "Ada Byron" || got.Messages[3].Author != p.ada {
			t.Errorf("thread: %+v", got.Messages)
		}
		want := []string{"ticket.created", "ticket.assigned", "ticket.message_added", "ticket.message_added", "ticket.status_changed", "ticket.message_added", "ticket.status_changed"}
		if diff := cmp.Diff(want, w.kinds(t, p.t, k.ID)); diff != "" {
			t.Error(diff)
		}
		// A customer's message also opens what was closed.
		closed := Closed
		if _, err := w.tickets.Update(t.Context(), p.mia, k.ID, Change{Status: &closed}); err != nil {
			t.Fatal(err)
		}
		w.reply(t, p.mia, k.ID, Reply{Body: "Hello again", AsCustomer: true})
		if got = w.read(t, p.mia, k.ID); got.Status != Open || !got.ClosedAt.IsZero() {
			t.Errorf("closed ticket: %+v", got.Row)
		}
	})
}

func TestHeldMessageIsItsAuthorsAloneUntilReleased(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		k := w.open(t, p.admin, Opening{Customer: p.ada, Assignee: p.mia.User})
		before := w.read(t, p.admin, k.ID)
		resolved := Resolved
		m := w.reply(t, p.mia, k.ID, Reply{Body: "Done, with a secretword.", Hold: 10 * time.Second, Status: &resolved, Mentions: []id.ID{p.sam.User}})
		if m.State != Held || !m.HeldUntil.Equal(w.clock.Now().Add(10*time.Second)) {
			t.Fatalf("got %+v", m)
		}
		after := w.read(t, p.admin, k.ID)
		if diff := cmp.Diff(before.Row.Ticket, after.Row.Ticket); diff != "" || len(after.Messages) != 1 {
			t.Errorf("others see it: %s", diff)
		}
		if mine := w.read(t, p.mia, k.ID); len(mine.Messages) != 2 || mine.Messages[1].State != Held {
			t.Errorf("its author does not: %+v", mine.Messages)
		}
		if got := w.list(t, p.mia, "q=secretword"); len(got) != 0 {
			t.Error("found by words while it is held")
		}
		err := w.tickets.RemoveMessage(t.Context(), p.admin, k.ID, m.ID)
		wantKind(t, err, errs.NotFound)

		// The job sends it once, however often it runs.
		w.clock.Advance(10 * time.Second)
		args := release{Ticket: k.ID, Message: m.ID, Author: p.mia.User, Status: &resolved, Mentions: []id.ID{p.sam.User}}
		for range 2 {
			must(t, d.Write(t.Context(), p.t, func(ctx context.Context, tx db.Tx) error { return w.tickets.releaseTx(ctx, tx, p.t, args) }))
		}
		got := w.read(t, p.admin, k.ID)
		if got.Status != Resolved || got.MessageCount != 2 || len(got.Messages) != 2 || got.Messages[1].State != Sent || got.FirstRepliedAt.IsZero() {
			t.Errorf("after the release: %+v", got)
		}
		if len(got.Followers) != 1 || got.Followers[0].User != p.sam.User {
			t.Errorf("followers: %+v", got.Followers)
		}
		if got := w.list(t, p.mia, "q=secretword"); len(got) != 1 {
			t.Error("not found by words after it was sent")
		}
		if n := count(w.kinds(t, p.t, k.ID), "ticket.message_added"); n != 1 {
			t.Errorf("%d message events", n)
		}
		wantKind(t, w.tickets.RemoveMessage(t.Context(), p.mia, k.ID, m.ID), errs.Conflict)
	})
}

func TestTakenBackMessageBecomesTheDraftAgainWithItsFiles(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		k := w.open(t, p.admin, Opening{Customer: p.ada, Assignee: p.mia.User})
		f, err := w.files.Stage(t.Context(), p.mia, media.Upload{Name: "a.txt", Body: strings.NewReader("hello")})
		must(t, err)
		_, err = w.tickets.KeepDraft(t.Context(), p.mia, k.ID, "<p>Dear</p>", false)
		must(t, err)
		m := w.reply(t, p.mia, k.ID, Reply{HTML: "<p>Dear Ada</p>", Hold: 5 * time.Second, Attachments: []id.ID{f.ID}})
		if w.read(t, p.mia, k.ID).Draft != nil {
			t.Error("the draft stayed after sending")
		}
		must(t, w.tickets.RemoveMessage(t.Context(), p.mia, k.ID, m.ID))
		got := w.read(t, p.mia, k.ID)
		if len(got.Messages) != 1 || got.Draft == nil || got.Draft.HTML != "<p>Dear Ada</p>" {
			t.Errorf("got %+v", got)
		}
		again := w.reply(t, p.mia, k.ID, Reply{Body: "Dear Ada", Attachments: []id.ID{f.ID}})
		if len(again.Attachments) != 1 || again.Attachments[0].Name != "a.txt" {
			t.Errorf("got %+v", again)
		}
		// A file is used once.
		_, err = w.tickets.AddMessage(t.Context(), p.mia, k.ID, Reply{Body: "x", Attachments: []id.ID{f.ID}})
		if !hasField(err, "attachments[0]") {
			t.Errorf("got %v", err)
		}
		c, err := w.files.Open(t.Context(), p.admin, f.ID)
		must(t, err)
		must(t, c.Close())
		_, err = w.files.Open(t.Context(), w.neighbours.admin, f.ID)
		wantKind(t, err, errs.NotFound)
	})
}

func TestMentionMakesTheTicketVisibleAndFollowed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		k := w.open(t, p.admin, Opening{Assignee: p.mia.User})
		_, err := w.tickets.Open(t.Context(), p.sam, k.ID)
		wantKind(t, err, errs.NotFound)
		w.reply(t, p.mia, k.ID, Reply{Body: "@Sam have a look", Internal: true, Mentions: []id.ID{p.sam.User}})
		w.read(t, p.sam, k.ID)
		if diff := cmp.Diff([]int64{k.Number}, w.list(t, p.sam, "view=mentions")); diff != "" {
			t.Error(diff)
		}
		if n := count(w.kinds(t, p.t, k.ID), "ticket.mentioned"); n != 1 {
			t.Errorf("%d mention events", n)
		}
		_, err = w.tickets.AddMessage(t.Context(), p.mia, k.ID, Reply{Body: "x", Mentions: []id.ID{w.neighbours.sam.User}})
		if !hasField(err, "mentions[0]") {
			t.Errorf("a neighbour was mentioned: %v", err)
		}
		must(t, w.tickets.Unfollow(t.Context(), p.sam, k.ID))
		_, err = w.tickets.Open(t.Context(), p.sam, k.ID)
		wantKind(t, err, errs.NotFound)
	})
}

func TestNotesAreTheirAuthorsToEditAndDelete(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		k := w.open(t, p.admin, Opening{Assignee: p.mia.User})
		must(t, w.tickets.Follow(t.Context(), p.admin, k.ID))
		w.reply(t, p.admin, k.ID, Reply{Body: "@Sam", Internal: true, Mentions: []id.ID{p.sam.User}})
		n := w.reply(t, p.mia, k.ID, Reply{Body: "frst", Internal: true})
		edited, err := w.tickets.EditNote(t.Context(), p.mia, k.ID, n.ID, "", "first")
		if err != nil || edited.Body != "first" || edited.HTML != "<p>first</p>" {
			t.Fatalf("got %+v, %v", edited, err)
		}
		_, err = w.tickets.EditNote(t.Context(), p.sam, k.ID, n.ID, "", "mine now")
		wantKind(t, err, errs.Forbidden)
		wantKind(t, w.tickets.RemoveMessage(t.Context(), p.sam, k.ID, n.ID), errs.Forbidden)
		wantKind(t, w.tickets.RemoveMessage(t.Context(), w.neighbours.admin, k.ID, n.ID), errs.NotFound)
		must(t, w.tickets.RemoveMessage(t.Context(), p.mia, k.ID, n.ID))
		if got := w.read(t, p.mia, k.ID); got.MessageCount != 2 || len(got.Messages) != 2 || !got.LastMessageAt.Equal(got.Messages[1].CreatedAt) {
			t.Errorf("got %+v", got.Row)
		}
		r := w.reply(t, p.mia, k.ID, Reply{Body: "to the customer"})
		_, err = w.tickets.EditNote(t.Context(), p.mia, k.ID, r.ID, "", "else")
		wantKind(t, err, errs.Conflict)
	})
}

func TestThreadPagesBackFromTheNewest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.people
		k := w.open(t, p.admin, Opening{})
		for range ThreadPage + 5 {
			w.reply(t, p.admin, k.ID, Reply{Body: "x", Internal: true})
		}
		ctx, trips := db.WithCount(t.Context())
		got, err := w.tickets.Open(ctx, p.admin, k.ID)
		must(t, err)
		if n := trips.Load(); n > 4 {
			t.Errorf("opening took %d round trips, at most 4", n)
		}
		if len(got.Messages) != ThreadPage || got.Earlier == "" || got.Description != "It should have come on Monday." {
			t.Fatalf("%d messages, cursor %q", len(got.Messages), got.Earlier)
		}
		rest, _, err := w.tickets.Messages(t.Context(), p.admin, k.ID, url.Values{"cursor": {got.Earlier}})
		must(t, err)
		if len(rest.Data) != 6 || rest.Next != "" || rest.Data[5].Body != got.Description {
			t.Errorf("got %d, next %q", len(rest.Data), rest.Next)
		}
	})
}

func TestHTMLIsSanitised(t *testing.T) {
	t.Parallel()
	s := &Service{policy: newPolicy()}
	const file = "/api/v1/files/01890a5d-ac96-774b-bcce-b302099a8057"
	for in, want := range map[string]string{
		`<p onclick="x()">hi <script>alert(1)</script><b>you</b></p>`:       `<p>hi <b>you</b></p>`,
		`<a href="javascript:alert(1)">x</a>`:                               `x`,
		`<a href="/api/v1/logout">x</a>`:                                    `x`,
		`<a href="https://example.com/a">x</a>`:                             `<a href="https://example.com/a" rel="nofollow noreferrer noopener" target="_blank">x</a>`,
		`<img src="https://tracker.test/p.gif" alt="a">`:                    `<img alt="a">`,
		`<img src="` + file + `" alt="a" onerror="x()">`:                    `<img src="` + file + `" alt="a">`,
		`<img src="` + file + `/../../logout">`:                             ``,
		`<img src="data:image/svg+xml,<svg onload=alert(1)>">`:              ``,
		`<div style="position:fixed" class="x">y</div>`:                     `<div>y</div>`,
		`<svg><a xlink:href="javascript:alert(1)"><text>z</text></a></svg>`: `z`,
		`<form action="https://example.com"><input name=a></form>`:          ``,
	} {
		if got, _ := s.sanitise(in); strings.TrimSpace(got) != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestPlainTextOfHTML(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`<p>Dear Ada,</p><p>we send it <b>again</b>.<br>Yours</p>`: "Dear Ada,\n\nwe send it again.\nYours",
		`<ul><li>one</li><li>two</li></ul>`:                        "- one\n- two",
		"<p>a\n  b</p>":                                            "a b",
		`a &lt;b&gt; &amp; c`:                                      "a <b> & c",
		`<pre>a  b</pre>`:                                          "a  b",
		``:                                                         "",
	} {
		if got := plain(in); got != want {
			t.Errorf("%s\n got %q\nwant %q", in, got, want)
		}
	}
	if got := plain(htmlOf("a\nb\n\nc <d>")); got != "a\nb\n\nc <d>" {
		t.Errorf("there and back: %q", got)
	}
}

func FuzzSanitise(f *testing.F) {
	s := &Service{policy: newPolicy()}
	for _, in := range []string{`<p>a</p>`, `<img src=x onerror=alert(1)>`, `<a href="javas&#99;ript:x">`, `<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>`} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		clean, _ := s.sanitise(in)
		again, _ := s.sanitise(clean)
		if again != clean {
			t.Errorf("not stable: %q then %q", clean, again)
		}
		low := strings.ToLower(clean)
		for _, bad := range []string{"<script", "<style", "<iframe", "<svg", "<math", "<form"} {
			if strings.Contains(low, bad) {
				t.Errorf("%q is left in %q", bad, clean)
			}
		}
		for _, fault := range dangers(clean) {
			t.Errorf("%s in %q", fault, clean)
		}
	})
}

// dangers reads HTML as a browser does and names every element and attribute that written text does not need.
func dangers(clean string) (out []string) {
	root, err := nethtml.Parse(strings.NewReader(clean))
	if err != nil {
		return nil // nested deeper than this parser goes
	}
	elements := strings.Fields("html head body p br div span b strong i em u s del sub sup hr ul ol li blockquote pre code h1 h2 h3 h4 table thead tbody tr th td a img")
	attributes := strings.Fields("dir colspan rowspan start href rel target src alt width height data-type data-id")
	for n := range root.Descendants() {
		if n.Type != nethtml.ElementNode {
			continue
		}
		if n.Namespace != "" || !slices.Contains(elements, n.Data) {
			out = append(out, "the element "+n.Namespace+" "+n.Data)
		}
		for _, a := range n.Attr {
			v := strings.ToLower(a.Val)
			switch {
			case !slices.Contains(attributes, a.Key):
				out = append(out, "the attribute "+a.Key)
			case a.Key == "src" && !strings.HasPrefix(a.Val, "/api/v1/files/"):
				out = append(out, "a picture from "+a.Val)
			case a.Key == "href" && !strings.HasPrefix(v, "http://") && !strings.HasPrefix(v, "https://") && !strings.HasPrefix(v, "mailto:") && !strings.HasPrefix(v, "tel:"):
				out = append(out, "a link to "+a.Val)
			}
		}
	}
	return out
}

// FuzzHTMLOf: a plain text becomes HTML that holds its words, all of them and nothing else, and no mark of its own.
func FuzzHTMLOf(f *testing.F) {
	s := &Service{policy: newPolicy()}
	for _, in := range []string{"a\nb\n\nc <d>", "</p><script>alert(1)</script>", "&lt;img src=x onerror=alert(1)&gt;", "\r\n\r\n\r", "\x00", "<!-- ", "]]>", "&#x3c;b&#x3e;", "\u2028a\u00a0b"} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if !utf8.ValidString(in) || strings.ContainsRune(in, 0) {
			return // refused before it gets here
		}
		out := htmlOf(in)
		if got := plain(out); !slices.Equal(strings.Fields(got), strings.Fields(in)) {
			t.Errorf("%q becomes %q and reads %q", in, out, got)
		}
		bare := strings.NewReplacer("<p>", "", "</p>", "", "<br>", "").Replace(out)
		if strings.ContainsAny(bare, "<>\"") {
			t.Errorf("%q becomes %q", in, out)
		}
		clean, _ := s.sanitise(out)
		if a, b := plain(clean), plain(out); !slices.Equal(strings.Fields(a), strings.Fields(b)) {
			t.Errorf("%q loses words when it is sanitised: %q, then %q", in, b, a)
		}
	})
}

func count(in []string, what string) (n int) {
	for _, s := range in {
		if s == what {
			n++
		}
	}
	return n
}

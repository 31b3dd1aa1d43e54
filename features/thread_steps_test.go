package features

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/cucumber/godog"
)

func threadSteps(s *godog.ScenarioContext, w *world) {
	s.Step(`^(\w+) answers "([^"]*)" with "([^"]*)"$`, func(actor, title, text string) error {
		return w.write(actor, title, map[string]any{"body": text})
	})
	s.Step(`^(\w+) answers "([^"]*)" with "([^"]*)" to be held for (\d+) seconds$`, func(actor, title, text string, seconds int) error {
		return w.write(actor, title, map[string]any{"body": text, "holdSeconds": seconds})
	})
	s.Step(`^(\w+) answers "([^"]*)" with the HTML "(.*)"$`, func(actor, title, html string) error {
		return w.write(actor, title, map[string]any{"html": html})
	})
	s.Step(`^the customer writes "([^"]*)" in "([^"]*)"$`, func(text, title string) error {
		return w.write("Ada", title, map[string]any{"body": text, "author": "customer"})
	})
	s.Step(`^(\w+) notes "([^"]*)" in "([^"]*)" mentioning (\w+)$`, func(actor, text, title, name string) error {
		u, err := w.user(name)
		if err != nil {
			return err
		}
		return w.write(actor, title, map[string]any{"body": text, "internal": true, "mentions": []string{u.text("id")}})
	})
	s.Step(`^(\w+) takes the message back$`, func(actor string) error {
		_, err := w.as(actor, http.MethodDelete, w.message, nil)
		return err
	})
	s.Step(`^the thread of "([^"]*)" holds "([^"]*)"$`, func(title, text string) error { return w.thread(title, text, true) })
	s.Step(`^the thread of "([^"]*)" does not hold "([^"]*)"$`, func(title, text string) error { return w.thread(title, text, false) })
	s.Step(`^the last answer does not hold "([^"]*)"$`, func(text string) error {
		if strings.Contains(encode(w.last().body), strings.Trim(encode(text), `"`)) {
			return fmt.Errorf("it does: %s", w.last().raw)
		}
		return nil
	})
	s.Step(`^(\w+) attaches "([^"]*)" of type "([^"]*)" that is a picture to "([^"]*)"$`, func(actor, file, kind, title string) error {
		var b bytes.Buffer
		picture := image.NewRGBA(image.Rect(0, 0, 8, 8))
		picture.Set(1, 1, color.RGBA{R: 200, A: 255})
		if err := png.Encode(&b, picture); err != nil {
			return err
		}
		return w.attach(actor, title, file, kind, b.Bytes())
	})
	s.Step(`^(\w+) attaches "([^"]*)" of type "([^"]*)" that is a web page to "([^"]*)"$`, func(actor, file, kind, title string) error {
		return w.attach(actor, title, file, kind, []byte("<!doctype html><html><script>alert(1)</script></html>"))
	})
}

func (w *world) write(actor, title string, body map[string]any) error {
	path := "/tickets/" + w.tickets[title] + "/messages"
	a, err := w.must(actor, http.MethodPost, path, body)
	if err != nil {
		return err
	}
	w.message = path + "/" + a.text("id")
	return nil
}

func (w *world) thread(title, text string, want bool) error {
	a, err := w.must("Ada", http.MethodGet, "/tickets/"+w.tickets[title]+"/messages", nil)
	if err != nil {
		return err
	}
	if got := strings.Contains(encode(a.body), text); got != want {
		return fmt.Errorf("the thread is %s", a.raw)
	}
	return nil
}

func (w *world) attach(actor, title, file, kind string, content []byte) error {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="` + file + `"`}, "Content-Type": {kind},
	})
	if err != nil {
		return err
	}
	if _, err := part.Write(content); err != nil {
		return err
	}
	if err := form.Close(); err != nil {
		return err
	}
	_, err = w.as(actor, http.MethodPost, "/tickets/"+w.tickets[title]+"/attachments", &b, "Content-Type", form.FormDataContentType())
	return err
}

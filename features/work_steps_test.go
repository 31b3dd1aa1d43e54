package features

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/cucumber/godog"
)

func workSteps(s *godog.ScenarioContext, w *world) {
	s.Step(`^a mail server that does not answer$`, func() error {
		w.inst.Settings["SMTP_URL"] = "smtp://127.0.0.1:1?tls=none"
		w.inst.Settings["MAIL_FROM"] = "Acme <help@acme.example>"
		return nil
	})
	s.Step(`^(\w+) has uploaded a picture while nothing was at work$`, w.uploadUnworked)
	s.Step(`^the files have been lost$`, func() error { return w.renameFiles("", ".lost") })
	s.Step(`^the files are back$`, func() error { return w.renameFiles(".lost", "") })
	s.Step(`^the work goes on$`, func() error { return w.restart("2") })
	s.Step(`^"([^"]*)" becomes "([^"]*)"$`, func(kind, state string) error { return w.becomes(kind, state, false) })
	s.Step(`^"([^"]*)" becomes "([^"]*)" and says why$`, func(kind, state string) error { return w.becomes(kind, state, true) })
	s.Step(`^(\w+) lists the work$`, func(actor string) error {
		_, err := w.as(actor, http.MethodGet, "/jobs", nil)
		return err
	})
	s.Step(`^(\w+) looks at that work$`, func(actor string) error {
		_, err := w.as(actor, http.MethodGet, "/jobs/"+w.job, nil)
		return err
	})
	for verb, action := range map[string]string{"retries": "retry", "cancels": "cancel"} {
		s.Step(`^(\w+) `+verb+` that work$`, func(actor string) error {
			_, err := w.as(actor, http.MethodPost, "/jobs/"+w.job+"/"+action, nil)
			return err
		})
	}
	s.Step(`^(\w+) looks at the outbox$`, func(actor string) error {
		_, err := w.as(actor, http.MethodGet, "/mail-outbox", nil)
		return err
	})
	s.Step(`^the audit log has "([^"]*)" by (\w+)$`, func(action, name string) error {
		_, err := w.audited(action, name)
		return err
	})
	s.Step(`^the audit log has "([^"]*)" by (\w+), who lacks "([^"]*)" for "([^"]*)", once$`, func(action, name, permission, operation string) error {
		rows, err := w.audited(action, name)
		if err != nil {
			return err
		}
		if len(rows) != 1 {
			return fmt.Errorf("%d entries: %s", len(rows), w.last().raw)
		}
		return errors.Join(same("the permission", rows[0].text("changes.permission.new"), permission), same("the operation", rows[0].text("objectName"), operation))
	})
}

// restart ends the server and starts it with so many workers.
func (w *world) restart(workers string) error {
	w.inst.stop()
	w.inst.Settings["WORKERS"] = workers
	return w.inst.start()
}

func (w *world) uploadUnworked(name string) error {
	if err := w.restart("0"); err != nil {
		return err
	}
	var picture, form bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 800, 600))); err != nil {
		return err
	}
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", "parcel.png")
	if err != nil {
		return err
	}
	if _, err := part.Write(picture.Bytes()); err != nil {
		return err
	}
	if err := m.Close(); err != nil {
		return err
	}
	_, err = w.must(name, http.MethodPost, "/media/upload", &form, "Content-Type", m.FormDataContentType())
	return err
}

// renameFiles gives every uploaded file's name another ending, as a disk that loses files and gets them back.
func (w *world) renameFiles(from, to string) error {
	moved := 0
	err := filepath.WalkDir(filepath.Join(w.inst.Settings["DATA_DIR"], "files"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, from) {
			return err
		}
		moved++
		return os.Rename(path, strings.TrimSuffix(path, from)+to)
	})
	if err == nil && moved == 0 {
		err = errors.New("there are no files")
	}
	return err
}

// becomes waits until the newest job of a kind is in a state; why asks for a reason too.
func (w *world) becomes(kind, state string, why bool) error {
	return w.eventually(func() error {
		a, err := w.must("Ada", http.MethodGet, "/jobs?kind="+kind, nil)
		if err != nil {
			return err
		}
		rows := a.rows()
		if len(rows) == 0 {
			return fmt.Errorf("no job %s", kind)
		}
		w.job = rows[0].text("id")
		if why != (rows[0].text("lastError") != "") {
			return fmt.Errorf("it says %q", rows[0].text("lastError"))
		}
		return same("the state", rows[0].text("state"), state)
	})
}

// audited are the entries about an action by a person; none is an error.
func (w *world) audited(action, name string) ([]*answer, error) {
	a, err := w.must("Ada", http.MethodGet, "/audit-log?action="+action, nil)
	if err != nil {
		return nil, err
	}
	var out []*answer
	for _, row := range a.rows() {
		if row.text("actor.name") == name {
			out = append(out, row)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("nothing by %s: %s", name, a.raw)
	}
	return out, nil
}

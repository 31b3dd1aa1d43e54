package mediaapi

import (
	"context"
	"encoding/hex"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/throughlinehq/throughline/internal/auth"
	"github.com/throughlinehq/throughline/internal/media"
	"github.com/throughlinehq/throughline/internal/platform/id"
)

type uploadInput struct {
	RawBody huma.MultipartFormFiles[struct {
		File huma.FormFile `form:"file" required:"true" doc:"The file, with its name and content type"`
	}]
}

type fileBody struct {
	ID          id.ID  `json:"id" doc:"Name it in a message's attachments"`
	Name        string `json:"name" example:"broken-handle.png"`
	ContentType string `json:"contentType" example:"image/png"`
	Size        int64  `json:"size" doc:"Bytes" example:"48213"`
	URL         string `json:"url" doc:"Where the bytes are" example:"/api/v1/files/01890a5d-ac96-774b-bcce-b302099a8057"`
	CreatedAt   string `json:"createdAt" format:"date-time"`
}

type uploadOutput struct{ Body fileBody }

func (h *api) upload(ctx context.Context, in *uploadInput) (*uploadOutput, error) {
	form := in.RawBody.Data()
	defer func() {
		_ = form.File.Close()
		if in.RawBody.Form != nil {
			_ = in.RawBody.Form.RemoveAll() // parts that did not fit in memory
		}
	}()
	f, err := h.files.Stage(ctx, auth.ActorFrom(ctx), media.Upload{Name: form.File.Filename, Declared: form.File.ContentType, Body: form.File})
	if err != nil {
		return nil, err
	}
	return &uploadOutput{Body: fileBody{
		ID: f.ID, Name: f.Name, ContentType: f.ContentType, Size: f.Size, URL: "/api/v1/files/" + f.ID.String(),
		CreatedAt: f.CreatedAt.Format("2006-01-02T15:04:05.000000Z07:00"),
	}}, nil
}

type oneInput struct {
	ID id.ID `path:"id" doc:"File"`
}

func (h *api) discard(ctx context.Context, in *oneInput) (*struct{}, error) {
	return nil, h.files.Discard(ctx, auth.ActorFrom(ctx), in.ID)
}

func (h *api) file(ctx context.Context, in *oneInput) (http.HandlerFunc, error) {
	c, err := h.files.Open(ctx, auth.ActorFrom(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return send(c, c.File.IsImage(), hex.EncodeToString(c.File.SHA256)), nil
}

func (h *api) thumbnail(ctx context.Context, in *oneInput) (http.HandlerFunc, error) {
	c, err := h.files.OpenThumbnail(ctx, auth.ActorFrom(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return send(c, true, hex.EncodeToString(c.File.SHA256)+"-s"), nil
}

// send streams bytes that somebody else has made: never guessed to be anything but their checked type,
// never run, and kept by no shared cache. Ranges and If-None-Match work.
func send(c media.Content, inline bool, tag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		defer func() { _ = c.Close() }()
		disposition := "attachment"
		if inline {
			disposition = "inline"
		}
		if v := mime.FormatMediaType(disposition, map[string]string{"filename": c.File.Name}); v != "" {
			disposition = v
		}
		head := w.Header()
		head.Set("Content-Type", c.ContentType)
		head.Set("Content-Disposition", disposition)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Cache-Control", "private, max-age=3600")
		head.Set("ETag", `"`+tag+`"`)
		http.ServeContent(w, r, "", c.File.CreatedAt, c.Bytes)
	}
}

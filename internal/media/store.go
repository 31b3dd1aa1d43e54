package media

import (
	"context"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/errs"
	"github.com/throughlinehq/throughline/internal/platform/id"
	"github.com/throughlinehq/throughline/internal/tenant"
)

const columns = `id, name, content_type, size, sha256, blob_key, COALESCE(width, 0), COALESCE(height, 0), COALESCE(thumbnail_key, ''), owner_kind, owner_id, created_by, created_at`

func scanFile(row db.Row) (f File, err error) {
	err = row.Scan(&f.ID, &f.Name, &f.ContentType, &f.Size, &f.SHA256, &f.blobKey, &f.Width, &f.Height, &f.thumbnailKey,
		&f.OwnerKind, &f.Owner, &f.CreatedBy, db.Time(&f.CreatedAt))
	return f, err
}

func insertFile(ctx context.Context, tx db.Tx, t tenant.ID, f File) error {
	const q = `
		INSERT INTO media_file (tenant_id, id, name, content_type, size, sha256, blob_key, owner_kind, owner_id, created_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	_, err := tx.Exec(ctx, q, t, f.ID, f.Name, f.ContentType, f.Size, f.SHA256, f.blobKey, f.OwnerKind, f.Owner, f.CreatedBy, db.Micros(f.CreatedAt))
	return errs.Wrapf(err, "insert file %s", f.ID)
}

func readFile(ctx context.Context, q db.Reader, t tenant.ID, file id.ID) (File, error) {
	f, err := db.One(ctx, q, scanFile, `SELECT `+columns+` FROM media_file WHERE tenant_id = $1 AND id = $2`, t, file)
	return f, errs.Wrapf(err, "read file %s", file)
}

// attach takes a staged file of the user; two requests that want the same one cannot both have it.
func attach(ctx context.Context, tx db.Tx, t tenant.ID, user, file id.ID, kind string, object id.ID) (File, error) {
	const q = `
		UPDATE media_file
		SET owner_kind = $5, owner_id = $6
		WHERE tenant_id = $1 AND id = $2 AND owner_kind = $3 AND created_by = $4
		RETURNING ` + columns
	f, err := db.One(ctx, tx, scanFile, q, t, file, Staged, user, kind, object)
	return f, errs.Wrapf(err, "attach file %s", file)
}

func detach(ctx context.Context, tx db.Tx, t tenant.ID, user id.ID, kind string, object id.ID, files []id.ID, now time.Time) error {
	w := db.NewWhere(t, Staged, user, db.Micros(now), kind, object)
	db.In(w, "id", files)
	_, err := tx.Exec(ctx, `
		UPDATE media_file
		SET owner_kind = $2, owner_id = NULL, created_by = $3, created_at = $4
		WHERE tenant_id = $1 AND owner_kind = $5 AND owner_id = $6`+w.SQL(), w.Args()...)
	return errs.Wrapf(err, "detach files")
}

// ownedFiles lists an object's files. Plan: range over media_file_by_owner.
func ownedFiles(ctx context.Context, q db.Reader, t tenant.ID, kind string, object id.ID) ([]File, error) {
	const text = `SELECT ` + columns + ` FROM media_file WHERE tenant_id = $1 AND owner_kind = $2 AND owner_id = $3 ORDER BY id`
	files, err := db.All(ctx, q, scanFile, text, t, kind, object)
	return files, errs.Wrapf(err, "list files of %s %s", kind, object)
}

// staleStaged lists files that were staged before the instant and never used. Plan: range over
// media_file_by_owner, which holds few staged files at any time.
func staleStaged(ctx context.Context, q db.Reader, t tenant.ID, before time.Time, limit int) ([]File, error) {
	const text = `SELECT ` + columns + ` FROM media_file WHERE tenant_id = $1 AND owner_kind = $2 AND owner_id IS NULL AND created_at < $3 LIMIT $4`
	files, err := db.All(ctx, q, scanFile, text, t, Staged, db.Micros(before), limit)
	return files, errs.Wrapf(err, "list staged files")
}

func deleteFile(ctx context.Context, tx db.Tx, t tenant.ID, file id.ID) error {
	_, err := tx.Exec(ctx, `DELETE FROM media_file WHERE tenant_id = $1 AND id = $2`, t, file)
	return errs.Wrapf(err, "delete file %s", file)
}

func setThumbnail(ctx context.Context, tx db.Tx, t tenant.ID, file id.ID, key string, width, height int) error {
	_, err := tx.Exec(ctx, `UPDATE media_file SET thumbnail_key = $3, width = $4, height = $5 WHERE tenant_id = $1 AND id = $2`,
		t, file, key, width, height)
	return errs.Wrapf(err, "keep thumbnail of %s", file)
}

// known tells which of the files have rows.
func known(ctx context.Context, q db.Reader, t tenant.ID, files []id.ID) (map[id.ID]bool, error) {
	w := db.NewWhere(t)
	db.In(w, "id", files)
	ids, err := db.All(ctx, q, func(row db.Row) (i id.ID, err error) { return i, row.Scan(&i) },
		`SELECT id FROM media_file WHERE tenant_id = $1`+w.SQL(), w.Args()...)
	out := make(map[id.ID]bool, len(ids))
	for _, i := range ids {
		out[i] = true
	}
	return out, errs.Wrapf(err, "look files up")
}

func workspaces(ctx context.Context, q db.Reader) ([]tenant.ID, error) {
	ids, err := db.All(ctx, q, func(row db.Row) (t int64, err error) { return t, row.Scan(&t) }, `SELECT id FROM workspace ORDER BY id`)
	out := make([]tenant.ID, len(ids))
	for i, t := range ids {
		out[i] = tenant.ID(t)
	}
	return out, errs.Wrapf(err, "list workspaces")
}

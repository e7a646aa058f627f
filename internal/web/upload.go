package web

import (
	"io"
	"mime"
	"mime/multipart"

	"huiyin/internal/blob"
	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/web/ui"
)

// What one form may carry.
const (
	maxFiles  = 9
	MaxUpload = maxFiles*blob.MaxSize + 1<<20 // bytes
)

// FilesField is the field that Uploads reads. What it accepts is what a browser
// offers to choose; the store looks for itself.
func FilesField() *ui.Field {
	return &ui.Field{
		Name: "files", Label: "照片或附件", Kind: ui.File, Hint: "最多 9 个，每个不超过 20 MB；支持图片、PDF、文档、录音和视频",
		Accept: "image/jpeg,image/png,image/webp,application/pdf,.docx,.xlsx,audio/*,video/mp4",
	}
}

// FewEnough refuses more files than one form may carry.
func FewEnough(files []*multipart.FileHeader) error {
	if len(files) > maxFiles {
		return errs.InvalidField("files", "一次最多上传 9 个附件")
	}
	return nil
}

// Uploads are the files of a form that has been read.
func (c *Call) Uploads() []*multipart.FileHeader {
	if c.Request.MultipartForm == nil {
		return nil
	}
	return c.Request.MultipartForm.File["files"]
}

// AttachAll adds files of the form to a ticket and names those that were
// refused: a file of a wrong kind must not cost somebody the rest.
func AttachAll(c *Call, store *blob.Store, id int64, files []*multipart.FileHeader) (refused []string) {
	for _, header := range files {
		if err := attach(c, store, id, header); err != nil {
			message := "没有收到"
			if e, ok := errs.As(err); ok {
				message = e.Message
			}
			refused = append(refused, blob.CleanName(header.Filename)+" — "+c.Words().Say(message))
		}
	}
	return refused
}

func attach(c *Call, store *blob.Store, id int64, header *multipart.FileHeader) error {
	if err := c.Site.Cases.MayAttach(c.Context(), c.Actor, id); err != nil {
		return err
	}
	file, err := header.Open()
	if err != nil {
		return err
	}
	defer file.Close()
	body := c.Site.Meter.Upload(c.Address(), file)
	if c.Account.ID != 0 {
		body = file
	}
	info, err := store.Put(body, header.Filename)
	if err != nil {
		return err
	}
	_, err = c.Site.Cases.Attach(c.Context(), c.Actor, id, casework.Attachment{
		SHA256: info.SHA256, Name: info.Name, Type: info.Type, Size: info.Size,
	})
	return err
}

// Send answers with a file, never to be shown in place by the browser.
func (c *Call) Send(store *blob.Store, file casework.Attachment) error {
	content, err := store.Get(file.SHA256)
	if err != nil {
		return err
	}
	defer content.Close()
	h := c.Writer.Header()
	h.Set("Content-Type", file.Type)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
	_, _ = io.Copy(c.Writer, content) // the client has gone if this fails
	return nil
}

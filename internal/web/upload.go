package web

import (
	"mime/multipart"
	"path/filepath"
	"strings"
	"unicode"

	"huiyin/internal/blob"
	"huiyin/internal/casework"
	"huiyin/internal/errs"
)

// Uploads are the files of a form that has been read.
func (c *Call) Uploads() []*multipart.FileHeader {
	if c.Request.MultipartForm == nil {
		return nil
	}
	var list []*multipart.FileHeader
	for _, header := range c.Request.MultipartForm.File["files"] {
		if header.Size > 0 {
			list = append(list, header)
		}
	}
	return list
}

// AttachAll adds the form's files to a ticket and names those that were
// refused: a file of a wrong kind must not cost somebody the rest.
func AttachAll(c *Call, store *blob.Store, id int64) (refused []string) {
	for _, header := range c.Uploads() {
		if err := attach(c, store, id, header); err != nil {
			message := "没有收到"
			if e, ok := errs.As(err); ok {
				message = e.Message
			}
			refused = append(refused, cleanName(header.Filename)+" — "+c.Words().Say(message))
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
	info, err := store.Put(body)
	if err != nil {
		return err
	}
	_, err = c.Site.Cases.Attach(c.Context(), c.Actor, id, casework.Attachment{
		SHA256: info.SHA256, Name: cleanName(header.Filename), Type: info.Type, Size: info.Size,
	})
	return err
}

// cleanName keeps the last part of a name and drops what is not printed.
func cleanName(name string) string {
	name = filepath.Base(strings.ReplaceAll(name, `\`, "/"))
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name)
}

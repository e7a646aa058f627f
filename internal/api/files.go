package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"huiyin/internal/blob"
	"huiyin/internal/casework"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

var errNoProposal = errs.New(errs.NotFound, "no_proposal", "派单目录中没有对应的条目")

// FileInput is a raw upload. The body is streamed to disk, never held whole.
type FileInput struct {
	NumberParam
	Name string `query:"name" doc:"文件名" required:"true" minLength:"1" maxLength:"200"`
	body io.Reader
}

// Resolve takes hold of the body before it is read.
func (in *FileInput) Resolve(ctx huma.Context) []error {
	in.body = ctx.BodyReader()
	return nil
}

func upload(op *huma.Operation) {
	op.DefaultStatus = http.StatusCreated
	op.MaxBodyBytes = blob.MaxSize + 1
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {}}}
}

// download says in the document what comes: any of the types that are taken.
func download(op *huma.Operation) {
	content := make(map[string]*huma.MediaType, len(blob.Types))
	for _, kind := range blob.Types {
		content[kind] = &huma.MediaType{}
	}
	op.Responses = map[string]*huma.Response{"200": {Description: "附件", Content: content}}
}

// files registers attachments, up and down.
func (a *api) files() {
	roles := []ticket.Role{ticket.Agent, ticket.Handler}
	route(a, Route{Method: "POST", Path: "/tickets/{number}/files", Summary: "上传附件", Roles: roles, Reach: OwnTicket},
		func(ctx context.Context, in *FileInput) (*FileOut, error) {
			id, err := a.Cases.Lookup(ctx, actorOf(ctx), in.Number)
			if err != nil {
				return nil, err
			}
			return a.attach(ctx, actorOf(ctx), id, in.Name, in.body)
		}, upload)
	route(a, Route{Method: "POST", Path: "/public/tickets/{number}/files", Summary: "上传附件", Reach: ByCode},
		func(ctx context.Context, in *publicFileInput) (*FileOut, error) {
			id, err := a.admit(ctx, in.Number, in.Code)
			if err != nil {
				return nil, err
			}
			return a.attach(ctx, ticket.TheRequester(), id, in.Name, a.Meter.Upload(senderOf(ctx), in.body))
		}, upload)
	route(a, Route{Method: "GET", Path: "/tickets/{number}/files/{sha256}", Summary: "下载附件", Roles: staff, Reach: OwnTicket},
		func(ctx context.Context, in *struct {
			NumberParam
			SHA256 string `path:"sha256" maxLength:"64"`
		},
		) (*huma.StreamResponse, error) {
			file, err := a.Cases.File(ctx, actorOf(ctx), in.Number, in.SHA256)
			if err != nil {
				return nil, err
			}
			return a.send(file)
		}, download)
}

type publicFileInput struct {
	FileInput
	CodeParam
}

// FileOut is an attachment that was taken.
type FileOut struct{ Body FileBody }

func (a *api) attach(ctx context.Context, actor ticket.Actor, id int64, name string, body io.Reader) (*FileOut, error) {
	if err := a.Cases.MayAttach(ctx, actor, id); err != nil {
		return nil, err
	}
	info, err := a.Files.Put(body, name)
	if _, ours := errors.AsType[*errs.Error](err); err != nil && !ours {
		err = errs.Wrap(err, errs.Invalid, "cut_off", "上传中断，请重新上传")
	}
	if err != nil {
		return nil, err
	}
	file, err := a.Cases.Attach(ctx, actor, id, casework.Attachment{SHA256: info.SHA256, Name: info.Name, Type: info.Type, Size: info.Size})
	return &FileOut{Body: a.file(file)}, err
}

// send streams a file as a download: what people uploaded is never shown in
// place by a browser.
func (a *api) send(file casework.Attachment) (*huma.StreamResponse, error) {
	f, err := a.Files.Get(file.SHA256)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer f.Close()
		ctx.SetHeader("Content-Type", file.Type)
		ctx.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
		ctx.SetHeader("X-Content-Type-Options", "nosniff")
		_, _ = io.Copy(ctx.BodyWriter(), f) // the client has gone if this fails
	}}, nil
}

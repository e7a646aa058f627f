// Package api is the JSON surface at /api/v1: it decodes, asks casework, and
// encodes. Its routes are one table, each with who may call it, from which
// the OpenAPI document, the checks and the permission test are made.
//
// What may not enter: decisions, SQL, HTML.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"huiyin/internal/blob"
	"huiyin/internal/casework"
	"huiyin/internal/meter"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// Prefix is where the API is mounted.
const Prefix = "/api/v1"

// Keys turns a bearer token into who is behind it. It fails with errs.Unknown.
type Keys interface {
	Actor(ctx context.Context, token string) (ticket.Actor, error)
}

// Config is what the API works with.
type Config struct {
	Cases   *casework.Service
	City    *org.Live
	Keys    Keys
	Files   *blob.Store
	Meter   *meter.Public
	Clock   func() time.Time
	Log     *slog.Logger
	Version string
	// RequestID names the request of a context, for answers that tell of a
	// failure of ours; nil if requests have no names.
	RequestID func(context.Context) string
}

type api struct {
	Config
	huma   huma.API
	routes []Route
}

// Mount adds the API to the mux and returns its route table.
func Mount(mux *http.ServeMux, c Config) []Route {
	speakChinese()
	config := huma.DefaultConfig("Huiyin 回音", c.Version)
	config.OpenAPIPath = Prefix + "/openapi"
	config.DocsPath = ""
	config.SchemasPath = ""
	config.Formats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}
	config.CreateHooks = nil // no $schema links in answers
	config.Info.Description = "12345 政务服务便民热线平台接口。除标明“公开”的接口外，均须携带 Authorization: Bearer 令牌。"
	config.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "huiyin user token 签发的令牌"},
	}
	vocabulary(config.Components.Schemas)
	a := &api{Config: c, huma: humago.New(mux, config)}
	a.desk()
	a.commands()
	a.public()
	a.city()
	a.files()
	a.events()
	mux.Handle(Prefix+"/", Nowhere(mux))
	return a.routes
}

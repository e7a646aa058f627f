package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"huiyin/internal/api"
	"huiyin/internal/blob"
	"huiyin/internal/ticket"
)

func (w *town) upload(t testing.TB, r taken, name string, content io.Reader) reply {
	t.Helper()
	return w.ask(t, call{method: "POST", path: "/public/tickets/" + r.Number + "/files?name=" + url.QueryEscape(name), code: r.Code, body: content})
}

func sum(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}

func TestUploads(t *testing.T) {
	t.Parallel()
	w := small(t)
	r := w.submit(t, matter("路灯不亮"))
	largest := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte{7}, blob.MaxSize-9)...)
	tooLarge := slices.Concat(largest, []byte{7})
	for _, c := range []struct {
		label, name string
		content     []byte
		status      int
		code        string
	}{
		{"text", "说明.txt", []byte("现场情况"), http.StatusCreated, ""},
		{"20 MB", "报告.pdf", largest, http.StatusCreated, ""},
		{"a byte more", "报告.pdf", tooLarge, http.StatusRequestEntityTooLarge, "file_too_large"},
		{"empty", "空.txt", nil, http.StatusUnprocessableEntity, "file_empty"},
		{"HTML", "照片.png", []byte("<!DOCTYPE html><script>alert(1)</script>"), http.StatusUnprocessableEntity, "file_type"},
		{"SVG", "照片.svg", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), http.StatusUnprocessableEntity, "file_type"},
		{"program", "照片.jpg", append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 100)...), http.StatusUnprocessableEntity, "file_type"},
		{"no name", "", []byte("现场情况"), http.StatusUnprocessableEntity, "invalid_request"},
		{"long name", strings.Repeat("长", 201), []byte("现场情况"), http.StatusUnprocessableEntity, "invalid_request"},
		{"NUL in the name", "a\x00b.txt", []byte("现场情况"), http.StatusUnprocessableEntity, "illegible"},
	} {
		a := w.upload(t, r, c.name, bytes.NewReader(c.content))
		if c.code != "" {
			a.refused(t, c.status, c.code)
			continue
		}
		var taken api.FileBody
		a.want(t, c.status).into(t, &taken)
		if taken.SHA256 != sum(c.content) || taken.Size != int64(len(c.content)) || taken.Name != c.name {
			t.Errorf("%s: %+v", c.label, taken)
		}
	}
	if files := w.view(t, center, r.Number).Files; len(files) != 2 {
		t.Errorf("the ticket has %+v, want the two that were taken", files)
	}
}

func TestDownload(t *testing.T) {
	t.Parallel()
	w := small(t)
	r := w.submit(t, matter("路灯不亮"))
	content := []byte("现场情况 <script>alert(1)</script>")
	w.upload(t, r, "..\\..\\etc/现场\r\n\"说明\".txt", bytes.NewReader(content)).want(t, http.StatusCreated)
	a := w.ask(t, call{method: "GET", path: "/tickets/" + r.Number + "/files/" + sum(content), token: tokenOf(center)}).want(t, http.StatusOK)
	if !bytes.Equal(a.body, content) {
		t.Errorf("downloaded %q", a.body)
	}
	how, params, err := mime.ParseMediaType(a.header.Get("Content-Disposition"))
	if err != nil || how != "attachment" || params["filename"] != `现场"说明".txt` {
		t.Errorf("Content-Disposition %q: %s %q %v", a.header.Get("Content-Disposition"), how, params, err)
	}
	if a.header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") {
		t.Errorf("headers %v", a.header)
	}
}

// A digest opens a file only on a ticket that has it and that one may see.
func TestFilesOfOthers(t *testing.T) {
	t.Parallel()
	w := small(t)
	mine, theirs := w.submit(t, matter("路灯不亮")), w.submit(t, matter("井盖缺失"))
	content := []byte("井盖照片说明")
	w.upload(t, theirs, "a.txt", bytes.NewReader(content)).want(t, http.StatusCreated)
	for number, unit := range map[string]ticket.UnitID{mine.Number: deptA, theirs.Number: deptB} {
		w.do(t, center, number, "accept", nil)
		w.do(t, center, number, "dispatch", M{"lead": unit})
	}
	get := func(r taken, digest string) reply {
		return w.ask(t, call{method: "GET", path: "/tickets/" + r.Number + "/files/" + digest, token: tokenOf(deptA)})
	}
	get(theirs, sum(content)).refused(t, http.StatusNotFound, "ticket_not_found")
	get(mine, sum(content)).refused(t, http.StatusNotFound, "file_not_found")
	// To claim the digest does not make the file one's own.
	w.ask(t, call{method: "POST", path: "/public/tickets/" + mine.Number + "/add_material", code: mine.Code, body: M{
		"files": []M{{"sha256": sum(content), "size": len(content), "type": "text/plain"}},
	}})
	get(mine, sum(content)).refused(t, http.StatusNotFound, "file_not_found")
	for _, digest := range []string{"x", strings.Repeat("0", 64), "..%2f..%2fhuiyin.db", strings.ToUpper(sum(content))} {
		if a := get(mine, digest); a.status != http.StatusNotFound {
			t.Errorf("%s: %s", digest, a)
		}
	}
}

// A file that a closed ticket does not take is not on it.
func TestUploadRefused(t *testing.T) {
	t.Parallel()
	w := small(t)
	r := w.submit(t, matter("路灯不亮"))
	w.do(t, center, r.Number, "reject", M{"code": "court"})
	content := []byte("迟到的说明")
	w.upload(t, r, "a.txt", bytes.NewReader(content)).refused(t, http.StatusConflict, "state")
	if files := w.view(t, center, r.Number).Files; len(files) != 0 {
		t.Errorf("the ticket has %+v", files)
	}
	w.ask(t, call{method: "GET", path: "/tickets/" + r.Number + "/files/" + sum(content), token: tokenOf(center)}).refused(t, http.StatusNotFound, "file_not_found")
}

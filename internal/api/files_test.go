package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"huiyin/internal/api"
	"huiyin/internal/blob"
	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
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

// unread is a body that must not be read.
type unread struct{ testing.TB }

func (u unread) Read([]byte) (int, error) {
	u.Error("the body was read")
	return 0, io.EOF
}

// A ticket that takes no file costs no disk.
func TestUploadRefused(t *testing.T) {
	t.Parallel()
	w := small(t)
	closed, full := w.submit(t, matter("路灯不亮")), w.submit(t, matter("路灯不亮"))
	w.do(t, center, closed.Number, "reject", M{"code": "court"})
	w.upload(t, closed, "a.txt", unread{t}).refused(t, http.StatusConflict, "state")
	for i := range casework.MaxFiles {
		w.upload(t, full, "a.txt", strings.NewReader(fmt.Sprint("说明", i))).want(t, http.StatusCreated)
	}
	w.upload(t, full, "a.txt", unread{t}).refused(t, http.StatusConflict, "files")
	for number, want := range map[string]int{closed.Number: 0, full.Number: casework.MaxFiles} {
		if files := w.view(t, center, number).Files; len(files) != want {
			t.Errorf("%d files, want %d", len(files), want)
		}
	}
}

// TestUploadsAtOnce: one file sent several times at once is one, several files
// are several, and each has its record.
func TestUploadsAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		r := w.submit(t, matter("路灯不亮"))
		var group sync.WaitGroup
		for i := range 12 {
			group.Go(func() {
				a := w.upload(t, r, "a.txt", strings.NewReader(fmt.Sprint("说明", i%4)))
				if a.status != http.StatusCreated {
					t.Errorf("upload %d: %s", i, a)
				}
			})
		}
		group.Wait()
		v := w.view(t, center, r.Number)
		added := 0
		for _, e := range v.Timeline {
			if e.Type == "material_added" {
				added++
			}
		}
		if len(v.Files) != 4 || added != 4 {
			t.Errorf("%d files, %d records, want 4", len(v.Files), added)
		}
	})
}

// One address cannot fill the disk with what is refused.
func TestUploadBudget(t *testing.T) {
	t.Parallel()
	w := small(t)
	r := w.submit(t, matter("路灯不亮"))
	upload := func(from string, body io.Reader) reply {
		return w.ask(t, call{method: "POST", path: "/public/tickets/" + r.Number + "/files?name=a.txt", code: r.Code, body: body, from: from + ":1"})
	}
	page := append([]byte("<html>"), bytes.Repeat([]byte{' '}, blob.MaxSize-6)...)
	for range 10 {
		upload("192.0.2.1", bytes.NewReader(page)).refused(t, http.StatusUnprocessableEntity, "file_type")
	}
	a := upload("192.0.2.1", strings.NewReader("说明"))
	a.refused(t, http.StatusTooManyRequests, "too_many_bytes")
	if a.header.Get("Retry-After") == "" {
		t.Errorf("refused without saying until when: %v", a.header)
	}
	upload("192.0.2.2", strings.NewReader("说明")).want(t, http.StatusCreated)
	w.wait(time.Hour)
	upload("192.0.2.1", strings.NewReader("另一说明")).want(t, http.StatusCreated)
}

// A body that breaks off leaves nothing, and is not our fault.
func TestUploadCutOff(t *testing.T) {
	t.Parallel()
	w := small(t)
	r := w.submit(t, matter("路灯不亮"))
	body := io.MultiReader(strings.NewReader("说明的前半"), iotest.ErrReader(io.ErrUnexpectedEOF))
	w.upload(t, r, "a.txt", body).refused(t, http.StatusUnprocessableEntity, "cut_off")
	if files := w.view(t, center, r.Number).Files; len(files) != 0 {
		t.Errorf("the ticket has %+v", files)
	}
}

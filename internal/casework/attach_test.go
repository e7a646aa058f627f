package casework_test

import (
	"testing"

	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// TestFileBytes: a ticket takes so many bytes and no more; what it does not
// take leaves no record.
func TestFileBytes(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		tk := w.submit(t, "路灯不亮")
		attach := func(sum string, size int64) error {
			_, err := w.Attach(t.Context(), actor(center), tk.ID, casework.Attachment{SHA256: sum, Name: "视频.mp4", Type: "video/mp4", Size: size})
			return err
		}
		if err := attach("first", casework.MaxFileBytes-10); err != nil {
			t.Fatal(err)
		}
		if err := attach("second", 11); errs.CodeOf(err) != "file_bytes" {
			t.Errorf("too much: %v", err)
		}
		if err := attach("first", casework.MaxFileBytes-10); err != nil {
			t.Errorf("the same again: %v", err)
		}
		if err := w.MayAttach(t.Context(), actor(center), tk.ID); err != nil {
			t.Errorf("ten bytes are left: %v", err)
		}
		if err := attach("third", 10); err != nil {
			t.Errorf("what there is room for: %v", err)
		}
		if err := w.MayAttach(t.Context(), actor(center), tk.ID); errs.CodeOf(err) != "file_bytes" {
			t.Errorf("none are left: %v", err)
		}
		v, err := w.Open(t.Context(), actor(center), tk.Number)
		if err != nil {
			t.Fatal(err)
		}
		added := 0
		for _, r := range v.Timeline {
			if _, ok := r.Event.(ticket.MaterialAdded); ok {
				added++
			}
		}
		if added != 2 || len(v.Files) != 2 {
			t.Errorf("%d records, %d files", added, len(v.Files))
		}
		verified(t, w)
	})
}

// TestFilesOfTheRequester: requesters find again what they gave, and nothing
// that staff added.
func TestFilesOfTheRequester(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		tk := w.submit(t, "路灯不亮")
		for name, who := range map[string]ticket.Actor{"现场照片": ticket.TheRequester(), "内部材料": actor(center)} {
			if _, err := w.Attach(t.Context(), who, tk.ID, casework.Attachment{SHA256: name, Name: name, Type: "image/png", Size: 1}); err != nil {
				t.Fatal(err)
			}
		}
		track, err := w.Track(t.Context(), tk.ID)
		if err != nil || len(track.Files) != 1 || track.Files[0].Name != "现场照片" {
			t.Errorf("the requester finds %+v, %v", track.Files, err)
		}
		if _, err := w.File(t.Context(), ticket.TheRequester(), tk.Number, "现场照片"); err != nil {
			t.Error(err)
		}
		if _, err := w.File(t.Context(), ticket.TheRequester(), tk.Number, "内部材料"); !errs.Is(err, errs.NotFound) {
			t.Errorf("the requester fetches a file of the staff: %v", err)
		}
		if _, err := w.File(t.Context(), actor(center), tk.Number, "内部材料"); err != nil {
			t.Error(err)
		}
		if open, err := w.Published(t.Context(), tk.Number); err != nil || len(open.Files) != 0 {
			t.Errorf("everybody finds %+v, %v", open.Files, err)
		}
	})
}

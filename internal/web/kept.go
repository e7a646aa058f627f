package web

import (
	"fmt"
	"net/http"
	"sync"

	"huiyin/internal/web/ui"
)

// ShowKept answers with a page that is the same for everybody who reads it in
// the same language and size: it is made once for a key. What is said once on a
// page is said on one of its own.
func (c *Call) ShowKept(kept *Kept, key string, pages ui.Pages, name string, frame ui.Frame, view func() any) error {
	if frame.Done != "" || frame.Refused != "" {
		return c.Show(http.StatusOK, pages, name, frame, view())
	}
	key = fmt.Sprint(frame.Lang, frame.Large, frame.Path, " ", key)
	page, ok := kept.get(key)
	if !ok {
		var err error
		if page, err = pages.Render(name, frame, view()); err != nil {
			return err
		}
		kept.put(key, page)
	}
	return c.send(http.StatusOK, page)
}

// Kept holds pages that were made. It is safe for concurrent use.
type Kept struct {
	mu    sync.Mutex
	pages map[string][]byte
}

// maxKept is how many pages are held; more begin anew.
const maxKept = 50

func (k *Kept) get(key string) ([]byte, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	page, ok := k.pages[key]
	return page, ok
}

func (k *Kept) put(key string, page []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.pages) >= maxKept || k.pages == nil {
		k.pages = map[string][]byte{}
	}
	k.pages[key] = page
}

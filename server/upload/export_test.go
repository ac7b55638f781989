package upload

import "time"

// Hurry makes a handler as impatient as a test is.
func (h *Handler) Hurry(d time.Duration) { h.transfer = d }

package health

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Watch follows the reports of some integrations, or of all that are in use. One goroutine uses it; Close ends it.
type Watch struct {
	service *Service
	ids     []string // nil = all that are not archived
	after   *round
	known   map[string]Report
}

// Watch begins to follow. While anybody does, Run judges more often.
func (s *Service) Watch(integrationIDs []string) *Watch {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watches++
	select {
	case s.nudge <- struct{}{}:
	default:
	}
	return &Watch{service: s, ids: integrationIDs, after: s.latest}
}

// Close ends it.
func (w *Watch) Close() {
	w.service.mu.Lock()
	defer w.service.mu.Unlock()
	w.service.watches--
}

// Next gives first the present report of each integration, and then, as soon as they have been judged again, those that
// have changed; of two that follow each other fast the later. It may give none: the caller looks whether it still may follow.
func (w *Watch) Next(ctx context.Context) ([]Report, error) {
	if w.known == nil {
		reports, err := w.service.Reports(ctx, w.ids)
		if err != nil {
			return nil, err
		}
		w.known = map[string]Report{}
		return w.changed(reports), nil
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-w.after.followed:
	}
	w.after = w.service.present()
	return w.changed(w.after.reports), nil
}

// changed are the reports that say something new, in the order of their ids.
func (w *Watch) changed(reports map[string]Report) (news []Report) {
	for id, r := range reports {
		before, known := w.known[id]
		wanted := known || w.ids != nil && slices.Contains(w.ids, id) || w.ids == nil && !r.archived
		if !wanted || known && (r.CheckedAt.Before(before.CheckedAt) || r.alike(before)) {
			continue
		}
		w.known[id] = r
		news = append(news, r)
	}
	slices.SortFunc(news, func(a, b Report) int { return strings.Compare(a.IntegrationID, b.IntegrationID) })
	return news
}

// alike says whether two reports differ in nothing but when they were made.
func (r Report) alike(other Report) bool {
	return r.Status == other.Status && r.Quarantined == other.Quarantined && r.archived == other.archived &&
		r.Callbacks.alike(other.Callbacks) &&
		slices.EqualFunc(r.Problems, other.Problems, func(a, b Problem) bool {
			return a.Code == b.Code && a.Severity == b.Severity && same(a.Since, b.Since) && same(a.RetryAt, b.RetryAt)
		})
}

func (c Callbacks) alike(other Callbacks) bool {
	return c.Announced == other.Announced && c.Found == other.Found && c.Silent == other.Silent && same(c.LastAt, other.LastAt)
}

// same compares two moments, either of which may be none.
func same(a, b *time.Time) bool { return a == nil && b == nil || a != nil && b != nil && a.Equal(*b) }

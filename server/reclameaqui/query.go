package reclameaqui

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MaxPageSize is the most complaints that RA gives in one page, and so the most ids that one read asks for.
const MaxPageSize = 50

// SortKey is an order that RA is known to accept.
type SortKey string

// The orders. Only SortIDAsc is stable while complaints arrive.
const (
	SortCreatedDesc SortKey = "created desc"
	SortCreatedAsc  SortKey = "created asc"
	SortIDAsc       SortKey = "id asc"
)

// Query says which complaints are meant. Conditions combine with AND; zero values are absent.
type Query struct {
	// Page is 1-based; 0 means 1.
	Page int
	// Size is 1 to MaxPageSize; 0 and more than that mean MaxPageSize.
	Size      int
	CompanyID int64
	// The four instants are inclusive, and sent as full UTC instants with milliseconds: RA's zone for a plain date is not known.
	CreatedFrom, CreatedTo, ModifiedFrom, ModifiedTo time.Time
	// Sort "" leaves the order to RA.
	Sort SortKey
	// IDs are sent as id[in], or id[eq] if there is one. Whether RA takes id[in] is not certain: Read knows the way around, List does not.
	IDs []int64
}

// instant is the layout of a date in a query; RA also takes microseconds and plain dates.
const instant = "2006-01-02T15:04:05.000Z"

// filters are the conditions without page and order, as the count takes them.
func (q Query) filters() url.Values {
	v := url.Values{}
	if q.CompanyID > 0 {
		v.Set("company.id[eq]", strconv.FormatInt(q.CompanyID, 10))
	}
	setInstant(v, "creation_date[gte]", q.CreatedFrom)
	setInstant(v, "creation_date[lte]", q.CreatedTo)
	setInstant(v, "last_modification_date[gte]", q.ModifiedFrom)
	setInstant(v, "last_modification_date[lte]", q.ModifiedTo)
	switch len(q.IDs) {
	case 0:
	case 1:
		v.Set("id[eq]", strconv.FormatInt(q.IDs[0], 10))
	default:
		v.Set("id[in]", joinIDs(q.IDs))
	}
	return v
}

// values are the whole query of a list.
func (q Query) values() url.Values {
	v := q.filters()
	v.Set("page[number]", strconv.Itoa(q.page()))
	v.Set("page[size]", strconv.Itoa(q.size()))
	switch q.Sort {
	case SortCreatedDesc:
		v.Set("sort[creation_date]", "desc")
	case SortCreatedAsc:
		v.Set("sort[creation_date]", "asc")
	case SortIDAsc:
		v.Set("sort[id]", "ASC")
	}
	return v
}

func (q Query) page() int { return max(q.Page, 1) }

func (q Query) size() int {
	if q.Size < 1 || q.Size > MaxPageSize {
		return MaxPageSize
	}
	return q.Size
}

func setInstant(v url.Values, key string, t time.Time) {
	if !t.IsZero() {
		v.Set(key, t.UTC().Format(instant))
	}
}

func joinIDs(ids []int64) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(texts, ",")
}

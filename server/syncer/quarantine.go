package syncer

import (
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/quarantine"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/inbox"
	"citrus.cx/channel/server/reclameaqui"
	"citrus.cx/channel/server/ticket"
)

// Reasons of the quarantine.
const (
	unreadable = "unreadable" // a part that matters could not be read; what could be is merged
	unmerged   = "merge"      // it could not be written
)

// aside is why a complaint is set aside.
type aside struct{ reason, detail string }

// quarantine sets aside complaints that could not be read or merged: each is tried again by
// itself, ever later, and nothing is skipped for good (rule S2): it is in the transaction that
// goes on beyond them.
func (j *job) quarantine(
	ctx context.Context, tx *db.Tx, read []reclameaqui.Complaint, failed []ticket.Failure, malformed []reclameaqui.Malformed,
) error {
	list := map[int64]aside{}
	for id, detail := range flawed(read) {
		list[id] = aside{unreadable, detail}
	}
	for _, f := range failed {
		list[f.ComplaintID] = aside{unmerged, database.Reason(f.Err)}
	}
	for _, m := range malformed {
		if m.ID > 0 {
			list[m.ID] = aside{unreadable, "id"}
			continue
		}
		j.Log.WarnContext(ctx, "row without an id from Reclame Aqui", "integration", j.row.ID, "index", m.Index)
	}
	for _, id := range slices.Sorted(maps.Keys(list)) {
		if err := j.setAside(ctx, tx, id, list[id]); err != nil {
			return err
		}
	}
	return nil
}

func (j *job) setAside(ctx context.Context, tx *db.Tx, complaintID int64, why aside) error {
	attempts := 1
	known, err := tx.Quarantine.Query().
		Where(quarantine.IntegrationID(j.row.ID), quarantine.ComplaintID(complaintID)).Only(ctx)
	if err != nil && !db.IsNotFound(err) {
		return err
	}
	if known != nil {
		attempts = known.Attempts + 1
	}
	now := j.Now()
	retry := now.Add(12 * backoff(attempts)) // from one minute to an hour
	err = tx.Quarantine.Create().SetIntegrationID(j.row.ID).SetComplaintID(complaintID).
		SetReason(why.reason).SetDetail(why.detail).SetAttempts(attempts).SetRetryAt(retry).
		OnConflict(sql.ConflictColumns(quarantine.FieldIntegrationID, quarantine.FieldComplaintID)).
		Update(func(u *db.QuarantineUpsert) {
			u.SetReason(why.reason).SetDetail(why.detail).SetAttempts(attempts).SetRetryAt(retry).SetUpdatedAt(now)
		}).Exec(ctx)
	if err != nil {
		return err
	}
	return j.Inbox.PutAt(ctx, tx, j.row.ID, hint.CauseRETRY, retry,
		inbox.Reference{Kind: hint.KindCOMPLAINT, Value: strconv.FormatInt(complaintID, 10)})
}

// release takes complaints that are well out of quarantine: merged in full, or not shown any more when they were asked
// for. Those that failed again stay, so that they are tried ever later.
func (j *job) release(
	ctx context.Context, tx *db.Tx, read []reclameaqui.Complaint, asked []int64, malformed []reclameaqui.Malformed, failed []ticket.Failure,
) error {
	flaws := flawed(read)
	var ids []int64
	for _, c := range read {
		_, bad := flaws[c.ID]
		if !bad && !slices.ContainsFunc(failed, func(f ticket.Failure) bool { return f.ComplaintID == c.ID }) {
			ids = append(ids, c.ID)
		}
	}
	for _, id := range asked {
		if !shows(read, malformed, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Quarantine.Delete().
		Where(quarantine.IntegrationID(j.row.ID), quarantine.ComplaintIDIn(ids...)).Exec(ctx)
	return err
}

func shows(read []reclameaqui.Complaint, malformed []reclameaqui.Malformed, id int64) bool {
	return slices.ContainsFunc(read, func(c reclameaqui.Complaint) bool { return c.ID == id }) ||
		slices.ContainsFunc(malformed, func(m reclameaqui.Malformed) bool { return m.ID == id })
}

// flawed names the complaints of a page of which a part that matters could not be read, with the keys of these parts.
// A flaw that most of a page has is how Reclame Aqui writes now: it is counted as such (ticket.strange), and to read
// all again would not mend it.
func flawed(list []reclameaqui.Complaint) map[int64]string {
	flaws, common := map[int64][]string{}, map[string]int{}
	for _, c := range list {
		for _, key := range flawsOf(c) {
			flaws[c.ID] = append(flaws[c.ID], key)
			common[key]++
		}
	}
	details := map[int64]string{}
	for id, keys := range flaws {
		keys = slices.DeleteFunc(keys, func(key string) bool { return len(list) >= 10 && common[key]*2 > len(list) })
		if len(keys) > 0 {
			details[id] = strings.Join(keys, ", ")
		}
	}
	return details
}

// flawsOf are the parts that every complaint has (section 3 of the wire contract) and that this one lacks.
func flawsOf(c reclameaqui.Complaint) (keys []string) {
	lacks := func(key string, missing bool) {
		if missing {
			keys = append(keys, key)
		}
	}
	lacks("creation_date", c.CreatedAt.IsZero())
	lacks("last_modification_date", c.ModifiedAt.IsZero())
	lacks("ra_status", c.RAStatus.ID == 0)
	for _, key := range []string{"complaint_title", "complaint_content"} {
		lacks(key, slices.Contains(c.Odd, key))
	}
	lacks("customer", c.Customer.ID == 0 && c.Customer.Name == "")
	lacks("interactions", slices.ContainsFunc(c.Odd, func(path string) bool {
		return path == "interactions" || strings.HasPrefix(path, "interactions.")
	}))
	return keys
}

// number is what an id may hide in: a text with something behind it, or an object that wraps it.
var number = regexp.MustCompile(`[0-9]{1,18}`)

// named gives rows without a readable id the only number that stands where it should be. It is used to ask for the
// complaint again, and nothing else.
func named(rows []reclameaqui.Malformed) []reclameaqui.Malformed {
	rows = slices.Clone(rows)
	for i, m := range rows {
		var row struct {
			ID json.RawMessage `json:"id"`
		}
		if m.ID > 0 || json.Unmarshal(m.Raw, &row) != nil {
			continue
		}
		if found := number.FindAll(row.ID, 2); len(found) == 1 {
			rows[i].ID, _ = strconv.ParseInt(string(found[0]), 10, 64) // 18 digits fit
		}
	}
	return rows
}

package syncer

import (
	"context"
	"errors"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/reclameaqui"
)

// countTogether asks once whether anything has changed for all integrations of a credential that are due. If nothing
// has, their rounds are done.
func (j *job) countTogether(ctx context.Context) error {
	lowest := *j.rows[0].Edges.SyncState.Watermark
	for _, row := range j.rows {
		lowest = earliest(lowest, *row.Edges.SyncState.Watermark)
	}
	answer, err := j.client.Count(ctx, reclameaqui.Query{ModifiedFrom: lowest.Add(-overlap)})
	if err != nil {
		return err
	}
	j.memory.counted(j.credential, answer.Total > 0, j.Now())
	if answer.Total > 0 {
		j.memory.judge(j.credential, true)
		return j.spent(ctx)
	}
	if believed, err := j.countsAll(ctx); err != nil || !believed {
		return errors.Join(err, j.spent(ctx))
	}
	mark := clockOf(answer.ServerTime, j.began).Add(-behind)
	return j.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, row := range j.rows {
			if err := j.of(row).unchanged(ctx, tx, mark); err != nil {
				return err
			}
		}
		return nil
	})
}

// countsAll says whether a count without a company counts anything at all at this Reclame Aqui: a nothing is believed
// only from one who once counted something. Who does not is not asked again.
func (j *job) countsAll(ctx context.Context) (believed bool, err error) {
	if believed, known := j.memory.believed(j.credential); known {
		return believed, nil
	}
	whole, err := j.client.Count(ctx, reclameaqui.Query{})
	if err != nil {
		return false, err
	}
	j.memory.judge(j.credential, whole.Total > 0)
	return whole.Total > 0, nil
}

// of is the job for another of its integrations; the call is in the first one's report.
func (j *job) of(row *db.Integration) *job {
	if row == j.row {
		return j
	}
	one := *j
	one.row, one.state, one.calls = row, row.Edges.SyncState, nil
	return &one
}

// unchanged ends a round that found nothing.
func (j *job) unchanged(ctx context.Context, tx *db.Tx, mark time.Time) error {
	t := tally{over: true}
	err := j.advanceState(ctx, tx, &t, progress{state: func(u *db.SyncStateUpdateOne, now *db.SyncState) {
		j.endRound(u, now, mark, reclameaqui.Page{})
	}})
	if err != nil {
		return err
	}
	return j.report(ctx, tx, t)
}

package desk

import (
	"context"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/solution"
)

// Setting is what decides which solutions may end a ticket: whose it is and what it is about.
type Setting struct{ IntegrationID, OccurrenceID string }

// SettingOf gives a ticket's.
func SettingOf(t *db.Ticket) Setting {
	return Setting{IntegrationID: t.IntegrationID, OccurrenceID: t.OccurrenceID}
}

// AllowedSolutions gives the solutions that may end tickets of these settings, by name: where the
// occurrence is the integration's own, those that the integration allows (rule A11), else all of the
// occurrence; in use, each with its occurrence. As many statements for many settings as for one.
func AllowedSolutions(ctx context.Context, c *db.Client, of []Setting) (map[Setting][]*db.Solution, error) {
	integrationIDs, occurrenceIDs := make([]string, len(of)), make([]string, len(of))
	for i, s := range of {
		integrationIDs[i], occurrenceIDs[i] = s.IntegrationID, s.OccurrenceID
	}
	inUse := func(q *db.SolutionQuery) {
		q.Where(solution.ArchivedAtIsNil()).Order(solution.ByNameFolded(), solution.ByID()).WithOccurrence()
	}
	integrations, err := c.Integration.Query().Where(integration.IDIn(integrationIDs...)).WithSolutions(inUse).
		Select(integration.FieldID, integration.FieldOccurrenceID).All(ctx)
	if err != nil {
		return nil, err
	}
	query := c.Solution.Query().Where(solution.OccurrenceIDIn(occurrenceIDs...))
	inUse(query)
	solutions, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	allowed := make(map[Setting][]*db.Solution, len(of))
	for _, s := range of {
		allowed[s] = allowedIn(s, integrations, solutions)
	}
	return allowed, nil
}

func allowedIn(s Setting, integrations []*db.Integration, solutions []*db.Solution) []*db.Solution {
	for _, i := range integrations {
		if i.ID == s.IntegrationID && deref(i.OccurrenceID) == s.OccurrenceID {
			return i.Edges.Solutions
		}
	}
	ofOccurrence := []*db.Solution{}
	for _, e := range solutions {
		if e.OccurrenceID == s.OccurrenceID {
			ofOccurrence = append(ofOccurrence, e)
		}
	}
	return ofOccurrence
}

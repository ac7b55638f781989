// The order of the list: the newest complaint first, as `tickets` has it without orderBy.
const newest = (a, b) => Date.parse(b.occurredAt) - Date.parse(a.occurredAt);

export const inOrder = (rows) => [...rows].sort(newest);

/** Where a ticket that is new to the list belongs; -1 when that is on a page which is not loaded yet. */
export function placeOf(ticket, rows, { hasNextPage }) {
  const place = rows.findIndex((row) => newest(ticket, row) < 0);
  return place < 0 && !hasNextPage ? rows.length : place;
}

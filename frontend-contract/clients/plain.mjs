// A page with no client but the living socket (socket.mjs) or stream (stream.mjs) and fetch: the list is a Map.
import { text } from './documents.mjs';
import { inOrder, placeOf } from './list.mjs';

export function openPage({ session, url, live, first = 50, changed, ended }) {
  const rows = new Map(); // id → ticket
  let forward;
  let leave = () => {};

  async function ask(name, variables) {
    const response = await session.fetch(url, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ query: text(name), variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw Object.assign(new Error(errors[0].message), { errors });
    return data;
  }
  /** The ticket as it is now, unless a newer one is here already. */
  function put(ticket) {
    if (ticket && !(rows.get(ticket.id)?.version > ticket.version)) rows.set(ticket.id, { ...rows.get(ticket.id), ...ticket });
  }
  function follow(after) {
    leave = live.subscribe({ query: text('TicketChanges'), variables: { after } }, {
      next({ data, errors }) {
        if (errors) return ended(errors);
        const update = data.ticketChanges;
        if (update.__typename === 'ResyncRequired') return void refresh().then(() => changed(), ended); // the subscription goes on
        const { ticket } = update;
        const shown = ticket && (rows.has(ticket.id) || placeOf(ticket, page.rows(), forward) >= 0);
        if (shown) put(ticket);
        else if (!ticket) rows.delete(update.ticketId); // not visible any more
        changed(update);
      },
      error: ended,
      complete: ended,
    });
  }
  async function refresh() {
    const before = new Map(rows);
    const { eventCursor, tickets } = await ask('Tickets', { first });
    // What an event has brought meanwhile may be newer than the answer.
    for (const [id, row] of rows) if (before.get(id) === row) rows.delete(id);
    tickets.edges.forEach(({ node }) => put(node));
    forward = tickets.pageInfo;
    return eventCursor;
  }
  const page = {
    load: async () => follow(await refresh()),
    async more(after = forward.endCursor) {
      const { tickets } = await ask('MoreTickets', { first, after });
      tickets.edges.forEach(({ node }) => put(node));
      forward = tickets.pageInfo;
    },
    rows: () => inOrder(rows.values()),
    async mutate(name, input) {
      const payload = Object.values(await ask(name, { input }))[0];
      if (rows.has(payload.ticket?.id)) put(payload.ticket);
      return payload;
    },
    ask,
    /** The codes of a request that failed as a whole. */
    codes: ({ errors }) => errors.map(({ extensions }) => extensions.code),
    close: () => leave(),
  };
  return page;
}

// A page with no client but the living socket (socket.mjs) or stream (stream.mjs) and fetch: the list is a Map.
import { text } from './documents.mjs';

export function openPage({ session, url, live, first = 50, changed, ended }) {
  const rows = new Map(); // in the list's order: the newest change first
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
        if (update.__typename === 'ResyncRequired') return void page.load(); // missed for good
        if (update.ticket) put(update.ticket);
        else rows.delete(update.ticketId); // not visible any more
        changed(update);
      },
      error: ended,
      complete: ended,
    });
  }
  const page = {
    async load() {
      const { eventCursor, tickets } = await ask('Tickets', { first });
      rows.clear();
      tickets.edges.forEach(({ node }) => put(node));
      forward = tickets.pageInfo;
      leave();
      follow(eventCursor);
    },
    async more(after = forward.endCursor) {
      const { tickets } = await ask('MoreTickets', { first, after });
      tickets.edges.forEach(({ node }) => put(node));
      forward = tickets.pageInfo;
    },
    rows: () => [...rows.values()],
    async mutate(name, input) {
      const payload = Object.values(await ask(name, { input }))[0];
      put(payload.ticket);
      return payload;
    },
    ask,
    /** The codes of a request that failed as a whole. */
    codes: ({ errors }) => errors.map(({ extensions }) => extensions.code),
    close: () => leave(),
  };
  return page;
}

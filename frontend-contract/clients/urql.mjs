// urql with its normalised cache (Graphcache), and subscriptionExchange over the living socket or stream.
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { document } from './documents.mjs';

const TICKETS = document('Tickets');

// What has no identity of its own is read with what holds it; Graphcache wants to be told.
const embedded = Object.fromEntries(['ReplyClaim', 'TicketChange', 'ResyncRequired', 'Actor', 'TicketSla', 'UserError']
  .map((type) => [type, () => null]));

export function openPage({ session, url, live, first = 50, changed, ended }) {
  const client = new Client({
    url,
    fetch: session.fetch,
    preferGetMethod: false,
    exchanges: [
      cacheExchange({
        keys: embedded,
        resolvers: { Query: { tickets: relayPagination() } },
        updates: { Subscription: { ticketChanges: ({ ticketChanges }, _, cache) => apply(ticketChanges, cache) } },
      }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({ unsubscribe: live.subscribe({ query, variables }, sink) }),
        }),
      }),
    ],
  });
  const newest = new Map(); // ticket → the version that an event told
  let rows = [];
  let forward;
  let view;
  let following;

  /** Known tickets have changed by their ids already; one that is new, or gone, changes the list. */
  function apply(update, cache) {
    if (update.__typename === 'ResyncRequired') return;
    if (!update.ticket) cache.invalidate({ __typename: 'Ticket', id: update.ticketId });
    else if (!rows.some(({ id }) => id === update.ticketId)) {
      for (const { fieldName, arguments: args } of cache.inspectFields('Query')) {
        if (fieldName === 'tickets') cache.invalidate('Query', fieldName, args); // the list is asked for again
      }
    }
  }
  function follow(after) {
    following = client.subscription(document('TicketChanges'), { after }).subscribe(({ data, error }) => {
      if (error) return ended(error);
      if (data.ticketChanges.__typename === 'ResyncRequired') return void page.load(); // missed for good
      const update = data.ticketChanges;
      if (update.ticket) newest.set(update.ticketId, update.ticket.version);
      changed(update);
    });
  }
  /** The list on the screen: it follows the cache, whoever changes that. */
  function show(query, variables) {
    view?.unsubscribe();
    view = client.query(query, variables, { requestPolicy: 'cache-first' }).subscribe(({ data }) => {
      if (!data) return;
      rows = data.tickets.edges.map(({ node }) => node);
      forward = data.tickets.pageInfo;
      changed();
    });
  }
  async function ask(name, variables) {
    const { data, error } = await client.query(document(name), variables, { requestPolicy: 'network-only' }).toPromise();
    if (error) throw error;
    return data;
  }
  const page = {
    async load() {
      const { eventCursor } = await ask('Tickets', { first });
      following?.unsubscribe();
      show(TICKETS, { first });
      follow(eventCursor);
    },
    async more(after = forward.endCursor) {
      const variables = { first, after };
      await ask('MoreTickets', variables);
      show(document('MoreTickets'), variables);
    },
    rows: () => rows,
    ask,
    async mutate(name, input) {
      const { data, error } = await client.mutation(document(name), { input }).toPromise();
      if (error) throw error;
      const payload = Object.values(data)[0];
      if (newest.get(payload.ticket?.id) > payload.ticket?.version) await ask('TicketRows', { ids: [payload.ticket.id] });
      return payload;
    },
    codes: ({ graphQLErrors }) => graphQLErrors.map(({ extensions }) => extensions.code),
    close() {
      view?.unsubscribe();
      following?.unsubscribe();
    },
  };
  return page;
}

// urql with its normalised cache (Graphcache), and subscriptionExchange over the living socket or stream.
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { document } from './documents.mjs';
import { placeOf } from './list.mjs';

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
    const ref = cache.keyOfEntity({ __typename: 'Ticket', id: update.ticketId });
    if (!update.ticket) {
      for (const { fieldKey } of cache.inspectFields('Query').filter(({ fieldName }) => fieldName === 'tickets')) {
        const connection = cache.resolve('Query', fieldKey);
        cache.link(connection, 'edges', cache.resolve(connection, 'edges').filter((edge) => cache.resolve(edge, 'node') !== ref));
      }
      return;
    }
    cache.updateQuery({ query: TICKETS, variables: { first } }, (data) => {
      if (!data) return null;
      const { edges } = data.tickets;
      const nodes = edges.map(({ node }) => node);
      const place = nodes.some(({ id }) => id === update.ticketId) ? -1 : placeOf(update.ticket, nodes, data.tickets.pageInfo);
      if (place >= 0) edges.splice(place, 0, { __typename: 'TicketEdge', cursor: '', node: update.ticket });
      return place < 0 ? null : data;
    });
  }
  function follow(after) {
    following = client.subscription(document('TicketChanges'), { after }).subscribe(({ data, error }) => {
      if (error) return ended(error);
      if (data.ticketChanges.__typename === 'ResyncRequired') return void refresh().catch(ended); // the subscription goes on
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
  async function refresh() {
    const { eventCursor } = await ask('Tickets', { first });
    show(TICKETS, { first });
    return eventCursor;
  }
  const page = {
    load: async () => follow(await refresh()),
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

// Apollo Client 4: HttpLink, and GraphQLWsLink over the living socket. Apollo's own subscriptions over HTTP are
// multipart, which this server does not speak; over events give GraphQLWsLink a stream (stream.mjs), it asks its
// client for nothing but subscribe.
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import WebSocket from 'ws';
import { document } from './documents.mjs';
import { placeOf } from './list.mjs';

globalThis.WebSocket ??= WebSocket; // GraphQLWsLink looks at it; browsers and Node 22 have it

const TICKETS = document('Tickets');

export function openPage({ session, url, live, first = 50, changed, ended }) {
  const client = new ApolloClient({
    link: ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(live), new HttpLink({ uri: url, fetch: session.fetch })),
    cache: new InMemoryCache({
      typePolicies: { Query: { fields: { tickets: relayStylePagination(['filter', 'orderBy']) } } },
    }),
  });
  const { cache } = client;
  // The list on the screen: it follows the cache, whoever changes that.
  const list = client.watchQuery({ query: TICKETS, variables: { first }, fetchPolicy: 'cache-only' });
  const view = list.subscribe(() => changed());
  const newest = new Map(); // ticket → the version that an event told
  let following;

  /** The cache holds the ticket already, by its id; what is new to the list, or gone from it, changes the list. */
  function apply(update) {
    if (update.__typename === 'ResyncRequired') return void refresh().catch(ended); // the subscription goes on
    if (!update.ticket) {
      cache.evict({ id: cache.identify({ __typename: 'Ticket', id: update.ticketId }) }); // relayStylePagination drops its edge
    } else {
      newest.set(update.ticketId, update.ticket.version);
      insert(update.ticket);
    }
    changed(update);
  }
  function insert(ticket) {
    cache.updateQuery({ query: TICKETS, variables: { first } }, (data) => {
      const { edges, pageInfo } = data.tickets;
      const rows = edges.map(({ node }) => node);
      const place = rows.some(({ id }) => id === ticket.id) ? -1 : placeOf(ticket, rows, pageInfo);
      if (place < 0) return undefined; // no change
      const edge = { __typename: 'TicketEdge', cursor: '', node: ticket };
      return { ...data, tickets: { ...data.tickets, edges: edges.toSpliced(place, 0, edge) } };
    });
  }
  function follow(after) {
    following = client.subscribe({ query: document('TicketChanges'), variables: { after } }).subscribe({
      next: ({ data, error }) => (error ? ended(error) : apply(data.ticketChanges)),
      error: ended,
      complete: ended,
    });
  }
  const ask = async (name, variables) =>
    (await client.query({ query: document(name), variables, fetchPolicy: 'network-only' })).data;
  const refresh = () => ask('Tickets', { first });
  const page = {
    load: async () => follow((await refresh()).eventCursor),
    more: (after = list.getCurrentResult().data.tickets.pageInfo.endCursor) => ask('MoreTickets', { first, after }),
    rows: () => list.getCurrentResult().data?.tickets?.edges.map(({ node }) => node) ?? [],
    async mutate(name, input) {
      const { data } = await client.mutate({ mutation: document(name), variables: { input } });
      const payload = Object.values(data)[0]; // its ticket is in the cache by now
      if (newest.get(payload.ticket?.id) > payload.ticket?.version) await ask('TicketRows', { ids: [payload.ticket.id] });
      return payload;
    },
    ask,
    codes: (error) => (CombinedGraphQLErrors.is(error) ? error.errors.map(({ extensions }) => extensions.code) : []),
    close() {
      view.unsubscribe();
      following?.unsubscribe();
      client.stop();
    },
  };
  return page;
}

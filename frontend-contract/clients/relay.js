// Relay: the store, a connection, subscriptions over the living socket or stream. relay-compiler reads the documents
// here (relay.config.json at the top); their names must begin with this file's.
import relay from 'relay-runtime';
import { placeOf } from './list.mjs';
import { graphql } from './relay-graphql.mjs'; // an app: from relay-runtime, with babel-plugin-relay

const {
  ConnectionHandler, Environment, Network, Observable, RecordSource, Store,
  commitMutation, createOperationDescriptor, fetchQuery, requestSubscription,
} = relay;

graphql`
  fragment relayRow on Ticket {
    id protocol status title version unread occurredAt
    customer { id name }
    assignee { id name }
    replyClaim { user { id name } }
  }`;

const TICKETS = graphql`
  query relayTicketsQuery($first: Int, $after: Cursor) {
    eventCursor
    tickets(first: $first, after: $after) @connection(key: "relay_tickets") {
      edges { cursor node { ...relayRow @relay(mask: false) } }
      pageInfo { hasNextPage endCursor }
    }
  }`;

const CHANGES = graphql`
  subscription relayChangesSubscription($after: Cursor) {
    ticketChanges(after: $after) {
      __typename cursor
      ... on TicketChange { kind changedFields ticketId ticket { ...relayRow @relay(mask: false) } }
    }
  }`;

const ROW = graphql`
  query relayRowQuery($id: ID!) { ticket(id: $id) { ...relayRow @relay(mask: false) } }`;

const mutations = {
  AssignTicket: graphql`
    mutation relayAssignTicketMutation($input: AssignTicketInput!) {
      assignTicket(input: $input) { ticket { ...relayRow @relay(mask: false) } errors { code field message retryable retryAfterMs } }
    }`,
  ClaimReply: graphql`
    mutation relayClaimReplyMutation($input: ClaimReplyInput!) {
      claimReply(input: $input) { ticket { ...relayRow @relay(mask: false) } errors { code field message retryable retryAfterMs } }
    }`,
};

export function openPage({ session, url, live, first = 50, changed, ended }) {
  const environment = new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(
      async ({ text: query }, variables) => {
        const response = await session.fetch(url, {
          method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ query, variables }),
        });
        return response.json();
      },
      ({ text: query }, variables) => Observable.create((sink) => live.subscribe({ query, variables }, sink)),
    ),
  });
  // The list on the screen; a component has usePaginationFragment for it.
  const list = createOperationDescriptor(TICKETS, { first });
  environment.retain(list);
  const data = () => environment.lookup(list.fragment).data;
  const view = environment.subscribe(environment.lookup(list.fragment), () => changed());
  const newest = new Map(); // ticket → the version that an event told
  let following;

  /** The store holds the ticket already, by its id; what is new to the list, or gone from it, changes the connection. */
  function updater(store, { ticketChanges: update }) {
    if (update.__typename === 'ResyncRequired') return;
    const connection = ConnectionHandler.getConnection(store.getRoot(), 'relay_tickets');
    const node = store.getRootField('ticketChanges').getLinkedRecord('ticket');
    if (!node) {
      ConnectionHandler.deleteNode(connection, update.ticketId);
      store.delete(update.ticketId);
      return;
    }
    const edges = connection.getLinkedRecords('edges');
    const rows = edges.map((edge) => edge.getLinkedRecord('node')).map((row) => ({
      id: row.getDataID(), occurredAt: row.getValue('occurredAt'),
    }));
    const place = rows.some(({ id }) => id === update.ticketId) ? -1 : placeOf(update.ticket, rows, data().tickets.pageInfo);
    if (place < 0) return;
    const edge = ConnectionHandler.createEdge(store, connection, node, 'TicketEdge');
    connection.setLinkedRecords(edges.toSpliced(place, 0, edge), 'edges');
  }
  function follow(after) {
    following = requestSubscription(environment, {
      subscription: CHANGES,
      variables: { after },
      updater,
      onNext({ ticketChanges: update }) {
        if (update.__typename === 'ResyncRequired') return void refresh().catch(ended); // the subscription goes on
        if (update.ticket) newest.set(update.ticketId, update.ticket.version);
        changed(update);
      },
      onError: ended,
      onCompleted: ended,
    });
  }
  const get = (query, variables) => fetchQuery(environment, query, variables, { fetchPolicy: 'network-only' }).toPromise();
  const refresh = () => get(TICKETS, { first });
  const page = {
    load: async () => follow((await refresh()).eventCursor),
    more: (after = data().tickets.pageInfo.endCursor) => get(TICKETS, { first, after }),
    rows: () => data().tickets?.edges.map(({ node }) => node) ?? [],
    async mutate(name, input) {
      const payload = Object.values(await new Promise((resolve, reject) => {
        commitMutation(environment, { mutation: mutations[name], variables: { input }, onCompleted: resolve, onError: reject });
      }))[0];
      if (payload.ticket && newest.get(payload.ticket.id) > payload.ticket.version) await get(ROW, { id: payload.ticket.id });
      return payload;
    },
    codes: ({ source }) => source.errors.map(({ extensions }) => extensions.code),
    close() {
      view.dispose();
      following?.dispose();
    },
  };
  return page;
}

// An agent's page in each stock client, as the app would have it (clients/), on a network that the test can cut.
import { openPage as apollo } from '../clients/apollo.mjs';
import { text } from '../clients/documents.mjs';
import { openEventSource } from '../clients/eventsource.mjs';
import { openPage as plain } from '../clients/plain.mjs';
import { openPage as relay } from '../clients/relay.js';
import { Session } from '../clients/session.mjs';
import { openSocket } from '../clients/socket.mjs';
import { openStream } from '../clients/stream.mjs';
import { openPage as urql } from '../clients/urql.mjs';
import { ask, server, signIn } from './client.mjs';
import { openNetwork } from './network.mjs';

export const desks = [
  { name: 'graphql-ws', openPage: plain, openLive: openSocket },
  { name: 'graphql-sse', openPage: plain, openLive: openStream },
  { name: 'EventSource', openPage: plain, openLive: openEventSource },
  { name: 'Apollo Client, graphql-ws', openPage: apollo, openLive: openSocket },
  { name: 'Apollo Client, graphql-sse', openPage: apollo, openLive: openStream },
  { name: 'urql, graphql-ws', openPage: urql, openLive: openSocket },
  { name: 'urql, graphql-sse', openPage: urql, openLive: openStream },
  { name: 'Relay, graphql-ws', openPage: relay, openLive: openSocket },
];

export const overSocket = ({ openLive }) => openLive === openSocket;

const PASSWORD = 'demo-demo-demo';
export const endpoint = `${server}/graphql`;

// All pages are tabs of one person: signing in has a limit.
const tabs = await Session.signIn(endpoint, 'agent@demo.test', PASSWORD);

/** Opens a page and loads it. `session` is that of its subscription, when it is one of its own. */
export async function sit(t, { openPage, openLive }, { session = tabs, first = 100 } = {}) {
  const network = await openNetwork(server);
  const live = openLive(session, network.url);
  const fetch = (...asked) => desk.fetch(...asked);
  const desk = { network, live, fetch: tabs.fetch, seen: [], ended: null, until };
  let wake = () => {};
  desk.page = openPage({
    session: { fetch }, url: endpoint, live, first,
    changed(update) {
      if (update) desk.seen.push(update);
      wake();
    },
    ended(problem) {
      desk.ended = problem ?? 'complete';
      wake();
    },
  });
  t.after(async () => {
    desk.page.close();
    await live.close();
    network.close();
  });
  await desk.page.load();
  return desk;

  /** What is found once it is there; looks again whenever something has come. */
  async function until(what, find) {
    const limit = AbortSignal.timeout(30_000);
    for (;;) {
      const found = find();
      if (found) return found;
      if (desk.ended) throw new Error(`ended before: ${what}`, { cause: desk.ended });
      await new Promise((resolve, reject) => {
        wake = resolve;
        limit.onabort = () => reject(new Error(`did not come: ${what}; came: ${JSON.stringify(desk.seen)}`));
      });
    }
  }
}

const colleague = await signIn('agent2@demo.test');
const admin = await signIn('admin@demo.test');
const { viewer } = await ask(colleague, '{ viewer { id name } }');
export { viewer as colleague };

/** What a colleague does meanwhile. */
export async function colleagueDoes(name, input) {
  const payload = Object.values(await ask(colleague, text(name), { input }))[0];
  if (payload.errors.length) throw new Error(JSON.stringify(payload.errors));
  return payload;
}

/** Where agents see nothing: another sector, with a subject of its. */
export async function elsewhere() {
  const { sectors } = await ask(admin, '{ sectors(first: 100) { edges { node { id name } } } }');
  const sectorId = sectors.edges.find(({ node }) => node.name === 'Financeiro').node.id;
  const { occurrenceTypes } = await ask(admin, `query($sectorId: ID!) { occurrenceTypes(sectorId: $sectorId, first: 1) { edges { node {
    id occurrences(first: 1) { edges { node { id } } } } } } }`, { sectorId });
  const { id: occurrenceTypeId, occurrences } = occurrenceTypes.edges[0].node;
  return { sectorId, occurrenceTypeId, occurrenceId: occurrences.edges[0].node.id };
}

/** The tokens of a new session of the agent. */
export async function newTokens() {
  const { signIn: tokens } = await ask('', text('SignIn'), { input: { email: 'agent@demo.test', password: PASSWORD } });
  return tokens;
}

// A live list of tickets (Atendimentos) in a terminal: sign in, load, subscribe, and after a lost
// connection go on where it was. Against the demo: `npm ci && npm run example`, then make something
// happen at http://127.0.0.1:8090/. Stop it with Ctrl-C; restart the server meanwhile and it catches up.
import { createClient } from 'graphql-ws';
import { setTimeout as wait } from 'node:timers/promises';
import WebSocket from 'ws';

const url = new URL('/graphql', process.env.CITRUS_URL ?? 'http://127.0.0.1:8080');
const email = process.env.CITRUS_EMAIL ?? 'agent@demo.test';
const password = process.env.CITRUS_PASSWORD ?? 'demo-demo-demo';

const PROBLEM = 'errors { code field message retryAfterMs }';
const TOKENS = `accessToken refreshToken expiresAt ${PROBLEM}`;
const ROW = 'id protocol status title version customer { name }';

/** One request. Throws what GraphQL refuses; a payload's own errors are the caller's. */
async function ask(query, variables = {}, token = '') {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/graphql-response+json, application/json;q=0.9',
      'Accept-Language': 'pt-BR',
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw Object.assign(new Error(errors[0].message), { code: errors[0].extensions?.code });
  return data;
}

/** The session: one pair of tokens, and never two refreshes at once. A browser app wraps renew() in navigator.locks. */
const session = {
  tokens: null,
  renewing: null,
  async token() {
    const fresh = this.tokens && Date.parse(this.tokens.expiresAt) - Date.now() > 60_000;
    if (!fresh) await (this.renewing ??= this.renew().finally(() => { this.renewing = null; }));
    return this.tokens.accessToken;
  },
  async renew() {
    if (this.tokens) {
      const { refreshSession } = await ask(
        `mutation($input: RefreshSessionInput!) { refreshSession(input: $input) { ${TOKENS} } }`,
        { input: { refreshToken: this.tokens.refreshToken } });
      this.tokens = refreshSession.accessToken ? refreshSession : null; // refused: the session is over
    }
    if (!this.tokens) await this.signIn(); // an app shows its sign-in screen instead
  },
  async signIn() {
    const { signIn } = await ask(
      `mutation($input: SignInInput!) { signIn(input: $input) { ${TOKENS} } }`, { input: { email, password } });
    if (signIn.errors.length) throw Object.assign(new Error(signIn.errors[0].message), { code: signIn.errors[0].code });
    this.tokens = signIn;
  },
  /** Makes the next token() refresh: the server has refused the one we have. */
  expire() {
    if (this.tokens) this.tokens.expiresAt = new Date(0).toISOString();
  },
};

const rows = new Map(); // id → ticket
let cursor = null; // the latest that we have seen; null: load first

async function load() {
  const data = await ask(
    `query { eventCursor tickets(first: 20) { edges { node { ${ROW} } } } }`, {}, await session.token());
  rows.clear();
  for (const { node } of data.tickets.edges) rows.set(node.id, node);
  cursor = data.eventCursor;
  console.log(`-- ${rows.size} tickets loaded`);
  for (const row of rows.values()) show(' ', row);
}

function apply(update) {
  if (update.__typename === 'ResyncRequired') {
    cursor = null; // what was missed is gone for good
    return;
  }
  cursor = update.cursor;
  const { ticket } = update;
  if (!ticket) {
    rows.delete(update.ticketId); // not visible any more: transferred to another sector
    return;
  }
  // The ticket is as it is now, which may be newer than this change: never put an older one over a newer.
  if ((rows.get(ticket.id)?.version ?? 0) <= ticket.version) rows.set(ticket.id, ticket);
  show(update.kind, ticket);
}

const show = (what, { protocol, status, title, customer }) =>
  console.log(what.padEnd(18), protocol, status.padEnd(16), `${title} (${customer.name})`);

/** Follows until the connection ends or the list must be loaded again. */
async function follow() {
  const client = createClient({
    url: url.href.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: async () => ({ Authorization: `Bearer ${await session.token()}` }),
    retryAttempts: 0, // we subscribe again ourselves, with another `after`
    keepAlive: 20_000,
  });
  const updates = client.iterate({
    query: `subscription($after: Cursor) { ticketChanges(after: $after) {
      __typename cursor ... on TicketChange { kind ticketId ticket { ${ROW} } } } }`,
    variables: { after: cursor },
  });
  try {
    for await (const { data, errors } of updates) {
      if (errors) throw Object.assign(new Error(errors[0].message), { code: errors[0].extensions?.code });
      pause = 0;
      apply(data.ticketChanges);
      if (!cursor) return;
    }
  } finally {
    await client.dispose();
  }
}

let pause = 0; // ms before the next try, longer each time, with some chance in it so that clients come back spread out
for (;;) {
  try {
    if (!cursor) await load();
    await follow();
  } catch (error) {
    if (error.code === 'INVALID_CREDENTIALS') throw error;
    if (error.code === 4403 || error.code === 'UNAUTHENTICATED') session.expire();
    if (error.code === 'INVALID') cursor = null; // not a cursor of this server
    pause = Math.min(30_000, pause * 2 || 500);
    console.log(`-- connection lost (${error.code ?? error.message}); again in ${pause} ms`);
  }
  await wait(pause * (0.5 + Math.random() / 2));
}

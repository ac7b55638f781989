// The stock graphql-ws client and a WebSocket: those of node_modules where `npm ci` has run, else the client
// that the console carries and Node's own WebSocket (behind --experimental-websocket in Node 20), so that
// the tests need no network.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export const { createClient } = await import('graphql-ws').catch(() => {
  const packed = readFileSync(new URL('../console/assets/vendor/graphql-ws.min.js.gz', import.meta.url));
  const module = { exports: {} };
  new Function('module', 'exports', gunzipSync(packed).toString())(module, module.exports);
  return module.exports;
});

export const WebSocketImpl = await import('ws').then((ws) => ws.default, () => globalThis.WebSocket);

export const server = process.env.CITRUS_URL ?? 'http://127.0.0.1:8080';
export const sandbox = process.env.CITRUS_SANDBOX_URL ?? 'http://127.0.0.1:8090';

/** A request that must succeed; gives data. */
export async function ask(token, query, variables = {}) {
  const response = await fetch(`${server}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

export async function signIn(email) {
  const data = await ask('', `mutation($input: SignInInput!) { signIn(input: $input) { accessToken errors { code } } }`,
    { input: { email, password: 'demo-demo-demo' } });
  return data.signIn.accessToken;
}

/** Asks the simulator to make something happen. */
export async function happen(path, body) {
  const response = await fetch(`${sandbox}/__sandbox/${path}`, {
    method: body ? 'POST' : 'GET', headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

const CHANGES = `subscription($after: Cursor) { ticketChanges(after: $after) {
  __typename cursor ... on TicketChange { kind changedFields ticket { id title status } } } }`;

/** A subscriber that keeps all that came and waits for what is to come; it is closed with its test. */
export function subscribe(t, token, after) {
  const seen = [];
  let wake = () => {};
  let failure = null;
  const client = createClient({
    url: `${server.replace(/^http/, 'ws')}/graphql`, webSocketImpl: WebSocketImpl,
    connectionParams: { Authorization: `Bearer ${token}` }, retryAttempts: 0,
  });
  t.after(() => client.dispose());
  client.subscribe({ query: CHANGES, variables: { after } }, {
    next({ data, errors }) {
      if (errors) failure = new Error(JSON.stringify(errors));
      else seen.push(data.ticketChanges);
      wake();
    },
    error(error) { failure = error; wake(); },
    complete() {},
  });
  return {
    seen,
    cursors: () => seen.map((change) => change.cursor),
    /** The first change that passes; fails after 90 s (the simulator's limit of calls may hold things up) or when the stream does. */
    async until(what, passes) {
      const limit = AbortSignal.timeout(90_000);
      for (;;) {
        const found = seen.find(passes);
        if (found) return found;
        if (failure) throw failure;
        await new Promise((resolve, reject) => {
          wake = resolve;
          limit.onabort = () => reject(new Error(`did not come: ${what}; came: ${JSON.stringify(seen)}`));
        });
      }
    },
    /** Ends without a farewell to the operation, as a lost connection does. */
    drop: () => client.terminate(),
  };
}

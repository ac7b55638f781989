// The same over server-sent events: stock graphql-sse in its "distinct connections" mode, for where proxies break
// sockets. A stream cannot be renewed: it ends with its token and comes back with the next one.
import { createClient, NetworkError } from 'graphql-sse';
import { setTimeout as wait } from 'node:timers/promises';
import { pause, resuming } from './resume.mjs';
import { Unreachable } from './session.mjs';

export function openStream(session, url) {
  const client = createClient({
    url,
    headers: async () => ({ Authorization: `Bearer ${await token(session)}` }),
    async fetchFn(input, init) {
      const response = await fetch(input, init);
      if (response.status === 401) session.refused(); // the client comes back, then with a fresh one
      return response;
    },
    retryAttempts: Infinity,
    retry: (retries) => wait(pause(retries)),
  });
  return {
    // A session that is over ends the subscription with SignedOut as its error.
    subscribe: resuming(client).subscribe,
    close: () => client.dispose(),
  };
}

/** The client tries again after a NetworkError and after nothing else. */
const token = (session) => session.token().catch((problem) => {
  throw problem instanceof Unreachable ? new NetworkError(problem) : problem;
});

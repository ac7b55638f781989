// EventSource, which browsers have: it comes back by itself with Last-Event-ID, after as long as the server has told
// it (`retry:`). A browser's own cannot send the token, so take the npm package of the same name, which is given a fetch.
import { EventSource } from 'eventsource';
import { SignedOut } from './session.mjs';

/** A subscriber like graphql-ws' and graphql-sse's; it is not given resuming(): it does that by itself. */
export function openEventSource(session, url) {
  const open = new Set();
  return {
    subscribe({ query, variables }, sink) {
      const address = new URL(url);
      address.search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
      const source = new EventSource(address, { fetch: (...asked) => session.fetch(...asked).catch(over) });
      const leave = () => {
        source.close();
        open.delete(source);
      };
      open.add(source);
      source.addEventListener('next', ({ data }) => sink.next(JSON.parse(data)));
      source.addEventListener('complete', () => {
        leave();
        sink.complete();
      });
      source.addEventListener('error', (problem) => {
        if (source.readyState !== EventSource.CLOSED) return; // it comes back
        leave();
        sink.error(problem);
      });
      return leave;
    },
    close: () => open.forEach((source) => source.close()),
  };
}

/** EventSource comes back after whatever fetch throws, but not after a refusal. */
function over(problem) {
  if (problem instanceof SignedOut) return new Response(null, { status: 401 });
  throw problem;
}

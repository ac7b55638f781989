// What graphql-ws and graphql-sse leave to us. Both come back by themselves after a lost connection, and both send
// the very same request again: its `after` would be the cursor of the start, and everything since would come twice.
// They write the request down anew each time, so a getter is enough to go on after the last cursor that came.

/** A client with the same subscribe, that resumes. It fits wherever the stock one does: GraphQLWsLink, subscriptionExchange, Relay. */
export function resuming(client) {
  return {
    subscribe(request, sink) {
      let after = request.variables?.after;
      const variables = Object.defineProperty({ ...request.variables }, 'after', { enumerable: true, get: () => after });
      return client.subscribe({ ...request, variables }, {
        next(result) {
          after = cursorOf(result) ?? after;
          sink.next(result);
        },
        error: (error) => sink.error(error),
        complete: () => sink.complete(),
      });
    },
  };
}

/** The cursor of an event, whatever the subscription's field is called. */
const cursorOf = ({ data }) => Object.values(data ?? {})[0]?.cursor;

/** How long to wait before try number `retries`: longer each time up to 30 s, with chance in it so that not all come at once. */
export const pause = (retries) => Math.min(30_000, 250 * 2 ** retries) * (0.5 + Math.random() / 2);

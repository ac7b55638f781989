// The living socket: stock graphql-ws with everything that the guide says of tokens and of coming back.
// Bare, it is a client already (plain.mjs); Apollo, urql and Relay are given it.
import { createClient } from 'graphql-ws';
import { setTimeout as wait } from 'node:timers/promises';
import WebSocket from 'ws'; // a browser has its own
import { pause, resuming } from './resume.mjs';
import { Unreachable } from './session.mjs';

const MINUTE = 60_000;

export function openSocket(session, url) {
  let socket = null;
  let timer;
  let comeBackIn = null;

  /** A fresh token for the socket as it stands; subscriptions go on untouched. */
  async function renew() {
    await session.renew();
    const payload = { Authorization: `Bearer ${await session.token()}` };
    socket?.send(JSON.stringify({ type: 'ping', payload }));
  }
  function renewBefore(expiresAt) {
    clearTimeout(timer);
    // Who cannot renew now is closed with 4403 in a minute, and comes back.
    timer = setTimeout(() => renew().catch(() => {}), Math.max(0, Date.parse(expiresAt) - Date.now() - MINUTE));
    timer.unref?.(); // Node alone
  }
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: async () => ({ Authorization: `Bearer ${await session.token()}` }),
    keepAlive: 20_000,
    retryAttempts: Infinity,
    // By itself the client gives up when the server cannot be reached at all, as while it restarts: that is an Event
    // and no CloseEvent. An Error is a fault of the page, or SignedOut.
    shouldRetry: (problem) => !(problem instanceof Error) || problem instanceof Unreachable,
    retryWait: async (retries) => {
      const told = comeBackIn;
      comeBackIn = null;
      await wait(told ?? pause(retries));
    },
    on: {
      connected(opened, payload) {
        socket = opened;
        renewBefore(payload.expiresAt);
      },
      pong(received, payload) {
        if (received && payload?.expiresAt) renewBefore(payload.expiresAt);
      },
      closed({ code, reason }) {
        socket = null;
        clearTimeout(timer);
        if (code === 4403) session.refused();
        if (code === 1001) comeBackIn = retryAfter(reason);
      },
    },
  });
  return {
    // Where the session ends the subscription does, with UNAUTHENTICATED or with a CloseEvent of 4401 as its error.
    subscribe: resuming(client).subscribe,
    renew,
    on: client.on,
    // It fails when it was just connecting in vain: nothing is left to close then.
    close: async () => client.dispose()?.catch(() => {}),
  };
}

function retryAfter(reason) {
  try {
    return JSON.parse(reason).retryAfterMs ?? null;
  } catch {
    return null; // a proxy's 1001 has other words
  }
}

// Stock clients do what an agent's page does, each as its file of clients/ shows. Against a running demo:
// `npm ci && npm test`, or from the Go tests, which also restart the server.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { text } from '../clients/documents.mjs';
import { Session } from '../clients/session.mjs';
import { ask, happen, signIn, subscribe } from './client.mjs';
import { colleague, colleagueDoes, desks, elsewhere, endpoint, newTokens, overSocket, sit } from './desk.mjs';

const token = await signIn('agent@demo.test');
const { viewer, eventCursor: start } = await ask(token, '{ viewer { id } eventCursor }');
const unique = (title) => `${title} ${randomUUID()}`;
const row = (desk, id) => desk.page.rows().find((ticket) => ticket.id === id);

/** Tickets that are in every list; each test works on one of its own. */
const pool = (await ask(token, '{ tickets(first: 80) { edges { node { id } } } }')).tickets.edges.map(({ node }) => node.id);
assert.equal(pool.length, 80, 'the demo has not loaded its complaints yet');

/** One that is nobody's. */
async function ownTicket() {
  const { ticket } = await colleagueDoes('AssignTicket', { ticketId: pool.pop(), assigneeId: null });
  return ticket;
}

/** A complaint that nobody has touched, as soon as it is in the list. */
async function complaintIn(desk) {
  const title = unique('Produto com defeito');
  await happen('complaints', { title });
  return desk.until('the new complaint in the list', () => desk.page.rows().find((ticket) => ticket.title === title));
}

/** Gives a ticket to somebody, and the event of it once `desk` has it. */
async function told(desk, ticketId, assigneeId) {
  const { ticket: { version } } = await colleagueDoes('AssignTicket', { ticketId, assigneeId });
  const update = await desk.until('the event', () => desk.seen.find((one) => one.ticketId === ticketId && one.ticket.version === version));
  await desk.until('the change in the row', () => (row(desk, ticketId).assignee?.id ?? null) === assigneeId);
  return update;
}

/** Assigns the ticket to the colleague and away again, so many times that there is something to miss. */
async function shuffle(ticketId) {
  for (const assigneeId of [colleague.id, null]) await colleagueDoes('AssignTicket', { ticketId, assigneeId });
}

/** Fails unless `desk` was told exactly what the log holds, from its first event to `last`. */
async function toldAll(t, desk, last) {
  const log = subscribe(t, token, start);
  await log.until('the end of the log', (change) => change.cursor === last);
  const all = log.cursors();
  const cursors = desk.seen.map(({ cursor }) => cursor);
  const expected = all.slice(all.indexOf(cursors[0]), all.indexOf(last) + 1);
  assert.deepEqual(cursors.slice(0, expected.length), expected);
}

describe('stock clients', { timeout: 120_000 }, () => desks.forEach((client) => {
  describe(client.name, () => {
    test('the list follows: what is new, what a colleague does, what one does oneself, what leaves', async (t) => {
      const desk = await sit(t, client);
      const { id } = await complaintIn(desk);
      await colleagueDoes('AssignTicket', { ticketId: id, assigneeId: colleague.id });
      await desk.until('the colleague in the row', () => row(desk, id).assignee?.name === colleague.name);

      const mine = await desk.page.mutate('AssignTicket', { ticketId: id, assigneeId: viewer.id });
      assert.deepEqual(mine.errors.map(({ code }) => code), []);
      await desk.until('oneself in the row', () => row(desk, id).assignee?.id === viewer.id);
      const claimed = await desk.page.mutate('ClaimReply', { ticketId: id });
      assert.deepEqual(claimed.errors.map(({ code }) => code), []);
      await desk.until('the claim in the row', () => row(desk, id).replyClaim?.user.id === viewer.id);
      await colleagueDoes('ClaimReply', { ticketId: id });
      await desk.until('the claim taken over', () => row(desk, id).replyClaim?.user.id === colleague.id);

      await colleagueDoes('TransferTicket', { ticketId: id, ...await elsewhere() });
      await desk.until('the row gone', () => !row(desk, id));
    });

    test('errors are typed: of a payload, and of a request', async (t) => {
      const desk = await sit(t, client);
      const { id, version } = await ownTicket();
      await colleagueDoes('AssignTicket', { ticketId: id, assigneeId: colleague.id });
      const { errors: [conflict], ticket } = await desk.page.mutate('AssignTicket', { ticketId: id, assigneeId: viewer.id, version });
      assert.equal(conflict.code, 'CONFLICT');
      assert.equal(conflict.retryable, false);
      assert.ok(conflict.message);
      assert.ok(ticket.version > version, 'the ticket as it is now');
      await assert.rejects(desk.page.more('no cursor'), (problem) => {
        assert.deepEqual(desk.page.codes(problem), ['INVALID']);
        return true;
      });
    });

    test('pages join into one list', async (t) => {
      const desk = await sit(t, client, { first: 5 });
      await desk.until('a page', () => desk.page.rows().length >= 5);
      await desk.page.more();
      await desk.until('two pages', () => desk.page.rows().length >= 10);
      const ids = desk.page.rows().map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
    });

    test('an answer that a newer event has overtaken does not stay', async (t) => {
      const desk = await sit(t, client);
      const { id } = await ownTicket();
      const { fetch } = desk;
      desk.fetch = async (...asked) => { // the answer is long on its way
        desk.fetch = fetch;
        const answer = await fetch(...asked);
        const { ticket } = await colleagueDoes('AssignTicket', { ticketId: id, assigneeId: colleague.id });
        await desk.until('the newer event', () => desk.seen.some((update) => update.ticket?.version === ticket.version));
        return answer;
      };
      await desk.page.mutate('AssignTicket', { ticketId: id, assigneeId: viewer.id });
      await desk.until('the colleague in the row', () => row(desk, id).assignee?.id === colleague.id);
    });

    test('cut off, it comes back by itself and goes on after its last cursor', async (t) => {
      const desk = await sit(t, client);
      const { id } = await ownTicket();
      await told(desk, id, colleague.id);
      desk.network.cut();
      await shuffle(id);
      desk.network.mend();
      const { cursor } = await told(desk, id, viewer.id);
      await toldAll(t, desk, cursor);
    });

    test('a token that is refused is renewed; a session that ends elsewhere ends the subscription for good', async (t) => {
      const session = new Session(endpoint, { ...await newTokens(), accessToken: 'not a token' });
      const desk = await sit(t, client, { session });
      const { id } = await ownTicket();
      await told(desk, id, colleague.id);
      const closed = overSocket(client) ? new Promise((resolve) => desk.live.on('closed', ({ code }) => resolve(code))) : 4401;
      const { signOut } = await ask(await session.token(), text('SignOut'));
      assert.deepEqual(signOut.errors, []);
      await assert.rejects(desk.until('its end', () => false), /ended before/);
      assert.equal(await closed, 4401);
    });

    test('the living socket takes a fresh token', { skip: !overSocket(client) }, async (t) => {
      const desk = await sit(t, client);
      const { id } = await ownTicket();
      const [connections, renewals] = [[], []];
      desk.live.on('connecting', () => connections.push('again'));
      const renewed = new Promise((resolve) => {
        desk.live.on('pong', (received, payload) => {
          if (payload?.expiresAt) resolve(renewals.push(payload.expiresAt));
        });
      });
      await told(desk, id, colleague.id);
      await desk.live.renew();
      await renewed;
      assert.ok(Date.parse(renewals[0]) > Date.now());
      await told(desk, id, viewer.id);
      assert.deepEqual(connections.slice(1), []);
    });
  });
}));

// Go gives the address where the server's restart is asked for; it answers when the server is there again.
const restart = process.env.CITRUS_RESTART_URL;

test('after a restart of the server all come back, when they were told to, and miss nothing', { skip: !restart }, async (t) => {
  const all = await Promise.all(desks.map((client) => sit(t, client)));
  const { id } = await ownTicket();
  await shuffle(id);
  await Promise.all(all.map((desk) => desk.until('a change', () => desk.seen.length)));

  const [closed, back] = [[], []];
  for (const { live } of all) {
    live.on?.('closed', ({ code, reason }) => closed.push({ code, reason, at: Date.now() }));
    live.on?.('connected', () => back.push(Date.now()));
  }
  const answer = await fetch(restart, { method: 'POST' });
  assert.equal(answer.status, 200, await answer.text());
  await shuffle(id);
  const ends = await Promise.all(all.map((desk) => desk.until('all of it', () => desk.seen.filter((update) => update.ticketId === id)[3])));
  for (const [i, desk] of all.entries()) await toldAll(t, desk, ends[i].cursor);
  const sockets = desks.filter(overSocket).length;
  assert.equal(closed.length, sockets, 'one loss each');
  assert.deepEqual(new Set(closed.map(({ code }) => code)), new Set([1001]));
  const told = Math.min(...closed.map(({ reason }) => JSON.parse(reason).retryAfterMs));
  assert.ok(told > 0);
  assert.equal(back.length, sockets);
  const waited = Math.min(...back) - Math.min(...closed.map(({ at }) => at));
  assert.ok(waited >= told - 50, `told to wait ${told} ms, came back after ${waited} ms`); // two clocks
});

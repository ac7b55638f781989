// The live stream with the stock graphql-ws client, against a running demo: `npm test`, or from the Go tests.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { ask, happen, signIn, subscribe } from './client.mjs';

const token = await signIn('agent@demo.test');
const now = async () => (await ask(token, '{ eventCursor }')).eventCursor;
const titled = (title) => (change) => change.kind === 'CREATED' && change.ticket?.title === title;
const unique = (title) => `${title} ${randomUUID()}`;

test('a new complaint arrives as an event', async (t) => {
  const stream = subscribe(t, token, await now());
  const title = unique('Chegou agora');
  await happen('complaints', { title });
  const change = await stream.until(title, titled(title));
  assert.equal(change.__typename, 'TicketChange');
  assert.equal(change.ticket.status, 'IN_PROGRESS');
});

test('a client that comes back with `after` gets what it missed, in order, once', async (t) => {
  const start = await now();
  const steady = subscribe(t, token, start);
  const lost = subscribe(t, token, start);
  const [before, first, second, after] = ['Antes', 'Perdida um', 'Perdida dois', 'Depois'].map(unique);
  await happen('complaints', { title: before });
  const last = await lost.until(before, titled(before));
  lost.drop();

  await happen('complaints', { title: first });
  await steady.until(first, titled(first));
  await happen('complaints', { title: second });
  await steady.until(second, titled(second));

  const back = subscribe(t, token, last.cursor);
  await back.until(second, titled(second));
  await happen('complaints', { title: after });
  await steady.until(after, titled(after));
  await back.until(after, titled(after));

  // What the steady subscriber got is the truth; the life of the simulator may have added to it.
  const end = (stream) => stream.seen.findIndex(titled(after)) + 1;
  const missed = steady.seen.findIndex((change) => change.cursor === last.cursor) + 1;
  assert.ok(missed > 0);
  assert.deepEqual(back.cursors().slice(0, end(back)), steady.cursors().slice(missed, end(steady)));
  assert.equal(new Set(back.cursors()).size, back.seen.length);
  assert.equal(back.seen.filter(titled(before)).length, 0);
});

test('a reply is SENT once, and the subscriber sees it', async (t) => {
  const stream = subscribe(t, token, await now());
  const title = unique('Responda');
  await happen('complaints', { title });
  const { ticket } = await stream.until(title, titled(title));
  const { ticket: screen } = await ask(token, `query($id: ID!) { ticket(id: $id) {
    reclameAqui { complaintId } interactions(last: 1) { edges { node { id } } } } }`, { id: ticket.id });
  const text = unique('Já estamos verificando.');
  const reply = () => ask(token, `mutation($input: ReplyPubliclyInput!) { replyPublicly(input: $input) {
    reply { id state } ticket { status } errors { code message } } }`, {
    input: {
      ticketId: ticket.id, text, idempotencyKey: `key ${text}`, lastSeenInteractionId: screen.interactions.edges[0].node.id,
    },
  });
  const { replyPublicly: sent } = await reply();
  assert.deepEqual(sent.errors, []);
  assert.equal(sent.reply.state, 'SENT');
  assert.equal(sent.ticket.status, 'AWAITING_RETURN');
  const { replyPublicly: again } = await reply(); // the same key: the first result, nothing sent
  assert.equal(again.reply.id, sent.reply.id);

  // One change may tell of several things: its fields count, not its kind.
  await stream.until('the status', (change) => change.ticket?.id === ticket.id && change.kind !== 'CREATED' && change.changedFields.includes('status'));
  const complaint = await happen(`complaints/${screen.reclameAqui.complaintId}`);
  assert.equal(complaint.interactions.filter((entry) => entry.message === text).length, 1);
});

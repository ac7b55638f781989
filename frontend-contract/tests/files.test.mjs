// Files with what every browser has, fetch and FormData, against a running demo: `npm test`, or from the Go tests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, server, signIn } from './client.mjs';

const token = await signIn('agent@demo.test');

// The two functions of the guide, "Files".
async function upload(file) {
  const form = new FormData();
  form.append('file', file);
  const response = await fetch(`${server}/uploads`, { method: 'POST', headers: { Authorization: `Bearer ${token}` }, body: form });
  const answer = await response.json();
  return response.ok ? { file: answer } : { error: answer.errors[0] };
}

async function download(id) {
  const response = await fetch(`${server}/uploads/${id}`, { headers: { Authorization: `Bearer ${token}` } });
  return response.blob();
}

const MB = 1024 * 1024;
const head = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
const picture = (size) => new Blob([head, new Uint8Array(size - head.length)]);
const named = (blob, name) => new File([blob], name);

test('a file goes up, is known by its id, and comes down as it was', async () => {
  const { file } = await upload(named(picture(2.9 * MB), 'comprovação.png'));
  assert.equal(file.name, 'comprovação.png');
  const { node } = await ask(token, 'query($id: ID!) { node(id: $id) { ... on Upload { name contentType size } } }', { id: file.id });
  assert.deepEqual(node, { name: 'comprovação.png', contentType: 'image/png', size: Math.floor(2.9 * MB) });
  const back = await download(file.id);
  assert.deepEqual(Buffer.from(await back.arrayBuffer()), Buffer.from(await picture(2.9 * MB).arrayBuffer()));
});

test('what Reclame Aqui does not take is refused with a code, however much of it comes', async () => {
  for (const [blob, name, code] of [
    [new Blob(['MZ\x90\x00 a program']), 'foto.png', 'UNSUPPORTED_FILE'],
    [picture(3 * MB + 1), 'foto.png', 'PAYLOAD_TOO_LARGE'],
    [picture(8 * MB), 'audio.mp3', 'PAYLOAD_TOO_LARGE'],
    [picture(12 * MB), 'colado', 'PAYLOAD_TOO_LARGE'],
  ]) {
    const { error } = await upload(named(blob, name));
    assert.equal(error?.code, code, name);
    assert.deepEqual(error.field, ['file']);
    assert.ok(error.message);
  }
});

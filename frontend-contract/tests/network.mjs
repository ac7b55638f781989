// A network that a test can cut: a door of TCP before the server. Cut, it resets what goes through it, and whoever
// knocks is sent away.
import { connect, createServer } from 'node:net';

export async function openNetwork(server) {
  const { hostname, port } = new URL(server);
  const open = new Set();
  let cut = false;
  const door = createServer((here) => {
    if (cut) return void here.resetAndDestroy();
    const there = connect(port, hostname);
    for (const [from, to] of [[here, there], [there, here]]) {
      open.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.end();
      });
      from.pipe(to);
    }
  });
  await new Promise((resolve) => door.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${door.address().port}/graphql`,
    cut() {
      cut = true;
      open.forEach((socket) => socket.resetAndDestroy());
    },
    mend() { cut = false; },
    close() {
      open.forEach((socket) => socket.destroy());
      door.close();
    },
  };
}

// relay-runtime's `graphql` for a page that no bundler builds: it lets relay-compiler check the documents of this
// folder against the contract and compile them, and gives each by its name, as babel-plugin-relay does.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => new URL(path, import.meta.url);

mkdirSync(here('../generated'), { recursive: true });
execFileSync(process.execPath, [fileURLToPath(here('../node_modules/relay-compiler/cli.js')), '--noWatchman'], {
  cwd: fileURLToPath(here('..')), stdio: ['ignore', 'ignore', 'inherit'],
});

const compiled = new Map(await Promise.all(readdirSync(here('../generated')).map(async (file) => [
  file.split('.')[0], (await import(here(`../generated/${file}`))).default,
])));

export function graphql([text]) {
  return compiled.get(/(?:query|mutation|subscription|fragment) (\w+)/.exec(text)[1]);
}

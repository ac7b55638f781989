// Fetches the files in assets/vendor again: `node vendor.mjs`, from this folder, with npm at hand.
// Versions are pinned here. GraphiQL 4 is the last line that comes as one script file, and graphiql
// 4.1.2 wants React 18 as a script file, which React 19 no longer has.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const packages = ['graphiql@4.1.2', 'react@18.3.1', 'react-dom@18.3.1', 'graphql-ws@6.4.2'];
// GraphiQL's style sheet carries these two fonts; their packages are fetched for their licences alone.
const fonts = ['@fontsource/roboto@5.2.5', '@fontsource/fira-code@5.2.5'];
const files = [
  'react/umd/react.production.min.js',
  'react-dom/umd/react-dom.production.min.js',
  'graphiql/graphiql.min.js',
  'graphiql/graphiql.min.css',
  'graphql-ws/umd/graphql-ws.min.js',
];

const work = mkdtempSync(join(tmpdir(), 'console-'));
writeFileSync(join(work, 'package.json'), '{"private": true}');
execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', ...packages, ...fonts], { cwd: work, stdio: 'inherit' });
const modules = join(work, 'node_modules');

const target = 'assets/vendor';
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const keep = (name, content) => writeFileSync(join(target, name + '.gz'), gzipSync(content, { level: 9 }));
for (const file of files) keep(file.split('/').pop(), readFileSync(join(modules, file)));

// Whatever GraphiQL's bundle was made of says so in its source map.
const map = JSON.parse(readFileSync(join(modules, 'graphiql/graphiql.min.js.map'), 'utf8'));
const owners = new Set(['react', 'react-dom', 'scheduler', 'graphiql', 'graphql-ws', '@graphiql/react', '@graphiql/toolkit',
  '@graphiql/plugin-doc-explorer', '@graphiql/plugin-history', 'graphql-language-service', 'codemirror-graphql',
  ...fonts.map((f) => f.slice(0, f.lastIndexOf('@')))]);
for (const source of map.sources) {
  const [name] = source.match(/(?<=node_modules\/)(@[^/]+\/)?[^/]+(?!.*node_modules)/) ?? [];
  if (name) owners.add(name);
}
const texts = new Map(); // licence text → the packages under it
for (const name of [...owners].sort()) {
  const folder = join(modules, name);
  if (!existsSync(folder)) continue;
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : `Licence: ${license}`;
  texts.set(text, [...(texts.get(text) ?? []), `${name} ${version}`]);
}
keep('LICENSES.txt', [...texts].map(([text, names]) => `${names.join(', ')}\n\n${text}\n`).join(`\n${'-'.repeat(80)}\n\n`));
rmSync(work, { recursive: true });

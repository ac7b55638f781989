// The documents of operations/, by name and with their fragments. An app lets its code generator or its bundler
// do this; Relay has rules of its own for names, so relay.js writes its documents itself.
import { readdirSync, readFileSync } from 'node:fs';
import { Kind, parse, print, visit } from 'graphql';

const folder = new URL('../operations/', import.meta.url);
const definitions = new Map(readdirSync(folder)
  .flatMap((file) => parse(readFileSync(new URL(file, folder), 'utf8'), { noLocation: true }).definitions)
  .map((definition) => [definition.name.value, definition]));

/** One operation, or one fragment, and what it spreads. */
export function document(name, found = new Set()) {
  found.add(definitions.get(name));
  visit(definitions.get(name), { FragmentSpread: ({ name: { value } }) => void document(value, found) });
  return { kind: Kind.DOCUMENT, definitions: [...found] };
}

export const text = (name) => print(document(name));

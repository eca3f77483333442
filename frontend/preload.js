// Lets the page load the dashboard beside the few lines that choose its language, and not after them.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

const BUILD = new URL('dist/ringside/', import.meta.url);
const STATS = new URL('browser-stats.json', BUILD);
const PAGE = new URL('browser/index.html', BUILD);
const START = 'src/start.ts';

/** The names of a file of the build and of all that it imports before it runs. */
function withImports(outputs, name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const { path, kind } of outputs[name].imports)
    if (kind === 'import-statement') withImports(outputs, path, found);
  return found;
}

const { outputs } = JSON.parse(readFileSync(STATS, 'utf8'));
const start = Object.keys(outputs).find((name) => outputs[name].entryPoint === START);
if (!start) throw new Error(`No file of the build begins with ${START}.`);
const page = readFileSync(PAGE, 'utf8');
const links = [...withImports(outputs, start)]
  .filter((name) => !page.includes(`"${name}"`))
  .map((name) => `<link rel="modulepreload" href="${name}" nonce="CSP_NONCE">`);
const complete = page.replace('<script src="main-', `${links.join('')}<script src="main-`);
if (complete === page) throw new Error('The page has no script to stand before.');
writeFileSync(PAGE, complete);
rmSync(STATS);

// Each language has every text of the dashboard, with all that stands in it; and the list of texts is that of the code.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const HERE = import.meta.dirname;
const read = (path) => JSON.parse(readFileSync(path, 'utf8')).translations;
const english = read(join(HERE, 'src/locale/en.json'));
const missing = (ids, translations) => ids.filter((id) => !(id in translations)).map((id) => `${id} ${english[id]}`);
/** The places of a text that are filled in, as often as they occur; of a text with forms, which it has. */
const places = (text) =>
  text.includes(', plural,')
    ? [...new Set(text.match(/\{VAR_PLURAL_?\d*, plural,|\{\$?[\w ]+\}/g))].toSorted()
    : (text.match(/\{\$?[\w ]+\}/g) ?? []).toSorted();

test('the list of texts is that of the code; if not, run: npm run extract', () => {
  const folder = mkdtempSync(join(tmpdir(), 'texts-'));
  try {
    execFileSync('npx', ['ng', 'extract-i18n', '--output-path', folder], { cwd: HERE, stdio: 'pipe' });
    assert.deepEqual(read(join(folder, 'en.json')), english);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

for (const language of ['de', 'fr']) {
  const translations = read(join(HERE, `src/locale/${language}.json`));
  const ids = Object.keys(english).filter((id) => id in translations);

  test(`${language} has every text, and none that is gone`, () => {
    assert.deepEqual(missing(Object.keys(english), translations), []);
    assert.deepEqual(
      Object.keys(translations).filter((id) => !(id in english)),
      [],
    );
  });

  test(`${language} says in each text what stands in it`, () => {
    for (const id of ids) assert.deepEqual(places(translations[id]), places(english[id]), `${id} ${english[id]}`);
  });

  test(`${language} leaves no sentence in English`, () => {
    const same = ids.filter((id) => translations[id] === english[id] && /\p{L}+ \p{L}+ \p{L}+/u.test(english[id]));
    assert.deepEqual(
      same.map((id) => english[id]),
      [],
    );
  });
}

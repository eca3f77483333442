import { TestBed } from '@angular/core/testing';

import { KINDS, agent } from '../../../testing/agents';
import { find, words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { AgentRegistry } from '../../services/agent-registry';
import { FieldValues, fieldsOf, rowsOf } from '../../state/configuration-fields';
import { ConfigurationFieldsComponent } from './configuration-fields.component';

describe('a field that is a list', () => {
  const kind = KINDS.find(({ name }) => name === 'router');
  const field = kind && fieldsOf(kind).find(({ input }) => input === 'rows');
  const router = agent('Desk', { kind: 'router' });
  let page: PageHarness;
  let told: unknown[];

  beforeEach(async () => {
    page = new PageHarness();
    void TestBed.inject(AgentRegistry).load();
    await page.answer('GET', '/api/agents', { agents: [agent('Helper'), router], next_cursor: null });
    const rows = ['one', 'two', 'three'].map((words) => ({ agent: 'agent-Helper', words }));
    await page.open(ConfigurationFieldsComponent, { fields: [field], kind: 'router', values: valuesOf(rows) });
    told = page.told('values');
  });

  const valuesOf = (rows: readonly FieldValues[]): FieldValues => ({ routes: JSON.stringify(rows) });
  const left = (): readonly FieldValues[] => rowsOf((told.at(-1) as FieldValues)['routes'] ?? '');
  const order = (): (string | undefined)[] => left().map((row) => row['words']);
  /** The row that has the focus, and what in it. */
  const focus = (): [string | null | undefined, string | null | undefined] => {
    const { activeElement } = document;
    const row = activeElement?.closest('.row-of-fields')?.getAttribute('aria-label');
    return [row, activeElement?.getAttribute('aria-label') ?? activeElement?.id];
  };

  it('keeps the focus where a row was removed', async () => {
    await page.press('Remove rule 2');
    expect([order(), focus()]).toEqual([
      ['one', 'three'],
      ['rule 2', 'routes-1-agent'],
    ]);
    await page.press('Remove rule 2');
    expect(focus()).toEqual(['rule 1', 'routes-0-agent']);
  });

  it('keeps the focus when no row is left', async () => {
    await page.give({ fields: [{ ...field, least: 0 }], values: valuesOf([{ agent: '', words: '' }]) });
    await page.press('Remove rule 1');
    expect([words(document.activeElement), left()]).toEqual(['Add rule', []]);
  });

  it('follows a row that moves with the focus', async () => {
    await page.press('Move rule 3 up');
    expect([order(), focus()]).toEqual([
      ['one', 'three', 'two'],
      ['rule 2', 'Move rule 2 up'],
    ]);
    await page.press('Move rule 2 up');
    expect([order(), focus()]).toEqual([
      ['three', 'one', 'two'],
      ['rule 1', 'routes-0-agent'],
    ]);
  });

  it('begins a row that is added', async () => {
    await page.press('Add rule');
    expect(focus()).toEqual(['rule 4', 'routes-3-agent']);
  });

  it('says what its words mean and what is wrong with it', async () => {
    await page.give({ errors: { routes: 'At most 50 rules.' } });
    const set = find(page.element, 'fieldset', HTMLFieldSetElement);
    const described = set.getAttribute('aria-describedby')?.split(' ') ?? [];
    const [error, hint] = described.map((id) => words(page.element.querySelector(`#${id}`)));
    expect([error, page.alert()]).toEqual(['At most 50 rules.', 'At most 50 rules.']);
    expect(hint).toContain('a star at the end of a word stands for any ending');
  });

  it('offers agents of other kinds, and the one that is chosen', async () => {
    const options = (): string[] => [...(page.element.querySelector('select')?.options ?? [])].map(words);
    expect(options()).toEqual(['Choose an agent', 'Helper']);
    await page.give({ values: valuesOf([{ agent: router.id, words: '' }]) });
    expect(options()).toEqual(['Choose an agent', 'Helper', 'Desk']);
    expect(find(page.element, 'select', HTMLSelectElement).value).toBe(router.id);
  });
});

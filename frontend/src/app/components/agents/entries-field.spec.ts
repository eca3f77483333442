import { KINDS } from '../../../testing/agents';
import { find, words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { entriesOf, fieldsOf } from '../../state/configuration-fields';
import { EntriesFieldComponent } from './entries-field.component';

describe('a field whose members have names of their own', () => {
  const kind = KINDS.find(({ name }) => name === 'crewai');
  const field = kind && fieldsOf(kind).find(({ input }) => input === 'entries');
  let page: PageHarness;
  let told: unknown[];

  beforeEach(async () => {
    page = new PageHarness();
    await page.open(EntriesFieldComponent, { field, value: '{"topic":{"gets":"question","text":""}}' });
    told = page.told('value');
  });

  const entries = (): unknown => entriesOf(String(told.at(-1)));
  const names = (): string[] => [...page.element.querySelectorAll('.name')].map(words);
  const select = (name: string): HTMLSelectElement =>
    find(page.element, `[aria-label="${name}: Gets"]`, HTMLSelectElement);
  const text = (name: string): Element | null => page.element.querySelector(`[aria-label="${name}: Text"]`);

  it('shows of each member what it has', async () => {
    expect([names(), select('topic').value, text('topic')]).toEqual([['topic'], 'question', null]);
    select('topic').value = 'text';
    select('topic').dispatchEvent(new Event('change'));
    await page.settle();
    await page.type('[aria-label="topic: Text"]', 'Ships');
    expect(entries()).toEqual({ topic: { gets: 'text', text: 'Ships' } });
  });

  it('gets another member by its name, and loses one', async () => {
    await page.type('#inputs', ' place ');
    const enter = new KeyboardEvent('keydown', { key: 'Enter', cancelable: true });
    find(page.element, '#inputs', HTMLInputElement).dispatchEvent(enter);
    await page.settle();
    expect(enter.defaultPrevented).toBe(true);
    expect([names(), find(page.element, '#inputs', HTMLInputElement).value]).toEqual([['topic', 'place'], '']);
    expect(entries()).toMatchObject({ place: { gets: 'text', text: '' } });
    await page.press('Remove topic');
    expect([names(), document.activeElement?.id]).toEqual([['place'], 'inputs']);
  });

  it('has no two members of one name, and none without', async () => {
    await page.type('#inputs', 'topic');
    await page.press('Add input');
    expect([names(), page.alert()]).toEqual([['topic'], '“topic” is there already.']);
    await page.type('#inputs', 'toString');
    await page.press('Add input');
    expect([names(), page.alert()]).toEqual([['topic', 'toString'], '']);
    await page.press('Add input');
    expect(names()).toHaveLength(2);
  });

  it('holds the form until a name that was typed is added', async () => {
    const name = find(page.element, '#inputs', HTMLInputElement);
    await page.type('#inputs', 'place');
    expect([name.checkValidity(), name.validationMessage]).toEqual([
      false,
      'Press “Add input” to add this input, or empty the field.',
    ]);
    await page.press('Add input');
    expect(name.checkValidity()).toBe(true);
    await page.type('#inputs', 'other');
    await page.type('#inputs', '');
    expect(name.checkValidity()).toBe(true);
  });

  it('takes names as long as its schema allows', async () => {
    expect(find(page.element, '#inputs', HTMLInputElement).maxLength).toBe(100);
    await page.give({ field: { ...field, longest: 12 } });
    expect(find(page.element, '#inputs', HTMLInputElement).maxLength).toBe(12);
  });

  it('says what is wrong with it where one can mend it', async () => {
    await page.give({ error: 'Exactly one gets the question.' });
    expect([page.alert(), select('topic').getAttribute('aria-invalid')]).toEqual([
      'Exactly one gets the question.',
      'true',
    ]);
  });
});

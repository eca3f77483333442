import { words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { BackendKind } from '../../models/models';
import { fieldsOf } from '../../state/configuration-fields';
import { ConfigurationFieldsComponent } from './configuration-fields.component';

const PROPERTIES = {
  text: { type: 'string' },
  textarea: { type: 'string', 'x-input': 'textarea' },
  number: { type: 'integer' },
  check: { type: 'boolean' },
  choice: { enum: ['one', 'two'] },
  agent: { type: 'string', 'x-input': 'agent' },
  rows: { type: 'array', items: { properties: { part: { type: 'string' } } } },
  entries: { type: 'object', additionalProperties: { properties: { part: { type: 'string' } } } },
};

describe('the fields of a configuration', () => {
  it.each(Object.entries(PROPERTIES))('of the kind %s have the hint of their schema', async (name, property) => {
    const configuration = { properties: { [name]: { ...property, 'x-hint': 'Rarely needed.' } } };
    const fields = fieldsOf({ configuration } as unknown as BackendKind);
    expect(fields.map(({ input }) => input)).toEqual([name]);
    const page = new PageHarness();
    await page.open(ConfigurationFieldsComponent, { fields, kind: 'crew', values: {} });
    const described = page.element.querySelector('[aria-describedby]')?.getAttribute('aria-describedby') ?? '';
    const said = described.split(' ').map((id) => words(page.element.querySelector(`#${id}`)));
    expect(said.join('')).toBe('Rarely needed.');
  });
});

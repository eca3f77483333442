import { BackendKind } from '../models/models';
import { KINDS } from '../../testing/agents';
import {
  configurationOf,
  entriesOf,
  fieldsOf,
  isRequired,
  isShown,
  rowsOf,
  takesSecrets,
  valuesFor,
  valuesOf,
  valuesWith,
} from './configuration-fields';

/** A kind that nobody wrote a form for. */
const CREW: BackendKind = {
  name: 'crew' as BackendKind['name'],
  label: 'A crew',
  help: 'Elsewhere.',
  can: {
    stream: 'no',
    stop: 'best-effort',
    pause: 'no',
    steer: 'no',
    approve: 'no',
    read_documents: 'no',
    rerun: 'no',
    hold_tools: 'no',
  },
  instructions: null,
  secrets: [{ name: 'api_key', label: 'Token', help: '' }],
  configuration: {
    required: ['kind', 'address', 'retries'],
    properties: {
      kind: { const: 'crew', type: 'string' },
      address: { type: 'string', title: 'Address', maxLength: 500, 'x-input': 'url' },
      retries: { type: 'integer', minimum: 0, maximum: 5, default: 2 },
      polls: { type: 'boolean', default: true },
      note: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null, 'x-shown-when': { polls: ['true'] } },
    },
  },
};

describe('the fields of a configuration', () => {
  it('are what the schema of its kind says', () => {
    const [polls, address, retries, note] = fieldsOf(CREW);
    expect([address?.input, address?.label, address?.longest, address?.id]).toEqual(['url', 'Address', 500, 'address']);
    expect([retries?.input, retries?.whole, retries?.least, retries?.most, retries?.initial]).toEqual([
      'number',
      true,
      0,
      5,
      '2',
    ]);
    expect([polls?.input, polls?.initial, note?.nullable, note?.label]).toEqual(['check', 'true', true, 'note']);
    expect(fieldsOf(CREW)).toHaveLength(4);
  });

  it('reach into the parts of a configuration, and are shown and required when others say so', () => {
    const documents = KINDS.find(({ name }) => name === 'documents');
    if (!documents) throw new Error('There is no such kind.');
    const fields = fieldsOf(documents);
    expect(fields.map(({ path }) => path)).toEqual([
      'source',
      'base_url',
      'model.name',
      'model.temperature',
      'model.max_tokens',
      'run_seconds',
    ]);
    const [address, model] = [
      fields.find(({ path }) => path === 'base_url'),
      fields.find(({ path }) => path === 'model.name'),
    ];
    if (!address || !model) throw new Error('There is no such field.');
    const at = (source: string): readonly boolean[] => {
      const values = { source };
      return [
        isShown(address, values),
        isShown(model, values),
        isRequired(model, values),
        takesSecrets(fields, values),
      ];
    };
    expect([at('server'), at('own'), at('none')]).toEqual([
      [false, true, false, false],
      [true, true, true, true],
      [false, false, false, false],
    ]);
  });

  it('become a configuration again', () => {
    const values = valuesOf(fieldsOf(CREW), { kind: 'crew', address: 'http://crew', retries: 0, polls: false });
    expect(values).toEqual({ address: 'http://crew', retries: '0', polls: 'false', note: '' });
    expect(configurationOf(CREW, { ...values, note: 'hidden' })).toEqual({
      kind: 'crew',
      address: 'http://crew',
      retries: 0,
      polls: false,
      note: null,
    });
    expect(configurationOf(CREW, { ...values, polls: 'true', note: ' seen ' })['note']).toBe('seen');
    expect(takesSecrets(fieldsOf(CREW), values)).toBe(true);
  });

  it('can be rows of fields, which are sent in their order', () => {
    const router = KINDS.find(({ name }) => name === 'router');
    if (!router) throw new Error('There is no such kind.');
    const fields = fieldsOf(router);
    const routes = fields.find(({ path }) => path === 'routes');
    if (!routes) throw new Error('There is no such field.');
    expect([routes.input, routes.least, routes.most]).toEqual(['rows', 1, 50]);
    expect(routes.entry.map(({ path, input, required }) => [path, input, required])).toEqual([
      ['agent', 'agent', true],
      ['words', 'text', false],
    ]);
    expect(rowsOf(valuesOf(fields, null)['routes'] ?? '')).toEqual([{ agent: '', words: '' }]);
    const stored = {
      kind: 'router',
      source: 'none',
      routes: [
        { agent: 'agent-1', words: 'rain' },
        { agent: 'agent-2', words: '' },
      ],
      otherwise: 'agent-3',
    };
    const values = valuesOf(fields, stored);
    expect(rowsOf(values['routes'] ?? '')).toEqual(stored.routes);
    expect(configurationOf(router, values)).toMatchObject(stored);
    const moved = { ...values, routes: JSON.stringify([{ agent: 'agent-2', words: ' snow ' }]) };
    expect(configurationOf(router, moved)['routes']).toEqual([{ agent: 'agent-2', words: 'snow' }]);
  });

  describe('whose members have names of their own', () => {
    const kind: BackendKind = {
      ...CREW,
      configuration: {
        $defs: {
          Gets: {
            properties: {
              gets: { enum: ['question', 'text'], default: 'text' },
              text: { type: 'string', default: '', 'x-shown-when': { gets: ['text'] } },
            },
          },
        },
        properties: {
          inputs: {
            type: 'object',
            additionalProperties: { $ref: '#/$defs/Gets' },
            default: { message: { gets: 'question', text: '' } },
            'x-entry': 'input',
          },
        },
      },
    };
    const fields = fieldsOf(kind);
    const filled = { topic: { gets: 'question', text: 'typed before' }, place: { gets: 'text', text: ' Oslo ' } };

    it('are entries with the same fields', () => {
      const [inputs] = fields;
      expect([inputs?.input, inputs?.entryName, inputs?.entry.map(({ path }) => path)]).toEqual([
        'entries',
        'input',
        ['gets', 'text'],
      ]);
      expect(entriesOf(inputs?.initial ?? '')).toEqual({ message: { gets: 'question', text: '' } });
    });

    it('are sent without what is not shown of them', () => {
      expect(configurationOf(kind, { inputs: JSON.stringify(filled) })['inputs']).toEqual({
        topic: { gets: 'question' },
        place: { gets: 'text', text: 'Oslo' },
      });
      expect(configurationOf(kind, valuesOf(fields, { inputs: {} }))['inputs']).toEqual({});
    });

    it('are filled in from members of a configuration, and nothing else is', () => {
      const values = valuesWith(fieldsOf({ ...kind, configuration: { ...CREW.configuration } }), { address: 'a' }, {});
      expect(values).toEqual({ address: 'a' });
      const suggested = valuesWith(fields, { inputs: '{}' }, { inputs: { topic: { gets: 'question' } }, other: 1 });
      expect(entriesOf(suggested['inputs'] ?? '')).toEqual({ topic: { gets: 'question', text: '' } });
      expect(Object.keys(suggested)).toEqual(['inputs']);
    });

    it('are not taken over from a field of another sort', () => {
      const text = fieldsOf({ ...CREW, configuration: { properties: { inputs: { type: 'string' } } } });
      expect(valuesFor(fields, text, { inputs: 'no JSON' })).toEqual({ inputs: fields[0]?.initial });
      expect(valuesFor(text, fields, { inputs: '{}' })).toEqual({ inputs: '' });
    });
  });
});

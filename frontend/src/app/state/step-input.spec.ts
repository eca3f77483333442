import { stepInput } from './step-input';

describe('The input of a step', () => {
  it('is edited as text where it is one text, or one list of texts', () => {
    const query = stepInput({ query: 'pier' });
    expect([query.label, query.text, query.read('harbour\nmaster')]).toEqual([
      'Query',
      'pier',
      { query: 'harbour\nmaster' },
    ]);
    const parts = stepInput({ open_questions: ['Who?', 'When?'] });
    expect([parts.label, parts.text, parts.read('Who?\n\n Where? ')]).toEqual([
      'Open questions, one on each line',
      'Who?\nWhen?',
      { open_questions: ['Who?', ' Where? '] },
    ]);
    expect(stepInput('Who?').read('When?')).toBe('When?');
  });

  it('is edited as JSON elsewhere', () => {
    const many = stepInput({ from: 1, to: 2 });
    expect([many.label, many.text]).toEqual(['Input, as JSON', '{\n  "from": 1,\n  "to": 2\n}']);
    expect([many.read('{"from": 3}'), many.read('{"from"')]).toEqual([{ from: 3 }, undefined]);
    expect(stepInput({ list: ['a', 1] }).label).toBe('Input, as JSON');
    expect(stepInput(undefined).text).toBe('');
  });
});

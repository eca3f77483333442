import { belowHeading, plainText } from './plain-text';

describe('Markdown in plain words', () => {
  it('is without the signs for strong words, code and headings', () => {
    expect(plainText('## Ice\n**No** `boat` left.')).toBe('Ice\nNo boat left.');
  });

  it('is without the addresses of links', () => {
    expect(plainText('See [the log](https://a.test/log?x=1) [1] (p. 3).')).toBe('See the log [1] (p. 3).');
  });

  it('keeps what stands in code, and what may be the beginning of some', () => {
    expect(plainText('Call `__init__`, not ``a ` **b**``.')).toBe('Call __init__, not a ` **b**.');
    expect(plainText('So:\n```py\n# **kw**\nx = 1\n```\n**Done**')).toBe('So:\n# **kw**\nx = 1\nDone');
    expect(plainText('Call `__in')).toBe('Call in');
  });

  it('begins below its headings, where something follows', () => {
    expect(belowHeading('# Report\n\n## Ice\nNo boat left. # 2')).toBe('No boat left. # 2');
    expect(belowHeading('No boat left.\n# Ice')).toBe('No boat left.\n# Ice');
    expect(belowHeading('#2 of the boats left.')).toBe('#2 of the boats left.');
    expect(belowHeading('# Report\n')).toBe('# Report\n');
    expect(belowHeading('')).toBe('');
  });
});

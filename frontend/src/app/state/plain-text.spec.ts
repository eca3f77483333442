import { belowHeading, plainText } from './plain-text';

describe('Markdown in plain words', () => {
  it('is without the signs for strong words, code and headings', () => {
    expect(plainText('## Ice\n**No** `boat` left.')).toBe('Ice\nNo boat left.');
  });

  it('begins below its headings, where something follows', () => {
    expect(belowHeading('# Report\n\n## Ice\nNo boat left. # 2')).toBe('No boat left. # 2');
    expect(belowHeading('No boat left.\n# Ice')).toBe('No boat left.\n# Ice');
    expect(belowHeading('#2 of the boats left.')).toBe('#2 of the boats left.');
    expect(belowHeading('# Report\n')).toBe('# Report\n');
    expect(belowHeading('')).toBe('');
  });
});

import { MarkdownText } from './markdown';

function shown(text: string, numbers: ReadonlySet<number> | null = new Set([1, 2])): HTMLElement {
  const element = document.createElement('div');
  new MarkdownText(element).show(text, numbers);
  return element;
}

function html(text: string, numbers: ReadonlySet<number> | null = new Set([1, 2])): string {
  return shown(text, numbers).innerHTML;
}

describe('Markdown', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<iframe src="https://example.org"></iframe>',
    '<a href="javascript:alert(1)">x</a>',
    '[x](javascript:alert(1))',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '<svg onload=alert(1)></svg>',
    '<form action="https://example.org"><button>go</button></form>',
    '<p style="position:fixed" onclick="alert(1)">x</p>',
    '![x](https://example.org/pixel.png)',
  ])('takes the teeth out of %s', (text) => {
    const made = [...shown(text).querySelectorAll('*')];
    expect(made.map(({ localName }) => localName).filter((name) => !['p', 'a', 'div'].includes(name))).toEqual([]);
    const attributes = made.flatMap((one) => [...one.attributes].map(({ name, value }) => `${name}=${value}`));
    expect(attributes.filter((one) => !one.startsWith('rel=') && one !== 'target=_blank')).toEqual([]);
  });

  it('shows what only looks like HTML as it was written', () => {
    const said = 'A List<String>. Press <Enter>, see https://example.org/?a=<id>, look <b>west</b>.';
    expect(shown(said).textContent).toBe(said);
    expect(html('a<br>b, H<sub>2</sub>O')).toContain('a<br>b, H<sub>2</sub>O');
    expect(shown('<details>\n<summary>More</summary>\n\nText').textContent).toContain('<summary>More</summary>');
  });

  it('marks the columns of numbers, and only these', () => {
    const table = (...cells: string[]): string[] => {
      const element = document.createElement('div');
      element.innerHTML = html(`| Head |\n|---|\n${cells.map((cell) => `| ${cell} |`).join('\n')}`);
      return [...element.querySelectorAll('th, td')].map((cell) => cell.className);
    };
    expect(table('1,204', '−12.5 %', '', '–', '38 kg', '$7', '412 [1]')).toEqual(Array(8).fill('number'));
    for (const other of ['Solveig', '2 April', '2 May 1930', '1930-04-02', '12/14', '–']) {
      expect(table(other)).toEqual(['', '']);
    }
    expect(table('12', 'unknown')).toEqual(['', '', '']);
  });

  it('opens links beside the application and tells them nothing of it', () => {
    expect(html('[docs](https://example.org/)')).toContain(
      'href="https://example.org/" target="_blank" rel="noopener noreferrer"',
    );
  });

  it('turns citations into buttons with their number', () => {
    const element = shown('At most 412 passengers [1]. Rebuilt in 1987 [2].');
    expect([...element.querySelectorAll<HTMLElement>('.cite')].map((cite) => cite.dataset['number'])).toEqual([
      '1',
      '2',
    ]);
    expect(element.textContent).toBe('At most 412 passengers1. Rebuilt in 19872.');
  });

  it('keeps a citation on its line with what is beside it', () => {
    const held = (text: string): (string | null)[] => {
      const element = document.createElement('div');
      element.innerHTML = html(text);
      return [...element.querySelectorAll('.cites')].map(({ textContent }) => textContent);
    };
    expect(held('At most 412 [1]. Rebuilt [1] [2], and painted [2]')).toEqual(['4121.', 'Rebuilt12,', 'painted2']);
    expect(held('Not known [7].')).toEqual([]);
  });

  it('leaves numbers alone that are no citation, or are code', () => {
    expect(html('Row [7] and `list[1]`')).not.toContain('cite');
  });

  it('takes every number for a citation while the text is still written', () => {
    expect(html('Row [7]', null)).toContain('cite');
  });

  it.each([
    ['At most 412 passengers [1', 'At most 412 passengers'],
    ['At most **', 'At most'],
    ['At most **412**', 'At most 412'],
    ['By year:\n\n| Year | Me', 'By year:'],
    ['By year:\n\n| Year | Mean |\n|---', 'By year:'],
    ['By year:\n\n| Year | Mean |\n|---|---|\n| 2029 | 27', 'By year:YearMean'],
  ])('does not show half of a sign while it is written: %j', (text, words) => {
    expect(shown(text, null).textContent.replace(/\n/g, '').trimEnd()).toBe(words);
  });

  it('changes only the blocks that changed', () => {
    const element = document.createElement('div');
    const markdown = new MarkdownText(element);
    markdown.show('First.\n\nSecond', null);
    const [first, second] = element.children;
    markdown.show('First.\n\nSecond and more.\n\nThird.', null);
    expect(element.children[0]).toBe(first);
    expect(element.children[1]).not.toBe(second);
    expect(element.textContent).toBe('First.Second and more.Third.');
    markdown.show('Anew.', null);
    expect(element.textContent).toBe('Anew.');
  });

  it('makes no elements of the blocks before the one that is written', () => {
    const element = document.createElement('div');
    const markdown = new MarkdownText(element);
    const before = Array.from({ length: 50 }, (_, at) => `Paragraph ${at} [1].`).join('\n\n');
    markdown.show(before, null);
    const made = vi.spyOn(document, 'createElement');
    markdown.show(`${before}\n\nThe last [2].`, null);
    expect(made.mock.calls.filter(([name]) => name === 'button')).toHaveLength(1);
    expect(element.querySelectorAll('.cite')).toHaveLength(51);
    made.mockRestore();
  });

  it.each([
    'One.\n\n- a [1]\n- b\n\n  still b\n\n1. c\n2. d\n\nEnd *of* **it** [2].',
    'Heading\n---\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n> quoted\nlazily\n\n```\ncode\n\n[1]\n```\n\nEnd.',
    'See [the log] and [this][log].\n\nMore.\n\n[the log]: https://example.org/a\n[log]: https://example.org/b\n\nEnd.',
    'One.\n\n<blockquote>\n\nTwo with <em>emphasis.\n\nThree.\n\n</blockquote>\n\nFour.',
    'One.\n\n    indented\n\n    code\n\n# Title\n***\nText\n===\n\n- [ ] task\n- [x] done',
  ])('looks the same written piece by piece as at once: %j', (text) => {
    const element = document.createElement('div');
    const markdown = new MarkdownText(element);
    for (let length = 1; length < text.length; length += 3) {
      const written = text.slice(0, length);
      markdown.show(written, null);
      expect(element.innerHTML).toBe(html(written, null));
    }
    markdown.show(text, new Set([1]));
    expect(element.innerHTML).toBe(html(text, new Set([1])));
  });
});

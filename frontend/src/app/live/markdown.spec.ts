import { patch, render } from './markdown';

function html(text: string, numbers: ReadonlySet<number> | null = new Set([1, 2])): string {
  const element = document.createElement('div');
  element.append(render(text, numbers));
  return element.innerHTML;
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
    expect(html(text)).not.toMatch(/<script|<img|<iframe|<svg|<form|javascript:|data:|style=|onclick|onerror|onload/i);
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
    const element = document.createElement('div');
    element.append(render('At most 412 passengers [1]. Rebuilt in 1987 [2].', new Set([1, 2])));
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
  ])('does not show half of a sign while it is written: %j', (text, shown) => {
    const element = document.createElement('div');
    element.append(render(text, null));
    expect(element.textContent.replace(/\n/g, '').trimEnd()).toBe(shown);
  });

  it('changes only the blocks that changed', () => {
    const element = document.createElement('div');
    patch(element, render('First.\n\nSecond', null));
    const [first, second] = element.children;
    patch(element, render('First.\n\nSecond and more.\n\nThird.', null));
    expect(element.children[0]).toBe(first);
    expect(element.children[1]).not.toBe(second);
    expect(element.textContent).toBe('First.Second and more.Third.');
    patch(element, render('Anew.', null));
    expect(element.textContent).toBe('Anew.');
  });
});

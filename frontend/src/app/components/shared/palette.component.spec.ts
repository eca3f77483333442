import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';

import { find, words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { Command, Commands } from '../../services/commands.service';
import { PaletteComponent } from './palette.component';

describe('PaletteComponent', () => {
  const ran: string[] = [];
  const command = (id: string, label: string, group: Command['group']): Command => ({
    id,
    label,
    group,
    run: () => ran.push(id),
  });

  async function open(): Promise<PageHarness> {
    localStorage.clear();
    ran.length = 0;
    Object.assign(HTMLDialogElement.prototype, { close: () => undefined });
    Object.assign(Element.prototype, { scrollIntoView: () => undefined });
    const page = new PageHarness();
    const all = signal([command('stop', 'Stop', 'This session'), command('usage', 'Usage', 'Go to')]);
    const commands = TestBed.inject(Commands);
    TestBed.runInInjectionContext(() => commands.contribute(all));
    commands.shown.set(true);
    await page.open(PaletteComponent);
    return page;
  }

  const options = (page: PageHarness): string[] => [...page.element.querySelectorAll('[role=option]')].map(words);
  const chosen = (page: PageHarness): string => words(page.element.querySelector('[aria-selected=true]'));
  async function press(page: PageHarness, key: string): Promise<void> {
    find(page.element, 'input', HTMLInputElement).dispatchEvent(
      new KeyboardEvent('keydown', { key, cancelable: true }),
    );
    await page.settle();
  }

  it('chooses with the arrows, round the ends, and does it with Enter', async () => {
    const page = await open();
    expect(options(page)).toEqual(['Stop', 'Usage']);
    expect(chosen(page)).toBe('Stop');
    await press(page, 'ArrowUp');
    expect(chosen(page)).toBe('Usage');
    const field = find(page.element, 'input', HTMLInputElement);
    expect(page.element.querySelector('[aria-selected=true]')?.id).toBe(field.getAttribute('aria-activedescendant'));
    await press(page, 'Enter');
    expect(ran).toEqual(['usage']);
  });

  it('does nothing where nothing is found, and says so', async () => {
    const page = await open();
    await page.type('input', 'zzz');
    expect(options(page)).toEqual([]);
    await press(page, 'ArrowDown');
    await press(page, 'Enter');
    expect(ran).toEqual([]);
    expect(words(page.element.querySelector('.hint'))).toBe('Searching…');
  });
});

import { ComponentFixture, TestBed } from '@angular/core/testing';

import { find, words } from '../../../testing/dom';
import { MenuComponent } from './menu.component';

describe('a menu', () => {
  let fixture: ComponentFixture<MenuComponent>;
  let element: HTMLElement;
  let chosen: string[];

  async function show(...labels: string[]): Promise<void> {
    Object.assign(HTMLElement.prototype, { showPopover: () => undefined, hidePopover: () => undefined });
    fixture = TestBed.createComponent(MenuComponent);
    fixture.componentRef.setInput('label', 'Who answers');
    fixture.componentRef.setInput(
      'items',
      labels.map((label) => ({ id: label, label })),
    );
    chosen = [];
    fixture.componentInstance.chosen.subscribe((id) => chosen.push(id));
    element = fixture.nativeElement as HTMLElement;
    document.body.append(element);
    await fixture.whenStable();
  }

  afterEach(() => element.remove());

  const search = (): HTMLInputElement | null => element.querySelector('input');
  const items = (): string[] => [...element.querySelectorAll('[role=menuitem]')].map(words);

  async function type(text: string): Promise<void> {
    const field = find(element, 'input', HTMLInputElement);
    field.value = text;
    field.dispatchEvent(new Event('input'));
    await fixture.whenStable();
  }

  async function press(target: HTMLElement | null, key: string): Promise<void> {
    target?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    await fixture.whenStable();
  }

  const many = [...Array.from({ length: 500 }, (_, n) => `Agent ${n}`), 'Zürich Übersetzer'];

  it('with a few items is not searched', async () => {
    await show('Edit', 'Delete');
    expect([search(), items()]).toEqual([null, ['Edit', 'Delete']]);
  });

  it('with many shows those whose names have what is typed, and takes the first on Enter', async () => {
    await show(...many);
    await type(' zurich ub');
    expect(items()).toEqual(['Zürich Übersetzer']);
    await press(search(), 'Enter');
    expect(chosen).toEqual(['Zürich Übersetzer']);
    await type('nobody');
    expect([items(), words(element.querySelector('[role=status]'))]).toEqual([[], 'Nothing has this name.']);
    await press(search(), 'Enter');
    expect(chosen).toHaveLength(1);
  });

  it('shows all again when it is opened the next time', async () => {
    await show(...many);
    await type('499');
    expect(items()).toEqual(['Agent 499']);
    find(element, '.menu', HTMLElement).dispatchEvent(Object.assign(new Event('toggle'), { newState: 'closed' }));
    await fixture.whenStable();
    expect([search()?.value, items().length]).toEqual(['', 501]);
  });

  it('is left for the search by typing, and come back to by the arrows', async () => {
    await show(...many);
    find(element, '.menu', HTMLElement).style.display = 'block'; // what is closed cannot have the focus
    const [first, second] = element.querySelectorAll<HTMLElement>('[role=menuitem]');
    first?.focus();
    await press(first ?? null, 'x');
    expect(document.activeElement).toBe(search());
    await press(search(), 'ArrowDown');
    expect(document.activeElement).toBe(first);
    await press(first ?? null, 'ArrowDown');
    expect(document.activeElement).toBe(second);
    search()?.focus();
    await press(search(), 'ArrowUp');
    expect(words(document.activeElement)).toBe('Zürich Übersetzer');
  });
});

import { TestBed } from '@angular/core/testing';

import { find, words } from '../../../testing/dom';
import { Reasoning } from '../../state/session-state';
import { ReasoningComponent } from './reasoning.component';

const thought = (fields: Partial<Reasoning>): Reasoning => ({
  id: 'a',
  runId: 'r',
  agent: 'Writer Agent',
  stepKey: null,
  text: 'Is it 84?\n',
  begin: 1000,
  end: null,
  ...fields,
});

describe('ReasoningComponent', () => {
  async function show(reasoning: readonly Reasoning[], runEnd: number | null = null): Promise<HTMLElement> {
    const fixture = TestBed.createComponent(ReasoningComponent);
    fixture.componentRef.setInput('reasoning', reasoning);
    fixture.componentRef.setInput('runEnd', runEnd);
    await fixture.whenStable();
    return fixture.nativeElement as HTMLElement;
  }

  it('is one line until it is opened, with the words under it as they come', async () => {
    const element = await show([thought({})]);
    expect(find(element, 'details', HTMLDetailsElement).open).toBe(false);
    expect(words(element.querySelector('summary'))).toBe('Reasoning…');
    expect(element.querySelector('p')?.textContent).toBe('Is it 84?');
    expect(element.querySelector('b')).toBeNull();
  });

  it('says how long it took, the thoughts of several agents together', async () => {
    const both = [thought({ end: 8000 }), thought({ id: 'b', agent: 'Supervisor', begin: 9000, end: 14_000 })];
    const element = await show(both);
    expect(words(element.querySelector('summary'))).toBe('Reasoning, 12 s');
    expect([...element.querySelectorAll('b')].map(words)).toEqual(['Writer Agent', 'Supervisor']);
  });

  it('ends with its run', async () => {
    expect(words((await show([thought({})], 3500)).querySelector('summary'))).toBe('Reasoning, 2.5 s');
  });
});

import { TestBed } from '@angular/core/testing';

import { words } from '../../../testing/dom';
import { step } from '../../../testing/events';
import { AgentActivity } from '../../state/events';
import { fold } from '../../state/fold';
import { Activity, emptyState } from '../../state/session-state';
import { ActivityDetailComponent } from './activity-detail.component';

async function show(activity: Activity | undefined): Promise<HTMLElement> {
  const fixture = TestBed.createComponent(ActivityDetailComponent);
  fixture.componentRef.setInput('activity', activity);
  fixture.componentRef.setInput('now', 0);
  await fixture.whenStable();
  return fixture.nativeElement as HTMLElement;
}

describe('the details of a step', () => {
  it('have no room for an input or output that there is not', async () => {
    const details = async (fields: Partial<AgentActivity>): Promise<string[]> => {
      const { activities } = fold(emptyState(), [step(1, 0, { activity_id: 'a', ...fields })]);
      const element = await show(activities.at(0));
      return [...element.querySelectorAll('h3')].map(words);
    };
    expect(await details({})).toEqual([]);
    expect(await details({ output: { rows: 2 } })).toEqual(['Output']);
  });

  it('say of a call that was refused that it was, and why', async () => {
    const details = 'Ada refused this call of rm.';
    const call = step(1, 0, { activity_id: 'a', kind: 'tool', status: 'failed', details });
    const element = await show(fold(emptyState(), [call]).activities.at(0));
    expect(words(element)).toContain('Status refused');
    expect(words(element)).toContain('Error Ada refused this call of rm.');
  });

  it('have the ids of the span that it stands for, to copy', async () => {
    const ids = async (run_id: string, activity_id: string): Promise<string[]> => {
      const { activities } = fold(emptyState(), [step(1, 0, { run_id, activity_id })]);
      const element = await show(activities.at(0));
      return [...element.querySelectorAll('dd.id')].map(
        (one) => `${words(one)} ${one.querySelector('button')?.getAttribute('aria-label') ?? ''}`,
      );
    };
    expect(await ids('5b8efff798038103d269b633813fc60c', 'eee19b7ec3c1b174')).toEqual([
      '5b8efff798038103d269b633813fc60c Copy the id of the trace',
      'eee19b7ec3c1b174 Copy the id of the span',
    ]);
    expect(await ids('run-1', 'read-2')).toEqual([]);
  });

  it('leads to what it stands for, if that is a web page', async () => {
    const place = async (...links: (string | undefined)[]): Promise<string | null> => {
      const told = links.map((link, at) =>
        step(at + 1, at, { activity_id: 'a', status: at ? 'completed' : 'started', link }),
      );
      const { activities } = fold(emptyState(), told);
      const element = await show(activities.at(0));
      const link = element.querySelector('a');
      return link && `${words(link)} ${link.getAttribute('href')} ${link.getAttribute('rel')}`;
    };
    const opens = 'Open in n8n.example.org https://n8n.example.org/executions/12 noopener noreferrer';
    expect(await place('https://n8n.example.org/executions/12')).toBe(opens);
    expect(await place('https://n8n.example.org/executions/12', undefined)).toBe(opens);
    expect(await place(undefined, 'https://n8n.example.org/executions/12')).toBe(opens);
    expect(await place(undefined)).toBeNull();
    expect(await place('javascript:alert(1)')).toBeNull();
  });
});

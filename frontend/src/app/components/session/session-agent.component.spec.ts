import { TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';

import { agent, builtIn } from '../../../testing/agents';
import { find, words } from '../../../testing/dom';
import { AgentUnavailableComponent } from './agent-unavailable.component';
import { SessionAgentComponent } from './session-agent.component';

const FIRST = { id: 'agent-1', name: 'Document agents', avatar: null, state: 'ready' } as const;
const HELPER = {
  id: 'agent-Helper',
  name: 'Helper',
  avatar: '/api/agents/agent-Helper/avatar?v=1',
  state: 'ready',
} as const;

beforeEach(() => TestBed.configureTestingModule({ providers: [provideRouter([])] }));

async function show(
  component: Parameters<typeof TestBed.createComponent>[0],
  inputs: Record<string, unknown>,
): Promise<HTMLElement> {
  const fixture = TestBed.createComponent(component);
  for (const [name, value] of Object.entries(inputs)) fixture.componentRef.setInput(name, value);
  await fixture.whenStable();
  return fixture.nativeElement as HTMLElement;
}

describe('who answers in a session', () => {
  const face = async (inputs: Record<string, unknown>): Promise<[string, boolean]> => {
    const element = await show(SessionAgentComponent, {
      agent: FIRST,
      choices: [builtIn()],
      mode: 'gpt-5-mini',
      readOnly: false,
      ...inputs,
    });
    return [words(element.querySelector('.badge, button')), element.querySelector('button') !== null];
  };

  it('is no matter where a team has but the one it came with: there the model is told', async () => {
    expect(await face({})).toEqual(['gpt-5-mini', false]);
  });

  it('can be chosen as soon as there is another one', async () => {
    expect(await face({ choices: [builtIn(), agent('Helper')] })).toEqual(['Document agents', true]);
    expect(await face({ agent: { ...HELPER, state: 'disabled' } })).toEqual(['Helper', true]);
  });

  it('is only told where nothing can be chosen', async () => {
    expect(await face({ choices: [builtIn(), agent('Helper')], readOnly: true })).toEqual([
      'Who answers: Document agents',
      false,
    ]);
    expect(await face({ agent: HELPER, choices: [agent('Helper')] })).toEqual(['Who answers: Helper', false]);
    expect(await face({ choices: null, guest: true, readOnly: true })).toEqual(['Who answers: Document agents', false]);
  });

  it('is shown with its picture, and with its initial where that does not come', async () => {
    const element = await show(SessionAgentComponent, {
      agent: HELPER,
      choices: [builtIn(), agent('Helper')],
      mode: '',
      readOnly: true,
    });
    const picture = find(element, 'img', HTMLImageElement);
    expect(picture.getAttribute('src')).toBe(HELPER.avatar);
    picture.dispatchEvent(new Event('error'));
    await new Promise((resolve) => setTimeout(resolve));
    expect(element.querySelector('.initial')?.getAttribute('data-initial')).toBe('H');
  });

  it('waits until it is known whether there are others', async () => {
    expect(await face({ choices: null })).toEqual(['', false]);
  });
});

describe('a session in which nobody answers', () => {
  const said = async (choices: unknown[], administrator: boolean): Promise<string> =>
    words(
      await show(AgentUnavailableComponent, {
        agent: { ...HELPER, id: null, state: 'deleted' },
        choices,
        administrator,
      }),
    );

  it('says what one can do', async () => {
    expect(await said([builtIn()], false)).toContain('Nobody answers in it. Choose another agent');
    expect(await said([], false)).toContain('Ask an administrator to enable one.');
    expect(await said([], true)).toContain('Enable an agent');
  });
});

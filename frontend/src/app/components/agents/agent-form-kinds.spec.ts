import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';

import { KINDS, agent, unavailable } from '../../../testing/agents';
import { find, words } from '../../../testing/dom';
import { AgentDetail } from '../../models/models';
import { AgentFormComponent } from './agent-form.component';

describe('the kind in the form of an agent', () => {
  let element: HTMLElement;

  beforeEach(() => {
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), provideRouter([])],
    });
  });

  async function settle(): Promise<void> {
    TestBed.tick();
    await new Promise((resolve) => setTimeout(resolve));
    TestBed.tick();
  }

  async function open(stored: AgentDetail | null): Promise<void> {
    const fixture = TestBed.createComponent(AgentFormComponent);
    fixture.componentRef.setInput('agent', stored);
    fixture.componentRef.setInput('kinds', KINDS);
    element = fixture.nativeElement as HTMLElement;
    await settle();
  }

  async function choose(place: number): Promise<void> {
    element.querySelectorAll<HTMLElement>('[name=kind]')[place]?.click();
    await settle();
  }

  /** What saving the form sends. */
  async function saved(): Promise<unknown> {
    find(element, 'form', HTMLFormElement).dispatchEvent(new Event('submit', { cancelable: true }));
    await settle();
    const asked = TestBed.inject(HttpTestingController).expectOne('/api/agents/agent-Helper');
    asked.flush(agent('Helper'));
    await settle();
    return asked.request.body;
  }

  it('says what agents of the chosen kind cannot do', async () => {
    await open(null);
    const said = (): string => words(element.querySelector('[aria-labelledby=what]'));
    expect(said()).toContain('Not supported: pausing, messages while it works, approvals.');
    await choose(1);
    expect(said()).toContain('approvals, documents.');
  });

  it('can be another one for an agent of a kind that the server does not know', async () => {
    await open(unavailable('gone', 'unknown_kind'));
    expect(words(element.querySelector('.warn'))).toContain('does not know the kind “gone”');
    expect(element.querySelector('[name=kind]:checked')).toBeNull();
    await choose(0);
    expect(await saved()).toMatchObject({ configuration: { kind: 'documents', source: 'server' } });
    expect(element.querySelector('.warn')).toBeNull();
  });

  it('stays for an agent whose configuration the server no longer accepts, and is configured again', async () => {
    await open(unavailable('chat', 'invalid_configuration'));
    expect(element.querySelector('[name=kind]')).toBeNull();
    expect(await saved()).toMatchObject({ configuration: { kind: 'chat', source: 'server' } });
  });
});

import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';

import { KINDS, agent, unavailable } from '../../../testing/agents';
import { find, words } from '../../../testing/dom';
import { AgentDetail, BackendKind } from '../../models/models';
import { AgentFormComponent } from './agent-form.component';

describe('the kind in the form of an agent', () => {
  let element: HTMLElement;
  let fixture: ComponentFixture<AgentFormComponent>;

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

  async function open(stored: AgentDetail | null, kinds: readonly BackendKind[] = KINDS): Promise<void> {
    fixture = TestBed.createComponent(AgentFormComponent);
    fixture.componentRef.setInput('agent', stored);
    fixture.componentRef.setInput('kinds', kinds);
    element = fixture.nativeElement as HTMLElement;
    await settle();
  }

  const radio = (kind: string): HTMLInputElement => find(element, `[name=kind][value=${kind}]`, HTMLInputElement);

  /** As by the keyboard: a kind is picked, and then decided on. */
  async function choose(kind: string): Promise<void> {
    radio(kind).click();
    await settle();
    find(element, 'app-kind-choice form', HTMLFormElement).dispatchEvent(new Event('submit', { cancelable: true }));
    await settle();
  }

  async function change(): Promise<void> {
    find(element, '[aria-labelledby=what] button', HTMLButtonElement).click();
    await settle();
  }

  async function type(selector: string, text: string): Promise<void> {
    const field = find(element, selector, HTMLInputElement);
    field.value = text;
    field.dispatchEvent(new Event('input'));
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

  it('is chosen before anything else, by its label, its sentence and its picture', async () => {
    await open(null);
    const kinds = [...element.querySelectorAll('.kind')];
    expect(kinds.map(words)).toEqual(KINDS.map(({ label, help }) => `${label} ${help}`));
    expect(element.querySelector('#name')).toBeNull();
    expect(element.querySelector('[name=kind]:checked')).toBeNull();
    const drawn = kinds.map((kind) => kind.querySelector('path')?.getAttribute('d'));
    expect(new Set(drawn).size).toBe(KINDS.length);
  });

  it('has a picture that any module has when nobody drew one for it', async () => {
    const [known] = KINDS;
    if (!known) throw new Error('There are no kinds.');
    const unknown = (name: string): BackendKind => ({ ...known, name: name as BackendKind['name'] });
    await open(null, [known, unknown('parrot'), unknown('abacus')]);
    const [first, second, third] = [...element.querySelectorAll('.kind path')].map((path) => path.getAttribute('d'));
    expect(second).toBeTruthy();
    expect([second === third, second === first]).toEqual([true, false]);
  });

  it('is decided by a click, and passed by the keyboard until Enter', async () => {
    await open(null);
    radio('n8n').click();
    await settle();
    expect([radio('n8n').checked, element.querySelector('#name')]).toEqual([true, null]);
    radio('chat').dispatchEvent(new MouseEvent('click', { detail: 1, bubbles: true }));
    await settle();
    expect(words(element.querySelector('[aria-labelledby=what]'))).toContain('Chats without documents');
    expect(document.activeElement?.id ?? '').toBe('name');
  });

  it('can be changed until the agent is made, and what another kind has too stays', async () => {
    await open(null);
    expect(fixture.componentInstance.dirty()).toBe(false);
    await choose('crewai');
    expect(fixture.componentInstance.dirty()).toBe(false);
    await type('#name', 'Helper');
    await type('#address', 'https://crew.example.org');
    await type('#token', 'crews-own');
    await change();
    expect([element.querySelector('#name'), radio('crewai').checked]).toEqual([null, true]);
    expect(document.activeElement).toBe(radio('crewai'));
    await choose('ag_ui');
    expect(['#name', '#address'].map((id) => find(element, id, HTMLInputElement).value)).toEqual([
      'Helper',
      'https://crew.example.org',
    ]);
    find(element, 'form', HTMLFormElement).dispatchEvent(new Event('submit', { cancelable: true }));
    await settle();
    const asked = TestBed.inject(HttpTestingController).expectOne('/api/agents');
    expect(asked.request.body).toMatchObject({
      name: 'Helper',
      configuration: { kind: 'ag_ui', address: 'https://crew.example.org' },
      secrets: {},
    });
  });

  it('says what agents of the chosen kind cannot do', async () => {
    await open(null);
    await choose('documents');
    const said = (): string => words(element.querySelector('[aria-labelledby=what]'));
    expect(said()).toContain('Not supported: approvals. Best effort: messages while it works.');
    await change();
    await choose('chat');
    expect(said()).toContain('approvals, documents, running again from a step.');
  });

  it('says what becomes of the instructions, and asks for none where nothing does', async () => {
    await open(null);
    const hint = (): string => words(element.querySelector('#system-prompt-hint'));
    await choose('n8n');
    expect(hint()).toContain('“systemPrompt”');
    await change();
    await choose('router');
    expect(hint()).toContain('Rules take no instructions.');
    await change();
    await choose('crewai');
    expect(element.querySelector('#system-prompt')).toBeNull();
  });

  it('can be another one for an agent of a kind that the server does not know', async () => {
    await open(unavailable('gone', 'unknown_kind'));
    expect(words(element.querySelector('.warn'))).toContain('does not know the kind “gone”');
    await change();
    expect(element.querySelector('[name=kind]:checked')).toBeNull();
    await choose('documents');
    expect(await saved()).toMatchObject({ configuration: { kind: 'documents', source: 'server' } });
    expect(element.querySelector('.warn')).toBeNull();
  });

  it('stays for an agent whose configuration the server no longer accepts, and is configured again', async () => {
    await open(unavailable('chat', 'invalid_configuration'));
    expect(element.querySelector('[name=kind], [aria-labelledby=what] button')).toBeNull();
    expect(words(element.querySelector('[aria-labelledby=what]'))).toContain('Chats without documents');
    expect(await saved()).toMatchObject({ configuration: { kind: 'chat', source: 'server' } });
  });

  it('has settings that its test fills in, which can then be changed', async () => {
    await open(null);
    await choose('crewai');
    await type('#address', 'https://crew.example.org');
    find(element, 'app-agent-test button', HTMLButtonElement).click();
    await settle();
    const http = TestBed.inject(HttpTestingController);
    const suggestions = { inputs: { topic: { gets: 'question', text: '' }, audience: { gets: 'text', text: '' } } };
    http.expectOne('/api/agents/test').flush({ works: true, message: 'It has two inputs.', suggestions });
    await settle();
    expect([...element.querySelectorAll('.entry .name')].map(words)).toEqual(['topic', 'audience']);
    const said = (): string => words(element.querySelector('app-agent-test .found'));
    await type('#name', 'Writers');
    expect(said()).toContain('It has two inputs. The configuration was filled in');
    await type('[aria-label="audience: Text"]', 'sailors');
    expect(said()).toBe('');
    find(element, 'form', HTMLFormElement).dispatchEvent(new Event('submit', { cancelable: true }));
    await settle();
    expect(http.expectOne('/api/agents').request.body).toMatchObject({
      configuration: {
        kind: 'crewai',
        address: 'https://crew.example.org',
        inputs: { topic: { gets: 'question' }, audience: { gets: 'text', text: 'sailors' } },
      },
    });
  });
});

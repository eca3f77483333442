import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { Type } from '@angular/core';
import { ComponentFixture, TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';

import { me, refusal } from '../../../testing/accounts';
import { KINDS, agent, builtIn, unavailable } from '../../../testing/agents';
import { find, words } from '../../../testing/dom';
import { FakeBrowser } from '../../../testing/fake-browser';
import { Account } from '../../services/account.service';
import { BROWSER } from '../../services/browser';
import { AgentFormComponent } from './agent-form.component';
import { AgentPageComponent } from './agent-page.component';
import { AgentsComponent } from './agents.component';

describe('the registry of agents', () => {
  let fixture: ComponentFixture<unknown>;
  let element: HTMLElement;
  let http: HttpTestingController;

  beforeEach(() => {
    Object.assign(HTMLDialogElement.prototype, { showModal: () => undefined });
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        provideRouter([]),
        { provide: BROWSER, useValue: new FakeBrowser() },
      ],
    });
    http = TestBed.inject(HttpTestingController);
  });

  async function settle(): Promise<void> {
    TestBed.tick();
    await new Promise((resolve) => setTimeout(resolve));
    TestBed.tick();
  }

  async function open<C>(component: Type<C>, inputs: Record<string, unknown> = {}): Promise<C> {
    void TestBed.inject(Account).known();
    http.expectOne('/api/auth/me').flush(me('Mara', 'administrator'));
    await settle();
    const created = TestBed.createComponent(component);
    fixture = created;
    for (const [name, value] of Object.entries(inputs)) fixture.componentRef.setInput(name, value);
    element = fixture.nativeElement as HTMLElement;
    await settle();
    return created.componentInstance;
  }

  async function answer(method: string, url: string, body: object | null, ...refused: [] | [object]): Promise<unknown> {
    const asked = http.expectOne((request) => request.method === method && request.url === url);
    asked.flush(body, ...refused);
    await settle();
    return asked.request.body;
  }

  async function press(label: string): Promise<void> {
    const buttons = [...element.querySelectorAll<HTMLElement>('button')];
    const button = buttons.find((one) => one.getAttribute('aria-label') === label || words(one) === label);
    if (!button) throw new Error(`There is no button ${label}.`);
    button.click();
    await settle();
  }

  async function type(selector: string, text: string): Promise<void> {
    const field = element.querySelector<HTMLInputElement>(selector);
    if (!field) throw new Error(`There is no field ${selector}.`);
    field.value = text;
    field.dispatchEvent(new Event('input'));
    await settle();
  }

  async function chooseKind(kind: string): Promise<void> {
    find(element, `[name=kind][value=${kind}]`, HTMLInputElement).click();
    await press('Continue');
  }

  async function save(): Promise<void> {
    find(element, 'form', HTMLFormElement).dispatchEvent(new Event('submit', { cancelable: true }));
    await settle();
  }

  const value = (selector: string): string => find(element, selector, HTMLInputElement).value;
  const wrong = (): string[] => [...element.querySelectorAll('[aria-invalid=true]')].map(({ id }) => id);

  describe('the list', () => {
    const helper = agent('Helper');

    async function list(): Promise<void> {
      await open(AgentsComponent);
      await answer('GET', '/api/agents', { agents: [builtIn(), helper], next_cursor: null });
      await answer('GET', '/api/agents/kinds', { kinds: KINDS });
    }

    it('tells of each agent what it does with which model, and keeps the one that came with the team', async () => {
      await list();
      const [first, second] = element.querySelectorAll('tbody tr');
      expect(words(first?.querySelector('.last'))).toContain('cannot be deleted');
      expect(words(second)).toContain('Chats without documents tiny at models.example');
    });

    it('shows an agent that the server cannot use any more, which can be deleted', async () => {
      await open(AgentsComponent);
      await answer('GET', '/api/agents', {
        agents: [builtIn(), unavailable('gone', 'unknown_kind')],
        next_cursor: null,
      });
      await answer('GET', '/api/agents/kinds', { kinds: KINDS });
      expect(words(element.querySelectorAll('tbody tr')[1])).toContain('does not know the kind “gone”');
      await press('Delete Helper');
      expect(element.querySelector('app-confirm')).not.toBeNull();
    });

    it('shows an agent as it is when it could not be switched off', async () => {
      await list();
      const box = find(element, '[aria-label="Helper is enabled"]', HTMLInputElement);
      box.click();
      await answer('PATCH', '/api/agents/agent-Helper', ...refusal(503, 'storage', 'Later.'));
      expect([box.checked, words(element.querySelector('[role=alert]'))]).toEqual([true, 'Later.']);
      box.click();
      expect(await answer('PATCH', '/api/agents/agent-Helper', { ...helper, enabled: false })).toEqual({
        enabled: false,
      });
      expect(box.checked).toBe(false);
    });

    it('deletes an agent when sure', async () => {
      await list();
      await press('Delete Helper');
      http.expectNone({ method: 'DELETE' });
      const dialog = find(element, 'app-confirm dialog', HTMLDialogElement);
      dialog.returnValue = 'yes';
      dialog.dispatchEvent(new Event('close'));
      await settle();
      await answer('DELETE', '/api/agents/agent-Helper', null);
      expect(words(element.querySelector('tbody'))).not.toContain('Helper');
    });
  });

  describe('the form', () => {
    it('makes an agent', async () => {
      const form = await open(AgentFormComponent, { agent: null, kinds: KINDS });
      let saved = 0;
      form.saved.subscribe(() => saved++);
      expect(form.dirty()).toBe(false);
      await chooseKind('chat');
      await type('#name', 'Helper');
      expect(form.dirty()).toBe(true);
      element.querySelectorAll<HTMLElement>('[name=source]')[1]?.click();
      await settle();
      await type('#base-url', 'http://models.example/v1');
      await type('#model-name', 'tiny');
      await type('#api-key', 'sk-1');
      await save();
      expect(await answer('POST', '/api/agents', agent('Helper', { secrets: ['api_key'] }))).toMatchObject({
        name: 'Helper',
        configuration: { kind: 'chat', source: 'own', base_url: 'http://models.example/v1', model: { name: 'tiny' } },
        secrets: { api_key: 'sk-1' },
      });
      expect([saved, form.dirty(), element.innerHTML.includes('sk-1')]).toEqual([1, false, false]);
    });

    it('puts what the server says to the fields it is about, and keeps what was typed', async () => {
      const form = await open(AgentFormComponent, { agent: agent('Helper'), kinds: KINDS });
      await type('#name', 'Quay');
      await type('#model-name', ' ');
      await save();
      await answer(
        'PATCH',
        '/api/agents/agent-Helper',
        ...refusal(
          400,
          'invalid_request',
          'Please correct the request: configuration.chat: Value error, model.name: the source own needs a name.',
        ),
      );
      expect(wrong()).toEqual(['model-name']);
      expect(words(element.querySelector('#model-name-error'))).toBe('The source own needs a name.');
      await save();
      await answer('PATCH', '/api/agents/agent-Helper', ...refusal(409, 'name_taken', 'Choose another name.'));
      expect([wrong(), words(element.querySelector('[role=alert]:not(:empty)'))]).toEqual([['name'], '']);
      await save();
      await answer('PATCH', '/api/agents/agent-Helper', ...refusal(503, 'storage', 'The disk is full.'));
      expect([wrong(), words(element.querySelector('.form-error'))]).toEqual([[], 'The disk is full.']);
      expect([value('#name'), form.dirty()]).toEqual(['Quay', true]);
    });

    it('puts what a test of the connection refuses to its fields, too, and takes it back with the next test', async () => {
      await open(AgentFormComponent, { agent: null, kinds: KINDS });
      await chooseKind('documents');
      element.querySelectorAll<HTMLElement>('[name=source]')[1]?.click();
      await settle();
      await press('Test connection');
      const refused = 'Please correct the request: configuration.documents.base_url: must be an address.';
      await answer('POST', '/api/agents/test', ...refusal(400, 'invalid_request', refused));
      expect(words(element.querySelector('#base-url-error'))).toBe('Must be an address.');
      expect(element.textContent).not.toContain('configuration.');
      await press('Test connection');
      await answer('POST', '/api/agents/test', { works: true, message: 'The model answers.' });
      expect([wrong(), words(element.querySelector('.found'))]).toEqual([[], 'The model answers.']);
    });

    it('never shows a key, asks for it again at another address, and not when the old one is back', async () => {
      await open(AgentFormComponent, { agent: agent('Helper', { secrets: ['api_key'] }), kinds: KINDS });
      expect([element.querySelector('#api-key'), words(element.querySelector('app-agent-secret'))]).toEqual([
        null,
        expect.stringContaining('set'),
      ]);
      await type('#base-url', 'http://other.example/v1');
      expect(value('#api-key')).toBe('');
      await save();
      expect(
        await answer('PATCH', '/api/agents/agent-Helper', ...refusal(409, 'key_needed', 'Give the key again.')),
      ).toMatchObject({ secrets: {} });
      expect(wrong()).toEqual(['api-key']);
      await type('#api-key', 'sk-2');
      await type('#api-key', '');
      await type('#base-url', 'http://models.example/v1/');
      expect(element.querySelector('#api-key')).toBeNull();
    });

    it('replaces and removes a key, and thinks better of it', async () => {
      const form = await open(AgentFormComponent, { agent: agent('Helper', { secrets: ['api_key'] }), kinds: KINDS });
      await press('Remove it');
      expect(form.dirty()).toBe(true);
      await press('Keep the current one');
      expect(form.dirty()).toBe(false);
      await press('Replace it');
      await type('#api-key', 'sk-2');
      await save();
      expect(
        await answer('PATCH', '/api/agents/agent-Helper', agent('Helper', { secrets: ['api_key'] })),
      ).toMatchObject({ secrets: { api_key: 'sk-2' } });
      await press('Remove it');
      await save();
      expect(await answer('PATCH', '/api/agents/agent-Helper', agent('Helper'))).toMatchObject({
        secrets: { api_key: null },
      });
    });

    it('has no choice of kind for one that is there, and no model where there is only extraction', async () => {
      await open(AgentFormComponent, { agent: builtIn(), kinds: KINDS });
      expect(element.querySelector('[name=kind]')).toBeNull();
      expect(words(element)).toContain('cannot be deleted');
      element.querySelectorAll<HTMLElement>('[name=source]')[2]?.click();
      await settle();
      expect(element.querySelector('#model-name')).toBeNull();
    });

    it('sends a picture after the agent, and says so when the picture alone was refused', async () => {
      Object.assign(globalThis, {
        createImageBitmap: (file: File) =>
          file.type === 'text/plain' ? Promise.reject(new Error()) : Promise.resolve({ width: 4, height: 2 }),
      });
      HTMLCanvasElement.prototype.getContext = () => null;
      const form = await open(AgentFormComponent, { agent: null, kinds: KINDS });
      await chooseKind('documents');
      let saved = 0;
      form.saved.subscribe(() => saved++);
      const choose = async (file: File): Promise<void> => {
        const field = find(element, '[type=file]', HTMLInputElement);
        Object.defineProperty(field, 'files', { value: [file], configurable: true });
        field.dispatchEvent(new Event('change'));
        await settle();
      };
      const said = (): string => words(element.querySelector('#picture-error'));
      await choose(new File(['x'], 'notes.txt', { type: 'text/plain' }));
      expect(said()).toBe('“notes.txt” cannot be read as a picture. Choose a PNG, JPEG or WebP file.');
      await choose(new File([new Uint8Array(1024 * 1024 + 1)], 'big.png', { type: 'image/png' }));
      expect(said()).toContain('Choose a smaller one.');
      await choose(new File(['x'], 'face.png', { type: 'image/png' }));
      expect([said(), element.querySelector('canvas') !== null]).toEqual(['', true]);
      await save();
      await answer('POST', '/api/agents', agent('Helper'));
      await answer(
        'PUT',
        '/api/agents/agent-Helper/avatar',
        ...refusal(400, 'not_an_image', 'This picture is damaged.'),
      );
      expect([said(), saved, form.dirty()]).toEqual(['This picture is damaged. Everything else is saved.', 0, true]);
      // The agent is there now: it is not made once more.
      await save();
      await answer('PATCH', '/api/agents/agent-Helper', agent('Helper'));
      await answer(
        'PUT',
        '/api/agents/agent-Helper/avatar',
        agent('Helper', { avatar: '/api/agents/agent-Helper/avatar?v=1' }),
      );
      expect([saved, form.dirty()]).toEqual([1, false]);
    });
  });

  describe('its page', () => {
    it('asks before what was typed is lost', async () => {
      const page = await open(AgentPageComponent, { agentId: 'agent-Helper' });
      await answer('GET', '/api/agents/kinds', { kinds: KINDS });
      await answer('GET', '/api/agents/agent-Helper', agent('Helper'));
      expect(page.mayLeave()).toBe(true);
      await type('#name', 'Quay');
      const unload = new Event('beforeunload', { cancelable: true });
      window.dispatchEvent(unload);
      expect(unload.defaultPrevented).toBe(true);
      const leaves = page.mayLeave();
      await settle();
      const dialog = find(element, 'app-confirm dialog', HTMLDialogElement);
      dialog.returnValue = 'no';
      dialog.dispatchEvent(new Event('close'));
      await settle();
      expect([await leaves, element.querySelector('app-confirm'), value('#name')]).toEqual([false, null, 'Quay']);
    });

    it('says that an agent does not exist', async () => {
      await open(AgentPageComponent, { agentId: 'gone' });
      await answer('GET', '/api/agents/kinds', { kinds: KINDS });
      await answer(
        'GET',
        '/api/agents/gone',
        ...refusal(404, 'not_found', 'There is no such agent. It may have been deleted.'),
      );
      expect(words(element.querySelector('[role=status]'))).toBe('There is no such agent. It may have been deleted.');
    });
  });
});

import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, TestRequest, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';

import { agent, builtIn, unavailable } from '../../testing/agents';
import { session } from '../../testing/sessions';
import { Agent } from '../models/models';
import { AgentRegistry } from './agent-registry';
import { Notices } from './notices.service';
import { SessionsService } from './sessions.service';

describe('AgentRegistry', () => {
  let http: HttpTestingController;
  let registry: AgentRegistry;

  beforeEach(() => {
    TestBed.configureTestingModule({ providers: [provideHttpClient(), provideHttpClientTesting()] });
    http = TestBed.inject(HttpTestingController);
    registry = TestBed.inject(AgentRegistry);
  });

  const asked = (): TestRequest => http.expectOne(({ url }) => url === '/api/agents');

  async function load(...agents: Agent[]): Promise<void> {
    const loaded = registry.load();
    asked().flush({ agents, next_cursor: null });
    await loaded;
  }

  it('offers no agent that the server cannot use any more', async () => {
    await load(unavailable('gone', 'unknown_kind'), builtIn());
    registry.pick('agent-Helper');
    expect([registry.enabled().map(({ id }) => id), registry.forNew()?.id]).toEqual([['agent-1'], 'agent-1']);
  });

  it('leaves new sessions to the first agent until another is picked, and when that is switched off', async () => {
    const helper = agent('Helper');
    await load(builtIn(), helper);
    expect(registry.forNew()?.id).toBe('agent-1');
    registry.pick('agent-Helper');
    expect(registry.forNew()?.id).toBe('agent-Helper');
    await load(builtIn(), { ...helper, enabled: false });
    expect([registry.forNew()?.id, registry.picked()]).toEqual(['agent-1', null]);
    await load(builtIn({ enabled: false }), helper);
    expect(registry.forNew()?.id).toBe('agent-Helper');
  });

  it('tells the server whom a new session was picked for', async () => {
    await load(builtIn(), agent('Helper'));
    const made = TestBed.inject(SessionsService).create('key');
    const plain = http.expectOne('/api/sessions');
    plain.flush(session('a'));
    await made;
    registry.pick('agent-Helper');
    const picked = TestBed.inject(SessionsService).create('key');
    const asked = http.expectOne('/api/sessions');
    asked.flush(session('b'));
    await picked;
    expect([plain.request.body, asked.request.body]).toEqual([{}, { agent_id: 'agent-Helper' }]);
  });

  it('asks once for each page, however many agents there are', async () => {
    const loaded = registry.load();
    const first = asked();
    first.flush({ agents: [builtIn()], next_cursor: 'more' });
    await new Promise((resolve) => setTimeout(resolve));
    const second = asked();
    second.flush({ agents: [agent('Helper')], next_cursor: null });
    await loaded;
    expect([first, second].map(({ request }) => [request.params.get('limit'), request.params.get('cursor')])).toEqual([
      ['200', null],
      ['200', 'more'],
    ]);
    expect(registry.agents()?.map(({ name }) => name)).toEqual(['Document agents', 'Helper']);
  });

  it('keeps what it knows when the server is lost, and says so', async () => {
    await load(builtIn());
    const lost = registry.load();
    asked().error(new ProgressEvent('error'));
    await lost;
    expect([registry.agents()?.length, TestBed.inject(Notices).all().length]).toEqual([1, 1]);
  });
});

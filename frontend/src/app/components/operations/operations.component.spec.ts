import { OpenRun, Operations } from '../../models/models';
import { refusal } from '../../../testing/accounts';
import { words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { OperationsComponent } from './operations.component';

const NOW = '2026-03-14T09:10:00Z';
const RUN: OpenRun = {
  id: 'run-1',
  status: 'running',
  session_id: 's1',
  title: 'Winter berths',
  team_name: 'Harbour',
  agent_name: 'Document agents',
  attempt: 1,
  losses: 0,
  owner: 'node-1/417/ab',
  stopping: false,
  waits_for: null,
  created_at: '2026-03-14T09:05:00Z',
  started_at: '2026-03-14T09:08:00Z',
};
const QUEUED: OpenRun = {
  ...RUN,
  id: 'run-2',
  status: 'queued',
  owner: null,
  started_at: null,
  waits_for: 'the run before it in its session',
};
const PROCESS = { owner: 'node-1/417/ab', started_at: NOW, seen_at: NOW, silent: false, slots: 4, used: 1 };
const FOUND: Operations = {
  runs: [RUN, QUEUED],
  processes: [PROCESS],
  streams: 3,
  watched_sessions: 2,
  connections: null,
  cannot: [],
  retention: [{ what: 'audit', days: 400, begins_at: NOW, former_days: 400 }],
  now: NOW,
};

describe('the operations page', () => {
  let page: PageHarness;

  beforeEach(async () => {
    page = new PageHarness();
    await page.open(OperationsComponent);
  });

  it('shows what waits for what and how long, and who works on what since when', async () => {
    await page.answer('GET', '/api/operations', FOUND);
    const shown = words(page.element);
    expect(shown).toContain('the run before it in its session');
    expect(shown).toContain('Oldest waits 5 min 00 s');
    expect(shown).toContain('node-1, process 417');
    expect(shown).toContain('2 min 00 s');
    expect(shown).toContain('1 of 4');
  });

  it('gives a run back to the queue when sure', async () => {
    await page.answer('GET', '/api/operations', FOUND);
    await page.press('Give back run-1');
    page.http.expectNone({ method: 'POST' });
    await page.confirm();
    await page.answer('POST', '/api/operations/runs/run-1/release', { status: 'queued' });
    await page.answer('GET', '/api/operations', { ...FOUND, runs: [{ ...RUN, status: 'queued', owner: null }] });
    expect(words(page.element)).toContain('Nobody works on a run.');
  });

  it('ends a run that was asked to stop and goes on', async () => {
    await page.answer('GET', '/api/operations', { ...FOUND, runs: [{ ...RUN, stopping: true }] });
    expect(page.element.querySelector('[aria-label="Give back run-1"]')).toBeNull();
    await page.press('End run-1');
    await page.confirm();
    await page.answer('POST', '/api/operations/runs/run-1/stop', { status: 'cancelled' });
  });

  it('keeps what it shows while the server is away, and says so', async () => {
    await page.answer('GET', '/api/operations', FOUND);
    await page.press('Stop run-2');
    await page.confirm();
    await page.answer('POST', '/api/operations/runs/run-2/stop', { status: 'cancelled' });
    page.http.expectOne('/api/operations').flush(...refusal(503, 'database_lost', 'The database does not answer.'));
    await page.settle();
    expect(page.alert()).toBe('The database does not answer.');
    expect(words(page.element)).toContain('Winter berths');
  });

  it('says in words what the server cannot do', async () => {
    await page.answer('GET', '/api/operations', { ...FOUND, runs: [], cannot: ['disk'] });
    expect(words(page.element)).toContain('The disk of DATA_DIR is full.');
    expect(words(page.element)).toContain('No run waits.');
  });

  it('shows the connections of the database server, and warns when few are left', async () => {
    const connections = { allowed: 97, taken: 40, machine: 32, scarce: false };
    await page.answer('GET', '/api/operations', { ...FOUND, connections });
    expect(words(page.element)).toContain('Database connections 40 of 97');
    expect(words(page.element)).not.toContain('few connections left');
    await page.press('Stop run-2');
    await page.confirm();
    await page.answer('POST', '/api/operations/runs/run-2/stop', { status: 'cancelled' });
    await page.answer('GET', '/api/operations', { ...FOUND, connections: { ...connections, taken: 95, scarce: true } });
    expect(words(page.element)).toContain('few connections left: 95 of 97 are taken');
  });
});

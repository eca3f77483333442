import { find, words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { session } from '../../../testing/sessions';
import { ConnectComponent } from './connect.component';

const KEY = {
  id: 'k',
  name: 'Connect: Python',
  scopes: ['emit'],
  hint: 'ringside_ab',
  user_id: 'u',
  user_name: 'Mara',
  user_is_service: false,
  created_at: '2026-03-14T09:00:00Z',
  expires_at: null,
};
const BEFORE = '2026-03-14T08:59:00Z';
const SINCE = '2026-03-14T09:01:00Z';

describe('the page that connects a program', () => {
  afterEach(() => vi.useRealTimers());

  it('says which of one’s own sessions has begun since its key was made', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const page = new PageHarness();
    const look = async (...sessions: object[]): Promise<string> => {
      await vi.advanceTimersByTimeAsync(2000);
      await page.settle();
      for (const asked of page.http.match(({ url }) => url === '/api/keys')) {
        asked.flush({ keys: [{ ...KEY, last_used_at: SINCE }] });
      }
      await page.settle();
      await page.answer('GET', '/api/sessions', { sessions, next_cursor: null });
      return words(find(page.element, '.arrival', HTMLElement));
    };
    await page.open(ConnectComponent);
    await page.press('Create key');
    await page.answer('POST', '/api/keys', { key: { ...KEY, last_used_at: null }, secret: 'ringside_abc' });
    const mine = session('mine', { created_at: SINCE, updated_at: SINCE, head: 2 });
    const others = session('others', { ...mine, id: 'others', mine: false });
    const old = session('old', { ...mine, id: 'old', created_at: BEFORE });
    expect(await look(others, old)).toContain('The first event is awaited.');
    expect(await look(others, old, mine)).toBe('Arrived in Session mine .');
  });
});

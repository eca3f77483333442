import { TestBed } from '@angular/core/testing';

import { find, words } from '../../../testing/dom';
import { PageHarness } from '../../../testing/page-harness';
import { refusal } from '../../../testing/accounts';
import { Push, PushPermission } from '../../live/push';
import { NoticeSettings } from '../../models/models';
import { PUSH } from '../../services/push';
import { NoticeSettingsComponent } from './notice-settings.component';

const SETTINGS: NoticeSettings = {
  preferences: {
    kinds: { run_failed: { whose: 'mine', browser: true, mail: false } },
    quiet: null,
    time_zone: 'UTC',
    urgent_passes: true,
    digest: 'none',
  },
  push_key: 'BKey',
  mail: true,
  browsers: [],
  lately: [],
};

class FakePush implements Push {
  allowed: PushPermission = 'default';
  subscribed: string | null = null;

  permission(): PushPermission {
    return this.allowed;
  }

  ask(): Promise<PushPermission> {
    if (this.allowed === 'default') this.allowed = 'granted';
    return Promise.resolve(this.allowed);
  }

  subscription(): Promise<PushSubscription | null> {
    return Promise.resolve(this.subscribed === null ? null : this.made());
  }

  subscribe(key: string): Promise<PushSubscription> {
    this.subscribed = key;
    return Promise.resolve(this.made());
  }

  private made(): PushSubscription {
    const told = { endpoint: 'https://push.example/1', keys: { p256dh: 'p', auth: 'a' } };
    const made: Partial<PushSubscription> = { ...told, toJSON: () => told };
    return made as PushSubscription;
  }
}

describe('the page of notices', () => {
  let page: PageHarness;
  let push: FakePush;

  beforeEach(() => {
    push = new FakePush();
    TestBed.configureTestingModule({ providers: [{ provide: PUSH, useValue: push }] });
    page = new PageHarness();
  });

  async function open(settings: NoticeSettings = SETTINGS): Promise<void> {
    await page.open(NoticeSettingsComponent);
    await page.answer('GET', '/api/notices', settings);
  }

  it('says why nothing is known, and asks again', async () => {
    await page.open(NoticeSettingsComponent);
    page.http.expectOne('/api/notices').flush(...refusal(503, 'database_lost', 'The database does not answer.'));
    await page.settle();
    expect(page.alert()).toContain('The database does not answer.');
    await page.press('Try again');
    await page.answer('GET', '/api/notices', SETTINGS);
    expect(words(page.element)).toContain('Nothing was sent to you lately.');
  });

  it('asks for leave only upon a click, and adds this browser', async () => {
    await open();
    expect(push.allowed).toBe('default');
    await page.press('Switch on here');
    const added = await page.answer('POST', '/api/notices/browsers', { id: 'p' });
    expect(added).toEqual({ endpoint: 'https://push.example/1', keys: { p256dh: 'p', auth: 'a' } });
    expect(push.subscribed).toBe('BKey');
    await page.answer('GET', '/api/notices', SETTINGS);
  });

  it('says what to do where a browser refuses, or cannot', async () => {
    push.allowed = 'denied';
    await open();
    expect(words(page.element)).toContain('This browser refuses notices of this address.');
  });

  it('stores each choice at once, and takes back what was not stored', async () => {
    await open();
    const whose = find(page.element, '[aria-label="A run has failed: whose"]', HTMLSelectElement);
    whose.value = 'team';
    whose.dispatchEvent(new Event('change'));
    await page.settle();
    const refused = page.http.expectOne(({ method }) => method === 'PUT');
    expect(refused.request.body).toMatchObject({
      kinds: { run_failed: { whose: 'team', browser: true, mail: false } },
    });
    refused.flush(...refusal(503, 'database_lost', 'The database does not answer.'));
    await page.settle();
    expect(words(page.element)).toContain('The database does not answer.');
    expect(whose.value).toBe('mine');
  });
});

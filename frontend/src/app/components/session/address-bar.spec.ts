import { Location } from '@angular/common';
import { Component, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Router, provideRouter } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { provideHttpClient } from '@angular/common/http';

import { AgentActivityService } from '../../services/agent-activity.service';
import { emptyState } from '../../state/session-state';
import { NO_FILTER } from '../../state/step-filter';
import { AddressBar } from './address-bar';
import { Lens } from './lens';
import { Watched } from './watched';

/** The page of a session with two runs, whose address is kept. */
@Component({ selector: 'app-session-host', template: '' })
class SessionHostComponent {
  readonly runId = signal<string | null>('new');
  readonly selectedKey = signal<string | null>(null);
  readonly lens = new Lens(signal('harbour'), this.runId);

  constructor() {
    const watched = {
      runId: this.runId,
      newestId: signal('new'),
      selectedKey: this.selectedKey,
      selected: () => {
        const key = this.selectedKey();
        return key === null ? null : { key, runId: this.runId() };
      },
      show: (run: string) => {
        this.runId.set(run);
        this.selectedKey.set(null);
      },
    };
    const store = {
      opening: signal({ state: 'ready' }),
      run: (id: string | null) => (id === 'old' || id === 'new' ? { id } : null),
      state: signal(emptyState()),
      past: { missing: () => 0 },
    };
    new AddressBar(store as unknown as AgentActivityService, watched as unknown as Watched, this.lens, () => undefined);
  }

  /** As a click on a step of a run does. */
  open(run: string, step: string): void {
    this.runId.set(run);
    this.selectedKey.set(`${run}/${step}`);
  }
}

@Component({ selector: 'app-other-host', template: '' })
class OtherHostComponent {}

describe('the address of a session', () => {
  let come: (may: boolean) => void;
  let page: SessionHostComponent;
  let router: Router;
  let location: Location;

  beforeEach(async () => {
    vi.useFakeTimers();
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideRouter([
          { path: 'sessions/:sessionId', component: SessionHostComponent },
          {
            path: 'usage',
            component: OtherHostComponent,
            canActivate: [() => new Promise<boolean>((resolve) => (come = resolve))],
          },
          { path: '**', component: OtherHostComponent },
        ]),
      ],
    });
    TestBed.inject(Router).initialNavigation(); // it hears of the way back from then on
    const harness = await RouterTestingHarness.create('/inbox');
    page = await harness.navigateByUrl('/sessions/harbour', SessionHostComponent);
    [router, location] = [TestBed.inject(Router), TestBed.inject(Location)];
    await settle();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  /** Until the address has followed. */
  async function settle(): Promise<void> {
    for (let time = 0; time < 3; time++) {
      TestBed.tick();
      await vi.advanceTimersByTimeAsync(310);
    }
    TestBed.tick();
  }

  async function back(): Promise<void> {
    location.back();
    await settle();
  }

  it('follows what is looked at, without an entry of the history for each look', async () => {
    page.lens.view.set('feed');
    await settle();
    expect(router.url).toBe('/sessions/harbour?tab=feed');
    await back();
    expect(router.url).toBe('/inbox');
  });

  it('lets a page come that is slow, although the view was changed just before', async () => {
    page.lens.view.set('feed');
    TestBed.tick();
    const gone = router.navigateByUrl('/usage');
    await settle();
    come(true);
    expect(await gone).toBe(true);
    expect(router.url).toBe('/usage');
  });

  it('is written when the other page does not come', async () => {
    const gone = router.navigateByUrl('/usage');
    page.lens.view.set('feed');
    await settle();
    come(false);
    expect(await gone).toBe(false);
    await settle();
    expect(router.url).toBe('/sessions/harbour?tab=feed');
  });

  it('closes a step on the way back, however many were looked at, and shows the run that was shown', async () => {
    page.open('new', 'read');
    await settle();
    page.open('old', 'search');
    await settle();
    expect(router.url).toBe('/sessions/harbour?step=search&run=old');
    await back();
    expect([router.url, page.selectedKey(), page.runId()]).toEqual(['/sessions/harbour', null, 'new']);
    await back();
    expect(router.url).toBe('/inbox');
  });

  it('leaves no entry of a step that was closed on the page', async () => {
    page.open('new', 'read');
    await settle();
    page.selectedKey.set(null);
    await settle();
    page.open('new', 'search');
    await settle();
    page.selectedKey.set(null);
    page.lens.filter.set({ ...NO_FILTER, search: 'quay' });
    await settle();
    expect([router.url, page.lens.filter().search]).toEqual(['/sessions/harbour?search=quay', 'quay']);
    await back();
    expect(router.url).toBe('/inbox');
  });

  it('closes a step that a link has opened without leaving the page', async () => {
    await router.navigateByUrl('/sessions/harbour?run=new&step=read');
    page.open('new', 'read');
    await settle();
    page.selectedKey.set(null);
    await settle();
    expect(router.url).toBe('/sessions/harbour');
  });
});

import { HttpClient, provideHttpClient, withInterceptors } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';

import { refusal } from '../../testing/accounts';
import { Notices } from './notices.service';
import { reachInterceptor } from './reach.interceptor';
import { ServerReach } from './server-reach.service';

describe('Notices', () => {
  let notices: Notices;
  let http: HttpTestingController;

  beforeEach(() => {
    vi.useFakeTimers();
    TestBed.configureTestingModule({
      providers: [provideHttpClient(withInterceptors([reachInterceptor])), provideHttpClientTesting()],
    });
    notices = TestBed.inject(Notices);
    http = TestBed.inject(HttpTestingController);
  });

  afterEach(() => vi.useRealTimers());

  const texts = (): string[] => notices.all().map(({ text }) => text);

  /** A request; what it fails with is told. */
  function ask(url: string): ReturnType<HttpTestingController['expectOne']> {
    TestBed.inject(HttpClient)
      .get(url)
      .subscribe({ error: (error: unknown) => notices.add(error) });
    return http.expectOne(url);
  }

  function seconds(count: number): void {
    TestBed.tick();
    vi.advanceTimersByTime(count * 1000);
    TestBed.tick();
  }

  it('says that the server cannot be reached until something is heard of it, and long enough to be read', () => {
    ask('/a').error(new ProgressEvent('error'));
    seconds(60);
    expect(texts()).toEqual(['The server cannot be reached. Check your connection and try again.']);
    ask('/b').flush({});
    seconds(0);
    expect(texts()).toEqual([]);

    ask('/a').error(new ProgressEvent('error'));
    seconds(1);
    ask('/b').flush({});
    seconds(4);
    expect(texts()).toHaveLength(1);
    seconds(1);
    expect(texts()).toEqual([]);
  });

  it('believes the live stream, too', () => {
    ask('/a').flush('Bad gateway', { status: 502, statusText: 'Bad Gateway' });
    seconds(10);
    expect(texts()).toHaveLength(1);
    TestBed.inject(ServerReach).heard();
    seconds(0);
    expect(texts()).toEqual([]);
  });

  it('keeps what the server itself has said until it is dismissed', () => {
    ask('/a').flush(...refusal(503, 'crowded', 'Many uploads arrive at once.'));
    ask('/b').flush({});
    seconds(60);
    expect(texts()).toEqual(['Many uploads arrive at once.']);
    notices.dismiss(notices.all()[0]?.id ?? 0);
    expect(texts()).toEqual([]);
  });
});

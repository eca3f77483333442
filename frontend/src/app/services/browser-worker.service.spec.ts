import { HttpErrorResponse } from '@angular/common/http';
import { TestBed } from '@angular/core/testing';

import { AnswerSource } from '../live/answer-source';
import { Assignment } from '../models/models';
import { BrowserWorker } from './browser-worker.service';
import { WorkApi } from './work-api';

const QUESTION = {
  run_id: 'one',
  attempt: 1,
  question: 'What?',
  instructions: '',
  history: [],
  metadata: {},
} as unknown as Assignment;
const SOURCE: AnswerSource = {
  name: 'Fake',
  answer: (_, tell) => {
    tell('Whole');
    return Promise.resolve();
  },
};

function failure(status: number): HttpErrorResponse {
  return new HttpErrorResponse({ status });
}

describe('a browser that answers', () => {
  const api = { claim: vi.fn(), beat: vi.fn(), tell: vi.fn(), end: vi.fn(), release: vi.fn() };
  let worker: BrowserWorker;

  beforeEach(() => {
    vi.useFakeTimers();
    for (const one of Object.values(api)) one.mockReset();
    api.claim.mockResolvedValueOnce(QUESTION).mockReturnValue(new Promise(() => null));
    api.beat.mockResolvedValue(false);
    api.tell.mockResolvedValue({ told: 1, cancel_requested: false });
    api.end.mockResolvedValue(undefined);
    api.release.mockResolvedValue(undefined);
    TestBed.configureTestingModule({
      providers: [BrowserWorker, { provide: WorkApi, useValue: { ...api, releaseFromClosingPage: vi.fn() } }],
    });
    worker = TestBed.inject(BrowserWorker);
  });

  afterEach(() => vi.useRealTimers());

  it('sends what it tells and its end again until the server is back, and goes on', async () => {
    api.tell.mockRejectedValueOnce(failure(0)).mockRejectedValueOnce(failure(502));
    api.end.mockRejectedValueOnce(failure(503));
    worker.start(SOURCE);
    await vi.advanceTimersByTimeAsync(600);
    expect([worker.state(), worker.trouble()]).toEqual([
      'working',
      'The server answered with status 502. Try again in a moment.',
    ]);
    await vi.advanceTimersByTimeAsync(3000);
    expect(api.tell.mock.calls.map(([, first]: unknown[]) => first)).toEqual([0, 0, 0]);
    expect(api.end).toHaveBeenCalledTimes(2);
    expect(api.claim).toHaveBeenCalledTimes(2);
    expect([worker.state(), worker.trouble(), api.release.mock.calls]).toEqual(['connected', '', []]);
  });

  it('passes on the model that was asked for by name', async () => {
    const answer = vi.fn<AnswerSource['answer']>(SOURCE.answer);
    api.claim
      .mockReset()
      .mockResolvedValueOnce({ ...QUESTION, metadata: { model: 'tiny' } })
      .mockResolvedValueOnce(QUESTION)
      .mockReturnValue(new Promise(() => null));
    worker.start({ name: 'Fake', answer });
    await vi.advanceTimersByTimeAsync(1000);
    expect(answer.mock.calls.map(([, , , model]) => model)).toEqual(['tiny', undefined]);
  });

  it('gives back what the server refuses, and says why', async () => {
    api.end.mockRejectedValue(failure(413));
    worker.start(SOURCE);
    await vi.advanceTimersByTimeAsync(3000);
    expect(api.end).toHaveBeenCalledTimes(1);
    expect(api.release).toHaveBeenCalledTimes(1);
    expect(worker.state()).toBe('trouble');
  });

  it('ends trying when another one has the question', async () => {
    api.end.mockRejectedValueOnce(failure(0)).mockRejectedValue(failure(409));
    worker.start(SOURCE);
    await vi.advanceTimersByTimeAsync(3000);
    expect(api.end).toHaveBeenCalledTimes(2);
    expect(worker.handled().map(({ outcome }) => outcome)).toEqual(['taken over by another one']);
    expect(worker.state()).toBe('connected');
  });

  it('ends trying when it is stopped', async () => {
    api.end.mockRejectedValue(failure(0));
    worker.start(SOURCE);
    await vi.advanceTimersByTimeAsync(100);
    await worker.stop();
    await vi.advanceTimersByTimeAsync(20_000);
    expect([api.end.mock.calls.length, api.release.mock.calls.length]).toEqual([1, 1]);
    expect([worker.state(), worker.trouble()]).toEqual(['off', '']);
  });
});

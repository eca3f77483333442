import { Polling } from './polling';

describe('polling', () => {
  let answers: { resolve: () => void; reject: (reason: Error) => void }[];
  let polling: Polling;

  beforeEach(() => {
    vi.useFakeTimers();
    answers = [];
    polling = new Polling(() => new Promise((resolve, reject) => answers.push({ resolve, reject })));
    polling.start();
  });

  afterEach(() => {
    polling.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const pause = async (): Promise<void> => {
    await vi.advanceTimersByTimeAsync(2000);
  };

  it('asks again once the answer is there', async () => {
    await pause();
    await pause();
    expect(answers).toHaveLength(1);
    answers.at(0)?.resolve();
    await pause();
    expect(answers).toHaveLength(2);
  });

  it('asks once at a time, also if it was stopped and started while an answer was awaited', async () => {
    await pause();
    polling.stop();
    polling.start();
    answers.at(0)?.resolve();
    await pause();
    expect(answers).toHaveLength(2);
    answers.at(1)?.resolve();
    await pause();
    expect(answers).toHaveLength(3);
  });

  it('asks no more once it is stopped', async () => {
    await pause();
    polling.stop();
    answers.at(0)?.resolve();
    await pause();
    expect([answers.length, polling.isRunning]).toEqual([1, false]);
  });

  it('goes on after a question that failed, and reports the error', async () => {
    const reported = vi.fn();
    vi.stubGlobal('reportError', reported);
    const failure = new Error('The channel is closed.');
    await pause();
    answers.at(0)?.reject(failure);
    await pause();
    expect(answers).toHaveLength(2);
    expect(reported).toHaveBeenCalledWith(failure);
  });
});

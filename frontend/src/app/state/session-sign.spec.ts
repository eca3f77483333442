import { sessionSign } from './session-sign';

describe('the sign of a session', () => {
  it('says who is waited for, that something works, or how it ended', () => {
    const said = (['waiting', 'queued', 'running', 'failed', 'cancelled', 'completed', null] as const).map((status) => {
      const { dot, label } = sessionSign(status);
      return `${dot}: ${label}`;
    });
    expect(said).toEqual([
      'warn: Waiting',
      'running: Running',
      'running: Running',
      'bad: Failed',
      'none: Stopped',
      'ok: Finished',
      'none: No question yet',
    ]);
    expect(sessionSign('waiting', true).label).toBe('Waiting for a person');
  });
});

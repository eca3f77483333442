import { expiryOf } from './key-expiry';

const NOW = Date.parse('2026-03-14T09:00:00Z');

describe('the expiry of a key', () => {
  it('is warned of two weeks before', () => {
    expect(expiryOf(null, NOW)).toBe('never');
    expect(expiryOf('2026-03-28T09:00:00Z', NOW)).toBe('later');
    expect(expiryOf('2026-03-28T08:59:59Z', NOW)).toBe('soon');
    expect(expiryOf('2026-03-14T09:00:00Z', NOW)).toBe('over');
  });
});

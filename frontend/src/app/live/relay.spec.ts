import { step } from '../../testing/events';
import { WireEvent } from '../state/events';
import { Relay } from './relay';

describe('Relay', () => {
  let told: WireEvent[][];
  let relay: Relay;
  const at = (seq: number): WireEvent => step(seq, seq, { activity_id: `a${seq}` });

  beforeEach(() => {
    vi.useFakeTimers();
    told = [];
    relay = new Relay((events) => told.push([...events]));
  });

  afterEach(() => vi.useRealTimers());

  it('hands an event on at once, and those that follow it closely together', () => {
    for (const seq of [1, 2, 3]) relay.take(at(seq));
    expect(told).toEqual([[at(1)]]);
    vi.advanceTimersByTime(50);
    expect(told).toEqual([[at(1)], [at(2), at(3)]]);
    vi.advanceTimersByTime(1000);
    relay.take(at(4));
    expect(told).toHaveLength(3);
  });

  it('lets nothing wait behind a heartbeat, and nothing overtake', () => {
    const heartbeat: WireEvent = { type: 'heartbeat', session_id: 's', head: 2 };
    for (const event of [at(1), at(2), heartbeat]) relay.take(event);
    expect(told).toEqual([[at(1)], [at(2), heartbeat]]);
  });

  it('keeps nothing back when it is closed', () => {
    relay.take(at(1));
    relay.take(at(2));
    relay.close();
    expect(told.flat()).toEqual([at(1), at(2)]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

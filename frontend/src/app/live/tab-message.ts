import { WireEvent } from '../state/events';
import { Connection } from './connection';
import { StreamHealth } from './event-stream';

/** How a session's log arrives, as far as it arrives at all. */
export type Health = StreamHealth | 'polling';

/** What the leading tab tells the others. */
export type TabMessage =
  | { readonly kind: 'events'; readonly events: readonly WireEvent[] }
  | { readonly kind: 'health'; readonly health: Health; readonly serverAhead: number | null }
  | { readonly kind: 'over'; readonly connection: Connection }
  | { readonly kind: 'hello' };

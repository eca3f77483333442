/** How far the past of a session is loaded. */
export type Opening =
  | { readonly state: 'loading' }
  | { readonly state: 'ready' }
  | { readonly state: 'missing' }
  /** The server is away, and this device has nothing of it; it is asked for again by itself. */
  | { readonly state: 'unkept' }
  /** `again`: it is asked for again by itself. */
  | { readonly state: 'failed'; readonly reason: string; readonly again: boolean };

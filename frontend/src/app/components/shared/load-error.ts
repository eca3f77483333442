import { Resource, Signal, computed } from '@angular/core';

import { errorMessage, isPassing } from '../../live/api-error';

export interface LoadError {
  readonly words: string;
  /** Whether asking again may help. */
  readonly passing: boolean;
}

/** Why something that was asked for did not come; null when it did, or is on its way. */
export function loadErrorOf(asked: Resource<unknown>): Signal<LoadError | null> {
  return computed(() => {
    const error = asked.error();
    return error ? { words: errorMessage(error), passing: isPassing(error) } : null;
  });
}

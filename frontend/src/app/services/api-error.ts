import { HttpErrorResponse } from '@angular/common/http';

import { ErrorBody } from '../models/models';

/** The words for the person who meets a failed request: the server's own when it sent some. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof HttpErrorResponse)) {
    return error instanceof Error ? error.message : 'Something unexpected went wrong. Reload the page and try again.';
  }
  const message = (error.error as Partial<ErrorBody> | null)?.error?.message;
  if (message) return message;
  if (error.status === 0) return 'The server cannot be reached. Check your connection and try again.';
  if (error.status === 413) return 'The file is larger than this server accepts.';
  return `The server answered with status ${error.status}. Try again in a moment.`;
}

/** Whether the server only asks to come again in a moment, because many uploads arrive at once. */
export function isCrowded(error: unknown): boolean {
  if (!(error instanceof HttpErrorResponse) || error.status !== 503) return false;
  return (error.error as Partial<ErrorBody> | null)?.error?.code === 'crowded';
}

/** Whether asking again may help: the server is not there, or something that it needs. */
export function isPassing(error: unknown): boolean {
  return error instanceof HttpErrorResponse && (error.status === 0 || error.status >= 500);
}

export function isNotFound(error: unknown): boolean {
  return error instanceof HttpErrorResponse && error.status === 404;
}

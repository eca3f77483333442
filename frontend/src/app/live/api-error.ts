import { HttpErrorResponse } from '@angular/common/http';

import { ErrorBody, Team, TeamChoice } from '../models/models';

/** The words for the person who meets a failed request: the server's own when it sent some. */
export function errorMessage(error: unknown): string {
  if (isMissingPart(error)) return $localize`A part of this page could not be loaded. Reload the page.`;
  if (!(error instanceof HttpErrorResponse)) {
    return error instanceof Error
      ? error.message
      : $localize`Something unexpected went wrong. Reload the page and try again.`;
  }
  const message = detail(error)?.message;
  if (message) return message;
  if (error.status === 0) return $localize`The server cannot be reached. Check your connection and try again.`;
  if (error.status === 413) return $localize`The file is larger than this server accepts.`;
  return $localize`The server answered with status ${error.status}:status:. Try again in a moment.`;
}

/** Whether a part of the page did not come: the server may have another version meanwhile. */
export function isMissingPart(error: unknown): boolean {
  // As Chromium and Firefox, and Safari, say it.
  return error instanceof TypeError && /dynamically imported module|Importing a module script/i.test(error.message);
}

/** Whether the server only asks to come again in a moment, because many uploads or sign-ins arrive at once. */
export function isCrowded(error: unknown): boolean {
  return error instanceof HttpErrorResponse && error.status === 503 && errorCode(error) === 'crowded';
}

/** The server's stable name for what is wrong; '' if it gave none. */
export function errorCode(error: unknown): string {
  return error instanceof HttpErrorResponse ? (detail(error)?.code ?? '') : '';
}

/** The teams that know an address and a password, where the server asks for one of them. */
export function teamsToChoose(error: unknown): readonly Team[] {
  return error instanceof HttpErrorResponse ? ((error.error as Partial<TeamChoice> | null)?.teams ?? []) : [];
}

/** The seconds after which the server lets one try again; 0 if it does not say. */
export function retryAfter(error: unknown): number {
  const given = error instanceof HttpErrorResponse ? Number(error.headers.get('Retry-After')) : 0;
  return Number.isFinite(given) ? given : 0;
}

/** Whether one has tried too often, and the server lets one wait. */
export function isTooOften(error: unknown): boolean {
  return error instanceof HttpErrorResponse && error.status === 429;
}

/** Whether asking again may help: the server is not there, or something that it needs. */
export function isPassing(error: unknown): boolean {
  return error instanceof HttpErrorResponse && (error.status === 0 || error.status >= 500);
}

/** Whether the server itself did not answer: nobody did, or a proxy in its place. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof HttpErrorResponse)) return false;
  return error.status === 0 || ([502, 503, 504].includes(error.status) && errorCode(error) === '');
}

export function isNotFound(error: unknown): boolean {
  return error instanceof HttpErrorResponse && error.status === 404;
}

/** Whether the server does not know who asks. */
export function isUnknown(error: unknown): boolean {
  return error instanceof HttpErrorResponse && error.status === 401;
}

function detail(error: HttpErrorResponse): ErrorBody['error'] | undefined {
  return body(error.error)?.error;
}

/** A request that expects no content gets what it was refused for as text. */
function body(content: unknown): Partial<ErrorBody> | null {
  if (typeof content !== 'string') return content as Partial<ErrorBody> | null;
  try {
    return JSON.parse(content) as Partial<ErrorBody>;
  } catch {
    return null;
  }
}

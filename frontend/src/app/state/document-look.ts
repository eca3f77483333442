import { Document } from '../models/models';
import { bytes, count } from './format';

/** '41 p.', '96 rows', or the size of a document that was not read yet. */
export function documentSize(document: Document): string {
  if (document.pages !== null) return $localize`${count(document.pages)}:count: p.`;
  if (document.rows !== null)
    return document.rows === 1 ? $localize`1 row` : $localize`${count(document.rows)}:count: rows`;
  return bytes(document.size);
}

export function documentStatus(document: Document): { dot: string; text: string } {
  switch (document.status) {
    case 'read':
      return { dot: 'ok', text: $localize`:a document|:Read` };
    case 'failed':
      return { dot: 'bad', text: $localize`Not readable` };
    case 'uploaded':
      return { dot: 'none', text: $localize`Read with the next question` };
  }
}

import { Document } from '../models/models';
import { bytes, count } from './format';

/** '41 p.', '96 rows', or the size of a document that was not read yet. */
export function documentSize(document: Document): string {
  if (document.pages !== null) return `${count(document.pages)} p.`;
  if (document.rows !== null) return document.rows === 1 ? '1 row' : `${count(document.rows)} rows`;
  return bytes(document.size);
}

export function documentStatus(document: Document): { dot: string; text: string } {
  switch (document.status) {
    case 'read':
      return { dot: 'ok', text: 'Read' };
    case 'failed':
      return { dot: 'bad', text: 'Not readable' };
    case 'uploaded':
      return { dot: 'none', text: 'Read with the next question' };
  }
}

import { HttpErrorResponse, HttpHeaders } from '@angular/common/http';

import { errorCode, errorMessage, retryAfter } from './api-error';

const refused = (error: unknown, headers = new HttpHeaders()): HttpErrorResponse =>
  new HttpErrorResponse({ status: 429, error, headers });
const body = { error: { code: 'too_many_attempts', message: 'Too many attempts.' } };

describe('an error of the API', () => {
  it('has a name and words, also where no content was expected and it comes as text', () => {
    for (const content of [body, JSON.stringify(body)]) {
      expect([errorCode(refused(content)), errorMessage(refused(content))]).toEqual([
        'too_many_attempts',
        'Too many attempts.',
      ]);
    }
  });

  it('has words of ours where a proxy answers', () => {
    for (const content of ['<html>Too many</html>', null]) {
      expect([errorCode(refused(content)), errorMessage(refused(content))]).toEqual([
        '',
        'The server answered with status 429. Try again in a moment.',
      ]);
    }
  });

  it('says when to try again, if the server does', () => {
    expect(retryAfter(refused(body, new HttpHeaders({ 'Retry-After': '12' })))).toBe(12);
    expect([retryAfter(refused(body)), retryAfter(new Error('other'))]).toEqual([0, 0]);
  });
});

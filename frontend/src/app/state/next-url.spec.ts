import { nextUrl } from './next-url';

describe('nextUrl', () => {
  it('goes on within this application', () => {
    expect(nextUrl('/sessions/s?tab=feed')).toBe('/sessions/s?tab=feed');
  });

  it.each([null, undefined, '', 'https://evil.example', '//evil.example', '/\\evil.example', '/sign-in?next=/'])(
    'goes to the start instead of %s',
    (wanted) => {
      expect(nextUrl(wanted)).toBe('/');
    },
  );
});

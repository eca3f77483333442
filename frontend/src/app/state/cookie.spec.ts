import { cookie } from './cookie';

describe('cookie', () => {
  const cookies = 'csrf_access_token=a%3D1; xcsrf_access_token=no; csrf_refresh_token=r1';

  it('finds the one of that name', () => {
    expect([cookie(cookies, 'csrf_access_token'), cookie(cookies, 'csrf_refresh_token')]).toEqual(['a=1', 'r1']);
  });

  it('is empty where there is none', () => {
    expect(cookie('', 'csrf_access_token')).toBe('');
  });
});

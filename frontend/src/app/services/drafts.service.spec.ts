import { Drafts } from './drafts.service';

describe('drafts', () => {
  beforeEach(() => sessionStorage.clear());

  it('outlive a reload of the tab, each with its session', () => {
    const drafts = new Drafts();
    drafts.belongTo('mara');
    drafts.keep('a', 'Who reb');
    drafts.keep('b', 'When');
    drafts.keep('b', '');
    const reloaded = new Drafts();
    reloaded.belongTo('mara');
    expect([reloaded.of('a'), reloaded.of('b'), reloaded.of('c')]).toEqual(['Who reb', '', '']);
  });

  it('are nobody else’s, and end with signing out', () => {
    const drafts = new Drafts();
    drafts.belongTo('mara');
    drafts.keep('a', 'Who reb');
    const others = new Drafts();
    others.belongTo('jon');
    expect(others.of('a')).toBe('');
    drafts.forget();
    const again = new Drafts();
    again.belongTo('mara');
    expect(again.of('a')).toBe('');
  });

  it('end when they are sent, but for what is written since', () => {
    const drafts = new Drafts();
    drafts.keep('a', ' Who? ');
    drafts.settle('a', 'Who?');
    drafts.keep('b', 'And when');
    drafts.settle('b', 'Who?');
    expect([drafts.of('a'), drafts.of('b')]).toEqual(['', 'And when']);
  });

  it('go along with a session that is made', () => {
    const drafts = new Drafts();
    drafts.keep('', 'Who reb');
    drafts.move('made');
    expect([drafts.of(''), drafts.of('made')]).toEqual(['', 'Who reb']);
  });

  it('are there where storage is forbidden, until the page is closed', () => {
    const forbidden = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('forbidden', 'SecurityError');
    });
    const drafts = new Drafts();
    drafts.keep('a', 'Who reb');
    expect(drafts.of('a')).toBe('Who reb');
    forbidden.mockRestore();
  });
});

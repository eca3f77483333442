import { cleanTag, suggestions } from './tags';

describe('tags', () => {
  it.each([
    ['  Two \t Words ', 'two words'],
    ['e\u0301TÉ', 'été'],
    ['x'.repeat(50), 'x'.repeat(40)],
    ['  ', ''],
  ])('are kept in one form: %j', (typed, tag) => expect(cleanTag(typed)).toBe(tag));

  it('are suggested by their beginning before what they contain', () => {
    const known = ['lifeboat', 'boats', 'ice', 'boat house'];
    expect(suggestions(' BOAT', known, [], 9)).toEqual(['boats', 'boat house', 'lifeboat']);
    expect(suggestions('boat', known, ['boats'], 1)).toEqual(['boat house']);
    expect(suggestions('', known, ['ice'], 9)).toEqual(['lifeboat', 'boats', 'boat house']);
  });
});

import { teamNames } from './team-names';

describe('teamNames', () => {
  it('finds the names in what the server says', () => {
    expect(teamNames('This address belongs to several teams. Name one of them: St. Mary: crew, Lighthouse.')).toEqual(['St. Mary: crew', 'Lighthouse']);
  });

  it('finds none where none are named', () => {
    expect(teamNames('This address belongs to several teams.')).toEqual([]);
  });
});

import { languageOf, preferredLanguage, regional } from './languages';

describe('the language of the dashboard', () => {
  it('is the first of the browser that there is, and English where there is none', () => {
    expect(preferredLanguage(['it-IT', 'fr-CA', 'de'])).toBe('fr');
    expect(preferredLanguage(['DE-at'])).toBe('de');
    expect(preferredLanguage(['it', 'constructor'])).toBe('en');
    expect(preferredLanguage([])).toBe('en');
  });

  it('writes numbers and days as they are written where the browser is', () => {
    expect(regional('de', ['en-US', 'de-CH', 'de'])).toBe('de-CH');
    expect(regional('fr', ['en-US'])).toBe('fr');
  });

  it('is no language that was remembered and is none', () => {
    expect([languageOf('fr'), languageOf('xx'), languageOf(null)]).toEqual(['fr', null, null]);
  });
});

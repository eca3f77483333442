/** The languages of the dashboard, each by its own name. */
export const LANGUAGES = { en: 'English', de: 'Deutsch', fr: 'Français' } as const;
export type Language = keyof typeof LANGUAGES;

/** Which language it is for whoever prefers these, best first, such as ['de-AT', 'en']. */
export function preferredLanguage(tags: readonly string[]): Language {
  return tags.map(languageOf).find((language) => language !== null) ?? 'en';
}

/** By which language numbers and days are written: that of the texts, as it is written where the browser is. */
export function regional(language: Language, tags: readonly string[]): string {
  return tags.find((tag) => languageOf(tag) === language) ?? language;
}

/** null: the dashboard does not speak it. */
export function languageOf(tag: string | null): Language | null {
  const language = tag?.split('-')[0]?.toLowerCase() ?? '';
  return isLanguage(language) ? language : null;
}

function isLanguage(name: string): name is Language {
  return Object.hasOwn(LANGUAGES, name);
}

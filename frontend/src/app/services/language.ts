import { Language, languageOf, preferredLanguage, regional } from '../state/languages';

const KEY = 'ringside.language';

/** Where the words of a language come from; they are written in English in the code. */
const WORDS: Readonly<Record<Exclude<Language, 'en'>, () => Promise<{ translations: Record<string, string> }>>> = {
  de: () => import('../../locale/de.json'),
  fr: () => import('../../locale/fr.json'),
};

/** The language that was chosen in this browser; null: the one that the browser prefers. */
export function chosenLanguage(): Language | null {
  try {
    return languageOf(localStorage.getItem(KEY));
  } catch {
    return null; // Storage may be forbidden.
  }
}

/** Remembers the choice in this browser, for the pages that are loaded from now on. Throws where it keeps nothing. */
export function chooseLanguage(language: Language): void {
  try {
    if (language === preferredLanguage(navigator.languages)) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, language);
  } catch {
    throw new Error($localize`This browser lets no page remember anything, so a language cannot be chosen in it.`);
  }
}

/** In which this page is. */
export function pageLanguage(): Language {
  return languageOf(document.documentElement.lang) ?? 'en';
}

/** Loads the words of the language that is chosen or preferred: before anything is put into words. */
export async function useLanguage(): Promise<void> {
  const language = chosenLanguage() ?? preferredLanguage(navigator.languages);
  $localize.locale = regional(language, navigator.languages);
  if (language !== 'en') {
    try {
      const [{ loadTranslations }, { translations }] = await Promise.all([
        import('@angular/localize'),
        WORDS[language](),
      ]);
      loadTranslations(translations);
    } catch {
      return; // A page in English is better than none; the next one asks again.
    }
  }
  document.documentElement.lang = language;
}

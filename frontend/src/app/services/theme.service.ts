import { Injectable, signal } from '@angular/core';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'ringside.theme';
const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };

/** Light or dark: the system's choice until the person makes one, which this browser then remembers. */
@Injectable({ providedIn: 'root' })
export class ThemeService {
  private readonly chosen = signal<Theme>(stored());
  readonly theme = this.chosen.asReadonly();

  next(): void {
    const theme = NEXT[this.chosen()];
    this.chosen.set(theme);
    const root = document.documentElement;
    if (theme === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = theme;
    try {
      if (theme === 'system') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // Storage may be forbidden; the choice then lasts until the page is closed.
    }
  }
}

function stored(): Theme {
  const theme = document.documentElement.dataset['theme'];
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

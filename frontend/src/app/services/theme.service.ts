import { Injectable, computed, signal } from '@angular/core';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'ringside.theme';
const DARK = matchMedia('(prefers-color-scheme: dark)');
const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };

/** Light or dark: the system's choice until the person makes one, which this browser then remembers. */
@Injectable({ providedIn: 'root' })
export class ThemeService {
  private readonly chosen = signal<Theme>(stored());
  readonly theme = this.chosen.asReadonly();
  private readonly systemIsDark = signal(DARK.matches);
  /** What it comes to: a system may change it at dusk. */
  readonly isDark = computed(() => (this.chosen() === 'system' ? this.systemIsDark() : this.chosen() === 'dark'));

  constructor() {
    DARK.addEventListener('change', ({ matches }) => this.systemIsDark.set(matches));
  }

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

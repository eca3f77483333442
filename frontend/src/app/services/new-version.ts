import { HttpClient } from '@angular/common/http';
import { DOCUMENT, ErrorHandler, Injectable, inject } from '@angular/core';
import { firstValueFrom } from 'rxjs';

import { isMissingPart } from '../live/api-error';
import { BROWSER } from './browser';
import { Notices } from './notices.service';

const KEY = 'ringside.loadedAnew';
const MAIN = /\bmain-[\w-]+\.js\b/;

/** For which build this tab was loaded anew, and whether that has been said. */
interface LoadedAnew {
  readonly build: string;
  readonly said: boolean;
}

/**
 * A tab that has been open for long finds parts of the page gone that it has not loaded yet: the server has another build
 * meanwhile. The tab is then loaded anew, once for each build, so that servers with different ones do not make it a loop.
 */
@Injectable({ providedIn: 'root' })
export class NewVersion {
  private readonly browser = inject(BROWSER);
  private readonly document = inject(DOCUMENT);
  private readonly http = inject(HttpClient);
  private readonly notices = inject(Notices);

  /** Says that this tab was loaded anew, if it was. */
  tell(): void {
    const anew = stored();
    if (!anew || anew.said) return;
    store({ ...anew, said: true });
    this.notices.add(new Error($localize`Ringside was updated while this page was open. It has been loaded anew.`));
  }

  /** A part of the page at `url` did not come. */
  async missed(url: string): Promise<void> {
    try {
      const build = MAIN.exec(await firstValueFrom(this.http.get('/', { responseType: 'text' })))?.[0];
      const mine = MAIN.exec(this.document.querySelector('script[src*="main-"]')?.getAttribute('src') ?? '')?.[0];
      if (build && mine && build !== mine && stored()?.build !== build && store({ build, said: false })) {
        this.browser.load(url);
        return;
      }
    } catch (error: unknown) {
      this.notices.add(error);
      return;
    }
    this.notices.add(new Error($localize`A part of this page could not be loaded. Reload the page.`));
  }

  /** A part of what is open did not come. What is typed in it may be lost by loading it anew: that is left to the user. */
  missedWithin(): void {
    this.notices.add(
      new Error($localize`A part of this page could not be loaded. Ringside may have been updated: reload the page.`),
    );
  }
}

/** What nobody has caught. */
@Injectable()
export class PageErrors extends ErrorHandler {
  private readonly version = inject(NewVersion);

  override handleError(error: unknown): void {
    if (isMissingPart(error)) return; // the router has told of it, and whoever opened it
    super.handleError(error);
    if (isMissingDeferred(error)) this.version.missedWithin();
  }
}

/** Angular's code of a `@defer` block that could not be loaded. */
function isMissingDeferred(error: unknown): boolean {
  return error instanceof Error && (error as { readonly code?: unknown }).code === -750;
}

function stored(): LoadedAnew | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as LoadedAnew | null;
  } catch {
    return null; // Storage may be forbidden.
  }
}

/** False where nothing can be stored: it could then not be known that it was done. */
function store(anew: LoadedAnew): boolean {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(anew));
    return true;
  } catch {
    return false;
  }
}

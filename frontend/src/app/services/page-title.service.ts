import { Injectable, computed, effect, inject, signal } from '@angular/core';
import { Title } from '@angular/platform-browser';
import { RouterStateSnapshot, TitleStrategy } from '@angular/router';

/** The title of the browser's tab: the page, behind the number of those that wait for whoever looks. */
@Injectable({ providedIn: 'root' })
export class PageTitle extends TitleStrategy {
  private readonly title = inject(Title);
  private readonly page = signal('Ringside');
  private readonly waiting = signal(0);
  private readonly whole = computed(() => (this.waiting() > 0 ? `(${this.waiting()}) ${this.page()}` : this.page()));

  constructor() {
    super();
    effect(() => this.title.setTitle(this.whole()));
  }

  /** For a page whose name is not known by its address. */
  set(page: string): void {
    this.page.set(page);
  }

  setWaiting(count: number): void {
    this.waiting.set(count);
  }

  override updateTitle(snapshot: RouterStateSnapshot): void {
    this.set(this.buildTitle(snapshot) ?? 'Ringside');
  }
}

import { Component, computed, input, output, signal } from '@angular/core';

/** Recovery codes, which are shown once: to be copied, saved or printed before one goes on. */
@Component({
  selector: 'app-recovery-codes',
  template: `
    <p i18n>
      With these codes you get in when you have lost your phone. Each works once. Keep them where you keep your
      passwords: they are shown only this time.
    </p>
    <ul class="codes" aria-label="Recovery codes" i18n-aria-label>
      @for (code of codes(); track code) {
        <li>
          <code>{{ code }}</code>
        </li>
      }
    </ul>
    <div class="actions">
      <button type="button" class="button" (click)="copy()">{{ copyWords() }}</button>
      <a i18n class="button" [href]="file()" download="ringside-recovery-codes.txt">Download</a>
      <button i18n type="button" class="button primary" (click)="saved.emit()">I have saved them</button>
    </div>
    <p class="field-hint" role="status">
      @if (copied()) {
        <ng-container i18n>Copied to the clipboard.</ng-container>
      }
    </p>
  `,
  styles: `
    :host {
      display: grid;
      gap: 14px;
    }
    .codes {
      display: grid;
      max-width: 420px;
      grid-template-columns: repeat(auto-fit, minmax(170px, 1fr));
      gap: 6px 16px;
      margin: 0;
      padding: 12px 14px;
      list-style: none;
      border: 1px solid color-mix(in srgb, var(--acc) 40%, var(--line));
      border-radius: 10px;
      background: var(--acc-soft);
      color: var(--ink);
      user-select: all;
    }
    code {
      white-space: nowrap;
    }
    .actions {
      display: flex;
      flex-wrap: wrap;
      gap: 8px;
      justify-content: flex-start;
    }
  `,
})
export class RecoveryCodesComponent {
  readonly codes = input.required<readonly string[]>();
  readonly saved = output();
  protected readonly copied = signal(false);
  protected readonly copyWords = computed(() => (this.copied() ? $localize`Copied` : $localize`Copy`));
  protected readonly file = computed(
    () =>
      `data:text/plain;charset=utf-8,${encodeURIComponent(`${$localize`Ringside recovery codes`}\n\n${this.codes().join('\n')}\n`)}`,
  );

  protected async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.codes().join('\n'));
      this.copied.set(true);
    } catch {
      // Outside secure contexts there is no clipboard to write to: the codes can be selected by hand.
    }
  }
}

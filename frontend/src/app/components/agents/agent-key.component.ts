import {
  Component,
  ElementRef,
  Injector,
  afterNextRender,
  computed,
  effect,
  inject,
  input,
  model,
  untracked,
} from '@angular/core';

import { KeyChange } from '../../state/agent-form-value';

/** An agent's key, which is written and never shown: given, replaced, taken away. */
@Component({
  selector: 'app-agent-key',
  template: `
    @if (asks()) {
      <label for="api-key">API key</label>
      <input
        #field
        id="api-key"
        class="field"
        type="password"
        autocomplete="new-password"
        maxlength="1000"
        autocapitalize="none"
        spellcheck="false"
        [attr.aria-invalid]="error() ? true : null"
        aria-describedby="api-key-error api-key-hint"
        [value]="typed()"
        (input)="key.set({ kind: 'replace', value: field.value })"
      />
    } @else {
      <span class="field-label">API key</span>
    }
    <p class="field-error" id="api-key-error">{{ error() }}</p>
    <p class="field-hint" id="api-key-hint">
      @if (key().kind === 'remove') {
        The key is removed when you save.
      } @else if (!asks()) {
        <span class="tag">set</span> The key is stored encrypted and never shown.
      } @else if (error()) {
      } @else if (isSet() && moved()) {
        The address has changed: enter the key for the new address, or remove the old key.
      } @else {
        The key is stored encrypted and never shown again. Some servers need none.
      }
    </p>
    @if (isSet()) {
      <div class="links">
        @if (!asks() && key().kind !== 'remove') {
          <button type="button" class="link" (click)="change({ kind: 'replace', value: '' })">Replace the key</button>
        }
        @if (key().kind === 'remove' || (asks() && !moved())) {
          <button type="button" class="link" (click)="change({ kind: 'keep' })">
            {{ moved() ? 'Enter a key' : 'Keep the current key' }}
          </button>
        }
        @if (key().kind !== 'remove') {
          <button type="button" class="link danger" (click)="change({ kind: 'remove' })">Remove the key</button>
        }
      </div>
    }
  `,
  host: { class: 'form-field' },
})
export class AgentKeyComponent {
  /** Whether the server has one. */
  readonly isSet = input.required<boolean>();
  /** Whether the one it has was given for another address. */
  readonly moved = input.required<boolean>();
  readonly error = input<string>();
  readonly key = model.required<KeyChange>();

  protected readonly asks = computed(() => {
    const { kind } = this.key();
    return kind === 'replace' || (kind === 'keep' && (!this.isSet() || this.moved()));
  });
  protected readonly typed = computed(() => {
    const key = this.key();
    return key.kind === 'replace' ? key.value : '';
  });
  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly injector = inject(Injector);

  constructor() {
    // Whoever typed the old address again needs no other key.
    effect(() => {
      if (this.moved()) return;
      const key = untracked(this.key);
      if (this.isSet() && key.kind === 'replace' && key.value === '') this.key.set({ kind: 'keep' });
    });
  }

  /** The button that was pressed goes; the focus stays where one goes on. */
  protected change(key: KeyChange): void {
    this.key.set(key);
    afterNextRender(() => this.element.querySelector<HTMLElement>('input, button')?.focus(), {
      injector: this.injector,
    });
  }
}

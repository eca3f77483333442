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

import { SecretChange } from '../../state/agent-form-value';

/** One of an agent's secrets, which is written and never shown: given, replaced, taken away. */
@Component({
  selector: 'app-agent-secret',
  template: `
    @if (asks()) {
      <label [for]="id()">{{ label() }}</label>
      <input
        #field
        [id]="id()"
        class="field"
        type="password"
        autocomplete="new-password"
        maxlength="1000"
        autocapitalize="none"
        spellcheck="false"
        [attr.aria-invalid]="error() ? true : null"
        [attr.aria-describedby]="id() + '-error ' + id() + '-hint'"
        [value]="typed()"
        (input)="key.set({ kind: 'replace', value: field.value })"
      />
    } @else {
      <span class="field-label">{{ label() }}</span>
    }
    <p class="field-error" [id]="id() + '-error'">{{ error() }}</p>
    <p class="field-hint" [id]="id() + '-hint'">
      @if (key().kind === 'remove') {
        <ng-container i18n>It is removed when you save.</ng-container>
      } @else if (!asks()) {
        <ng-container i18n><span class="tag">set</span> It is stored encrypted and never shown.</ng-container>
      } @else if (error()) {
      } @else if (isSet() && moved()) {
        <ng-container i18n>The address has changed: enter it again for the new address, or remove it.</ng-container>
      } @else {
        {{ help() }}
      }
    </p>
    @if (isSet()) {
      <div class="links">
        @if (!asks() && key().kind !== 'remove') {
          <button i18n type="button" class="link" (click)="change({ kind: 'replace', value: '' })">Replace it</button>
        }
        @if (key().kind === 'remove' || (asks() && !moved())) {
          <button type="button" class="link" (click)="change({ kind: 'keep' })">
            {{ moved() ? enterWords : keepWords }}
          </button>
        }
        @if (key().kind !== 'remove') {
          <button i18n type="button" class="link danger" (click)="change({ kind: 'remove' })">Remove it</button>
        }
      </div>
    }
  `,
  host: { class: 'form-field' },
})
export class AgentSecretComponent {
  readonly id = input.required<string>();
  readonly label = input.required<string>();
  readonly help = input('');
  /** Whether the server has one. */
  readonly isSet = input.required<boolean>();
  /** Whether the one it has was given for another address. */
  readonly moved = input.required<boolean>();
  readonly error = input<string>();
  readonly key = model.required<SecretChange>();

  protected readonly enterWords = $localize`Enter it`;
  protected readonly keepWords = $localize`Keep the current one`;
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
  protected change(key: SecretChange): void {
    this.key.set(key);
    afterNextRender(() => this.element.querySelector<HTMLElement>('input, button')?.focus(), {
      injector: this.injector,
    });
  }
}

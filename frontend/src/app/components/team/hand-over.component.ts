import { AfterViewInit, Component, ElementRef, computed, input, output, signal, viewChild } from '@angular/core';

import { User } from '../../models/models';
import { ownersOf } from './heirs';

/** Asks who gets the sessions of somebody who is deactivated. Opens as soon as it is rendered. */
@Component({
  selector: 'app-hand-over',
  template: `
    <dialog
      #dialog
      class="ask"
      aria-labelledby="hand-over-heading"
      (close)="closed.emit(dialog.returnValue === 'yes' ? heir() : null)"
    >
      <h2 i18n id="hand-over-heading">Hand over the sessions of {{ user().name }}?</h2>
      <p i18n>All their sessions, the private ones too, get a new owner. This cannot be undone.</p>
      <form method="dialog" class="in-dialog">
        <div class="form-field">
          <label i18n for="heir">New owner</label>
          <select #field id="heir" class="field" (change)="chosen.set(field.value)">
            @for (one of heirs(); track one.id) {
              <option [value]="one.id" [selected]="one.id === heir()?.id">{{ one.name }} ({{ one.email }})</option>
            }
          </select>
        </div>
        <div class="actions">
          <button i18n class="button" value="no">Cancel</button>
          <button i18n class="button danger primary" value="yes">Hand over</button>
        </div>
      </form>
    </dialog>
  `,
})
export class HandOverComponent implements AfterViewInit {
  readonly user = input.required<User>();
  readonly team = input.required<readonly User[]>();
  /** Whoever was chosen; null for nobody. */
  readonly closed = output<User | null>();

  protected readonly chosen = signal('');
  protected readonly heirs = computed(() => ownersOf(this.team()));
  protected readonly heir = computed(
    () => this.heirs().find((one) => one.id === this.chosen()) ?? this.heirs()[0] ?? null,
  );
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');

  ngAfterViewInit(): void {
    this.dialog().nativeElement.showModal();
  }
}

import { AfterViewInit, Component, ElementRef, computed, input, output, signal, viewChild } from '@angular/core';

import { User } from '../../models/models';
import { ownersOf } from './heirs';

export interface ErasureWish {
  readonly email: string;
  readonly to?: string;
}

/** Asks for the address of whoever is erased, and who gets what they shared. Opens as soon as it is rendered. */
@Component({
  selector: 'app-erase-person',
  template: `
    <dialog
      #dialog
      class="ask"
      aria-labelledby="erase-heading"
      (close)="closed.emit(dialog.returnValue === 'yes' ? wish() : null)"
    >
      <h2 i18n id="erase-heading">Erase {{ user().name }}?</h2>
      <p i18n>
        Their private sessions are deleted. Their name and address are replaced by a pseudonym, in the audit trail too.
        What they wrote in shared sessions stays. This cannot be undone.
      </p>
      <form method="dialog" class="in-dialog">
        <div class="form-field">
          <label i18n for="erase-heir">Their shared sessions</label>
          <select #heir id="erase-heir" class="field" (change)="to.set(heir.value)">
            <option i18n value="">stay, under the pseudonym</option>
            @for (one of heirs(); track one.id) {
              <option i18n [value]="one.id">go to {{ one.name }} ({{ one.email }})</option>
            }
          </select>
        </div>
        <div class="form-field">
          <label i18n for="erase-email">Type {{ user().email }} to confirm</label>
          <input
            #field
            id="erase-email"
            class="field"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            (input)="typed.set(field.value)"
          />
        </div>
        <div class="actions">
          <button i18n class="button" value="no" formnovalidate>Cancel</button>
          <button i18n class="button danger primary" value="yes" [disabled]="!confirmed()">Erase</button>
        </div>
      </form>
    </dialog>
  `,
  styles: `
    .form-field + .form-field {
      margin-top: 12px;
    }
  `,
})
export class ErasePersonComponent implements AfterViewInit {
  readonly user = input.required<User>();
  readonly team = input.required<readonly User[]>();
  /** What was confirmed; null for nothing. */
  readonly closed = output<ErasureWish | null>();

  protected readonly typed = signal('');
  protected readonly to = signal('');
  protected readonly heirs = computed(() => ownersOf(this.team()).filter((one) => one.id !== this.user().id));
  protected readonly confirmed = computed(() => this.typed().trim().toLowerCase() === this.user().email);
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');

  ngAfterViewInit(): void {
    this.dialog().nativeElement.showModal();
  }

  protected wish(): ErasureWish {
    return { email: this.typed().trim(), ...(this.to() ? { to: this.to() } : {}) };
  }
}

import { AfterViewInit, Component, ElementRef, input, output, viewChild } from '@angular/core';

/** Asks before something is lost or given away. Opens as soon as it is rendered. */
@Component({
  selector: 'app-confirm',
  template: `
    <dialog #dialog class="ask" aria-labelledby="ask-heading" (close)="closed.emit(dialog.returnValue === 'yes')">
      <h2 id="ask-heading">{{ heading() }}</h2>
      <p>{{ text() }}</p>
      <form method="dialog" class="actions">
        <button i18n="the way back, beside “Stop”|" class="button" value="no">Cancel</button>
        <button class="button primary" [class.danger]="grave()" value="yes">{{ action() }}</button>
      </form>
    </dialog>
  `,
})
export class ConfirmComponent implements AfterViewInit {
  readonly heading = input.required<string>();
  readonly text = input.required<string>();
  readonly action = input.required<string>();
  /** Whether something is lost. */
  readonly grave = input(true);
  readonly closed = output<boolean>();
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');

  ngAfterViewInit(): void {
    this.dialog().nativeElement.showModal();
  }
}

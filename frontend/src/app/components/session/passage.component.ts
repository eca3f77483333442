import {
  AfterViewInit,
  Component,
  ElementRef,
  computed,
  inject,
  input,
  output,
  resource,
  viewChild,
} from '@angular/core';

import { errorMessage } from '../../live/api-error';
import { RingsideApi } from '../../services/ringside-api';
import { Citation } from '../../state/events';
import { highlight } from '../../state/highlight';
import { IconComponent } from '../shared/icon.component';

/** The passage a sentence rests on, with its neighbours, the quoted words marked. */
@Component({
  selector: 'app-passage',
  imports: [IconComponent],
  template: `
    <dialog #dialog class="passage" aria-labelledby="passage-heading" (close)="closed.emit()">
      <div class="passage-inner">
        <div class="passage-head">
          <div>
            <h2 id="passage-heading">{{ citation().document_name }}</h2>
            <p i18n>{{ citation().reference }}, source {{ citation().number }}</p>
          </div>
          <span class="spring"></span>
          <button type="button" class="icon-button" aria-label="Close" i18n-aria-label (click)="dialog.close()">
            <app-icon name="close" />
          </button>
        </div>
        <div class="passage-text" tabindex="0" role="group" aria-label="Passage" i18n-aria-label>
          @if (passage.error(); as error) {
            <p class="outcome failed">
              {{ message(error) }} <button type="button" class="link" i18n (click)="passage.reload()">Try again</button>
            </p>
          }
          @if (passage.hasValue()) {
            @if (passage.value().before; as before) {
              <p class="context" [textContent]="before"></p>
            }
            <p>
              @for (piece of pieces(); track $index) {
                @if (piece.marked) {
                  <mark [textContent]="piece.text"></mark>
                } @else {
                  <span [textContent]="piece.text"></span>
                }
              }
            </p>
            @if (passage.value().after; as after) {
              <p class="context" [textContent]="after"></p>
            }
          } @else {
            <p><mark [textContent]="citation().quote"></mark></p>
          }
        </div>
      </div>
    </dialog>
  `,
  styleUrl: './passage.component.css',
  host: { '(click)': 'onBackdrop($event)' },
})
export class PassageComponent implements AfterViewInit {
  readonly sessionId = input.required<string>();
  readonly citation = input.required<Citation>();
  readonly closed = output();

  private readonly api = inject(RingsideApi);
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');
  protected readonly message = errorMessage;
  protected readonly passage = resource({
    params: () => ({ session: this.sessionId(), passage: this.citation().passage_id }),
    loader: ({ params }) => this.api.passage(params.session, params.passage),
  });
  protected readonly pieces = computed(() =>
    this.passage.hasValue() ? highlight(this.passage.value().text, this.citation().quote) : [],
  );

  ngAfterViewInit(): void {
    this.dialog().nativeElement.showModal();
  }

  /** A click beside the text closes: the dialog's own box is the backdrop. */
  protected onBackdrop(event: Event): void {
    if (event.target === this.dialog().nativeElement) this.dialog().nativeElement.close();
  }
}

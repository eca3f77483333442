import { AfterViewInit, Component, ElementRef, computed, input, output, viewChild } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Run } from '../../state/session-state';

/** Asks with which other run of its session a run is to be compared. Opens as soon as it is rendered. */
@Component({
  selector: 'app-run-comparison',
  imports: [RouterLink],
  template: `
    <dialog #dialog class="ask" aria-labelledby="comparison-heading" (close)="closed.emit()">
      <h2 i18n id="comparison-heading">Compare run {{ run().number }} with</h2>
      <ul class="plain">
        @for (one of offered(); track one.run.id) {
          <li>
            <a routerLink="/compare" [queryParams]="one.query" (click)="dialog.close()">
              <b i18n>Run {{ one.run.number }}</b> <span class="clip">{{ one.run.question }}</span>
            </a>
          </li>
        }
      </ul>
      <div class="actions">
        <button i18n type="button" class="button" (click)="dialog.close()">Cancel</button>
      </div>
    </dialog>
  `,
  styleUrl: './run-comparison.component.css',
})
export class RunComparisonComponent implements AfterViewInit {
  readonly run = input.required<Run>();
  readonly others = input.required<readonly Run[]>();
  readonly sessionId = input.required<string>();
  readonly closed = output();

  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');
  /** The newest first. The earlier of two is A, as a second try is compared with the first. */
  protected readonly offered = computed(() =>
    this.others()
      .map((run) => {
        const [a, b] = run.number < this.run().number ? [run, this.run()] : [this.run(), run];
        const [aSession, bSession] = [this.sessionId(), this.sessionId()];
        return { run, query: { a: a.id, b: b.id, aSession, bSession } };
      })
      .reverse(),
  );

  ngAfterViewInit(): void {
    this.dialog().nativeElement.showModal();
  }
}

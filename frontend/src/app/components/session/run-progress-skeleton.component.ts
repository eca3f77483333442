import { Component } from '@angular/core';

/** Keeps the room of a run's progress until it is known. */
@Component({
  selector: 'app-run-progress-skeleton',
  template: `
    <div class="progress-strip" aria-hidden="true">
      <i class="skeleton" [style.width.px]="92"></i>
      <div class="progress-bar"></div>
    </div>
  `,
  styleUrl: './run-progress.component.css',
})
export class RunProgressSkeletonComponent {}

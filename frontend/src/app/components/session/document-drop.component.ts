import { Component, input, output, signal } from '@angular/core';

/** Takes files that are dropped anywhere on the page; shows where, while they are dragged over it. */
@Component({
  selector: 'app-document-drop',
  template: `
    @if (dragging()) {
      <div class="drop-here">
        <ng-container i18n>Drop documents to add them</ng-container><span>{{ types().join('  ') }}</span>
      </div>
    }
  `,
  styleUrl: './document-drop.component.css',
  host: {
    '(document:dragenter)': 'onDrag($event)',
    '(document:dragover)': 'onDrag($event)',
    '(document:dragleave)': 'onDragLeave($event)',
    '(document:drop)': 'onDrop($event)',
  },
})
export class DocumentDropComponent {
  readonly types = input.required<readonly string[]>();
  readonly dropped = output<readonly File[]>();
  protected readonly dragging = signal(false);

  protected onDrag(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.dragging.set(true);
  }

  protected onDragLeave(event: DragEvent): void {
    if (event.relatedTarget === null) this.dragging.set(false);
  }

  protected onDrop(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.dragging.set(false);
    this.dropped.emit([...event.dataTransfer.files]);
  }
}

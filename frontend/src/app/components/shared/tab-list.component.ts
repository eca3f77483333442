import { Component, ElementRef, inject, input, model } from '@angular/core';

export interface Tab<Id> {
  readonly id: Id;
  readonly label: string;
  /** Whether it is not offered at present. */
  readonly hidden?: boolean;
}

/** Tabs as the keyboard expects them: one stop, arrows move. */
@Component({
  selector: 'app-tab-list',
  template: `
    <div role="tablist" [attr.aria-label]="label()">
      @for (tab of tabs(); track tab.id) {
        <button
          type="button"
          role="tab"
          [id]="'tab-' + tab.id"
          [hidden]="tab.hidden"
          [attr.aria-selected]="tab.id === chosen()"
          [attr.aria-controls]="panel()"
          [tabindex]="tab.id === chosen() ? 0 : -1"
          (click)="chosen.set(tab.id)"
        >
          {{ tab.label }}
        </button>
      }
    </div>
  `,
  styleUrl: './tab-list.component.css',
  host: { '(keydown)': 'onKey($event)' },
})
export class TabListComponent<Id extends string> {
  readonly label = input.required<string>();
  readonly panel = input.required<string>();
  readonly tabs = input.required<readonly Tab<Id>[]>();
  readonly chosen = model.required<Id>();
  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;

  protected onKey(event: KeyboardEvent): void {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const tabs = this.tabs();
    const at = tabs.findIndex((tab) => tab.id === this.chosen());
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (step === 0 || !next) return;
    event.preventDefault();
    this.chosen.set(next.id);
    this.element.querySelector<HTMLElement>(`#tab-${next.id}`)?.focus();
  }
}

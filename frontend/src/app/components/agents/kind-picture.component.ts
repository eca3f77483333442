import { Component, computed, input } from '@angular/core';

/** Within 24 by 24. A kind that is not here has the picture of any module. */
const PICTURES: Readonly<Record<string, string>> = {
  documents: 'M6 3.5h8l4.5 4.5v12.5h-12.5zM14 3.5v4.5h4.5M9 12h6.5M9 15h6.5M9 9h2',
  chat: 'M5.5 4.5h13a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-4.5 4v-4h-1.5a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2zM8 9h8M8 12.5h5',
  router: 'M12 3.5v2.5M12 11v2.5M12 18v2.5M5 6h11l3 2.5-3 2.5h-11zM19 13.5h-11l-3 2.25 3 2.25h11z',
  ag_ui: 'M4 8.5h16M16 4.5l4 4-4 4M20 15.5h-16M8 11.5l-4 4 4 4',
  browser:
    'M5 4.5h14a1.5 1.5 0 0 1 1.5 1.5v12a1.5 1.5 0 0 1-1.5 1.5h-14a1.5 1.5 0 0 1-1.5-1.5v-12a1.5 1.5 0 0 1 1.5-1.5z' +
    'M3.5 8h17M12 14.5a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM8.5 19.5c.3-2 1.6-3 3.5-3s3.2 1 3.5 3',
  chat_service:
    'M4.5 3.5h11a1.5 1.5 0 0 1 1.5 1.5v5a1.5 1.5 0 0 1-1.5 1.5h-5l-3 2.8v-2.8h-3a1.5 1.5 0 0 1-1.5-1.5v-5a1.5 1.5 0 0 1 1.5-1.5z' +
    'M10 17v3.5h10.5v-6h-3.5M13 17.5h.01M16 17.5h4.5',
  crewai:
    'M12 11.5a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM6.5 19c.4-3 2.6-4.7 5.5-4.7s5.1 1.7 5.5 4.7' +
    'M5.6 12.3a2 2 0 1 1 1.3-3.7M2.5 17c.1-1.6.9-2.7 2.2-3.2M18.4 12.3a2 2 0 1 0-1.3-3.7M21.5 17c-.1-1.6-.9-2.7-2.2-3.2',
  langgraph_server:
    'M6 8.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM18 14.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z' +
    'M6 20.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM6 8.2v7.6M8 7l8 4M8 17l8-4',
  n8n:
    'M3.5 9.5h5v5h-5zM15.5 4h5v5h-5zM15.5 15h5v5h-5z' +
    'M8.5 12h1.5a2 2 0 0 0 2-2v-1.5a2 2 0 0 1 2-2h1.5M12 12v3.5a2 2 0 0 0 2 2h1.5M10 12h2',
  remote:
    'M5 4.5h14a1.5 1.5 0 0 1 1.5 1.5v12a1.5 1.5 0 0 1-1.5 1.5h-14a1.5 1.5 0 0 1-1.5-1.5v-12a1.5 1.5 0 0 1 1.5-1.5z' +
    'M7 9l3 3-3 3M12.5 15h4.5',
};
const ANY = 'M12 3.5l7.5 4.2v8.6l-7.5 4.2-7.5-4.2v-8.6zM4.5 7.7l7.5 4.2 7.5-4.2M12 11.9v8.6';

/** What a kind of agent looks like, beside its name. */
@Component({
  selector: 'app-kind-picture',
  template: `<svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true"><path [attr.d]="path()" /></svg>`,
  styleUrl: './kind-picture.component.css',
})
export class KindPictureComponent {
  readonly kind = input.required<string>();
  protected readonly path = computed(() => PICTURES[this.kind()] ?? ANY);
}

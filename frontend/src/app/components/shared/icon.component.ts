import { Component, computed, input } from '@angular/core';

const PATHS = {
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  grip: 'M6 4.5h.01M6 8h.01M6 11.5h.01M10 4.5h.01M10 8h.01M10 11.5h.01',
  edit: 'M3 13l.6-2.8L10.8 3l2.2 2.2-7.2 7.2zM9.3 4.5l2.2 2.2',
  again: 'M12.8 6.2A5.2 5.2 0 1 0 13.2 8M13.2 2.8v3.6H9.6',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  resume: 'M5 3.5l7.5 4.5L5 12.5z',
  close: 'M4 4l8 8M12 4l-8 8',
  stop: 'M4.5 4.5h7v7h-7z',
  copy: 'M6 6h7v7H6zM3 10V3h7',
  done: 'M3 8.5l3.5 3.5L13 4.5',
  attach: 'M13 7.5l-5 5a3.2 3.2 0 0 1-4.5-4.5l5.5-5.5a2.1 2.1 0 0 1 3 3l-5.5 5.5a1 1 0 0 1-1.5-1.5l5-5',
  good:
    'M5 7.2v6H2.8v-6zM5 7.2l2.6-4.9c1.1 0 1.7.8 1.5 1.8L8.7 6.4h3.6a1.3 1.3 0 0 1 1.3 1.6l-1 4.2' +
    'a1.3 1.3 0 0 1-1.3 1H5',
  bad:
    'M5 8.8v-6H2.8v6zM5 8.8l2.6 4.9c1.1 0 1.7-.8 1.5-1.8L8.7 9.6h3.6a1.3 1.3 0 0 0 1.3-1.6l-1-4.2' +
    'a1.3 1.3 0 0 0-1.3-1H5',
  comment: 'M3 3.5h10v7H8l-3 2.5v-2.5H3z',
  microphone: 'M8 2a2 2 0 0 0-2 2v4a2 2 0 0 0 4 0V4a2 2 0 0 0-2-2zM3.8 7.5a4.2 4.2 0 0 0 8.4 0M8 11.7V14',
  trash: 'M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.5 8.5h6l.5-8.5',
  download: 'M8 2.5v7.5M4.8 7L8 10.2 11.2 7M3 13h10',
  back: 'M10 3.5L5.5 8l4.5 4.5',
  forward: 'M6 3.5L10.5 8 6 12.5',
  up: 'M3.5 10L8 5.5l4.5 4.5',
  down: 'M3.5 6L8 10.5 12.5 6',
  plus: 'M8 3.5v9M3.5 8h9',
  minus: 'M3.5 8h9',
  fit: 'M2.5 4v8M13.5 4v8M5 8h6M6.8 6.2L5 8l1.8 1.8M9.2 6.2L11 8l-1.8 1.8',
  collapse: 'M3 5h10M5.5 8h7.5M8 11h5',
  play: 'M5 3.5l7 4.5-7 4.5z',
  private: 'M4 7.5h8v5.5H4zM5.5 7.5V5.5a2.5 2.5 0 0 1 5 0v2',
  link: 'M6.8 9.2l2.4-2.4M7.2 4.8l1-1a2.8 2.8 0 0 1 4 4l-1 1M8.8 11.2l-1 1a2.8 2.8 0 0 1-4-4l1-1',
  shared:
    'M6 7.5a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM2 13c.3-2.3 1.9-3.5 4-3.5s3.7 1.2 4 3.5' +
    'M10.5 3.3a2.2 2.2 0 0 1 0 4.1M11.5 9.7c1.5.4 2.4 1.5 2.6 3.3',
  light:
    'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2' +
    'M3.4 3.4l.8.8M11.8 11.8l.8.8M12.6 3.4l-.8.8M4.2 11.8l-.8.8',
  dark: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z',
  system: 'M2 3.5h12v7.5H2zM6 13.5h4',
} as const;

export type IconName = keyof typeof PATHS;

@Component({
  selector: 'app-icon',
  template: `<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path [attr.d]="path()" /></svg>`,
  styleUrl: './icon.component.css',
})
export class IconComponent {
  readonly name = input.required<IconName>();
  protected readonly path = computed(() => PATHS[this.name()]);
}

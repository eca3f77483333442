import { Component, inject } from '@angular/core';

import { Notices } from '../../services/notices.service';
import { IconComponent } from './icon.component';

@Component({
  selector: 'app-notices',
  imports: [IconComponent],
  template: `
    <div class="notices" role="alert">
      @for (notice of notices.all(); track notice.id) {
        <div class="notice">
          <p>{{ notice.text }}</p>
          <button
            type="button"
            class="icon-button"
            aria-label="Dismiss"
            i18n-aria-label
            (click)="notices.dismiss(notice.id)"
          >
            <app-icon name="close" />
          </button>
        </div>
      }
    </div>
  `,
  styleUrl: './notices.component.css',
})
export class NoticesComponent {
  protected readonly notices = inject(Notices);
}

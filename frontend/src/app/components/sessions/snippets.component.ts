import { Component, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Session } from '../../models/models';
import { plainText } from '../../state/plain-text';

/** What a search found in a session: pieces of its messages, each a way to the question it belongs to. */
@Component({
  selector: 'app-snippets',
  imports: [RouterLink],
  template: `
    @for (snippet of session().snippets; track snippet.message_id) {
      <a
        class="snippet"
        [routerLink]="['/sessions', session().id]"
        [fragment]="snippet.run_id ?? undefined"
        (click)="opened.emit()"
      >
        <span class="sr">{{ spoken[snippet.role] }}: </span>
        <span class="piece">
          @for (part of snippet.parts; track $index) {
            @if (part.match) {
              <mark [textContent]="plain(part.text)"></mark>
            } @else {
              <span [textContent]="plain(part.text)"></span>
            }
          }
        </span>
      </a>
    }
  `,
  styleUrl: './snippets.component.css',
})
export class SnippetsComponent {
  readonly session = input.required<Pick<Session, 'id' | 'snippets'>>();
  readonly opened = output();

  protected readonly plain = plainText;
  protected readonly spoken = {
    user: $localize`:what a person did|:Asked`,
    assistant: $localize`:what an agent did|:Answered`,
    step: $localize`Step`,
  } as const;
}

import { Component, computed, effect, inject, input, output, signal } from '@angular/core';

import { fingerprint } from '../../live/push';
import { NoticeBrowser, NoticeSettings } from '../../models/models';
import { Clock } from '../../services/clock.service';
import { NoticesApi } from '../../services/notices-api';
import { PUSH } from '../../services/push';
import { moment } from '../../state/format';
import { browserWords } from '../../state/notice-words';
import { Submission } from '../shared/submission';

/** Which browsers show notices: this one, switched on by a click, and the others. */
@Component({
  selector: 'app-notice-browsers',
  template: `
    <section aria-labelledby="notice-browsers">
      <h2 i18n id="notice-browsers">Browsers</h2>
      <p class="form-error" role="alert">{{ submission.error() }}</p>
      @switch (state()) {
        @case ('unsupported') {
          <p i18n class="nothing">
            This browser cannot show notices. It needs HTTPS; on an iPhone or iPad, add Ringside to the home screen
            first.
          </p>
        }
        @case ('denied') {
          <p i18n class="nothing">
            This browser refuses notices of this address. Allow them in its settings for this page, then come back.
          </p>
        }
        @case ('on') {
          <p i18n>Notices are shown in this browser, also while Ringside is closed.</p>
          <div class="links">
            <button i18n type="button" class="button" [disabled]="submission.busy()" (click)="switchOff()">
              Switch off here
            </button>
          </div>
        }
        @default {
          <p i18n>Notices are not shown in this browser.</p>
          <div class="links">
            <button type="button" class="button primary" [disabled]="submission.busy()" (click)="switchOn()">
              {{ switchOnWords() }}
            </button>
          </div>
        }
      }
      @if (others().length > 0) {
        <ul class="plain rows" aria-label="Other browsers" i18n-aria-label>
          @for (one of others(); track one.id) {
            <li>
              <span
                >{{ words(one) }} <small i18n>since {{ time(one.created_at) }}</small></span
              >
              <button
                i18n
                type="button"
                class="link danger"
                [disabled]="submission.busy()"
                [attr.aria-label]="removeWords(one)"
                (click)="remove(one)"
              >
                Remove
              </button>
            </li>
          }
        </ul>
      }
    </section>
  `,
})
export class NoticeBrowsersComponent {
  private readonly api = inject(NoticesApi);
  private readonly clock = inject(Clock);
  private readonly push = inject(PUSH);

  readonly settings = input.required<NoticeSettings>();
  /** The browsers are others now. */
  readonly changed = output();

  protected readonly submission = new Submission();
  protected readonly switchOnWords = computed(() =>
    this.submission.busy() ? $localize`Wait…` : $localize`Switch on here`,
  );
  private readonly permission = signal(this.push.permission());
  /** Of this browser's subscription; '' while it has none. */
  private readonly own = signal('');
  private readonly here = computed(() => this.settings().browsers.find((one) => one.fingerprint === this.own()));
  protected readonly others = computed(() => this.settings().browsers.filter((one) => one !== this.here()));
  protected readonly state = computed(() => {
    const permission = this.permission();
    if (permission === 'unsupported' || permission === 'denied') return permission;
    return this.here() ? 'on' : 'off';
  });

  constructor() {
    effect(() => {
      this.settings();
      void this.look();
    });
  }

  protected words(one: NoticeBrowser): string {
    return browserWords(one.browser);
  }

  protected removeWords(one: NoticeBrowser): string {
    return $localize`Remove ${this.words(one)}:what:`;
  }

  protected time(at: string): string {
    return moment(Date.parse(at), this.clock.now());
  }

  protected async switchOn(): Promise<void> {
    await this.submission.send(async () => {
      this.permission.set(await this.push.ask());
      if (this.permission() !== 'granted') return;
      const subscription = await this.push.subscribe(this.settings().push_key);
      await this.api.addBrowser(subscription.toJSON());
      this.changed.emit();
    });
  }

  protected async switchOff(): Promise<void> {
    const here = this.here();
    await this.submission.send(async () => {
      if (here) await this.api.removeBrowser(here.id);
      await (await this.push.subscription())?.unsubscribe();
      this.changed.emit();
    });
  }

  protected async remove(one: NoticeBrowser): Promise<void> {
    await this.submission.send(async () => {
      await this.api.removeBrowser(one.id);
      this.changed.emit();
    });
  }

  private async look(): Promise<void> {
    if (this.permission() === 'unsupported') return;
    const subscription = await this.push.subscription();
    this.own.set(subscription ? await fingerprint(subscription) : '');
  }
}

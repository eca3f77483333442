import {
  AfterViewInit,
  Component,
  ElementRef,
  inject,
  input,
  output,
  resource,
  signal,
  viewChild,
} from '@angular/core';

import { SpectatorLink } from '../../models/models';
import { Clock } from '../../services/clock.service';
import { Submission } from '../shared/submission';
import { TeamApi } from '../../services/team-api';
import { loadErrorOf } from '../shared/load-error';
import { moment } from '../../state/format';
import { VALIDITIES } from '../../state/validity';
import { IconComponent } from '../shared/icon.component';
import { SecretComponent } from '../shared/secret.component';

/** The links by which outsiders may watch a session: made, shown once, taken back. */
@Component({
  selector: 'app-spectator-links',
  imports: [IconComponent, SecretComponent],
  templateUrl: './spectator-links.component.html',
  styleUrl: './spectator-links.component.css',
})
export class SpectatorLinksComponent implements AfterViewInit {
  readonly sessionId = input.required<string>();
  readonly closed = output();

  private readonly api = inject(TeamApi);
  private readonly clock = inject(Clock);
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');
  protected readonly validities = VALIDITIES;
  protected readonly submission = new Submission();
  protected readonly made = signal<{ readonly id: string; readonly url: string } | null>(null);
  protected readonly links = resource({
    params: () => this.sessionId(),
    loader: ({ params }) => this.api.links(params),
  });
  protected readonly loadError = loadErrorOf(this.links);

  ngAfterViewInit(): void {
    this.dialog().nativeElement.showModal();
  }

  protected moment(time: string): string {
    return moment(Date.parse(time), this.clock.now());
  }

  /** 'by Ada, made 14:03, without tool data' */
  protected about({ made_by, created_at, hides_tool_data }: SpectatorLink): string {
    const at = this.moment(created_at);
    if (made_by) {
      return hides_tool_data
        ? $localize`by ${made_by}:person:, made ${at}:moment:, without tool data`
        : $localize`by ${made_by}:person:, made ${at}:moment:`;
    }
    return hides_tool_data
      ? $localize`:a link|:made ${at}:moment:, without tool data`
      : $localize`:a link|:made ${at}:moment:`;
  }

  protected revokeLabel({ expires_at }: SpectatorLink): string {
    return $localize`Revoke the link that is valid until ${this.moment(expires_at)}:moment:`;
  }

  protected async make(valid_hours: number, hides_tool_data: boolean): Promise<void> {
    await this.submission.send(async () => {
      const { link, token } = await this.api.createLink(this.sessionId(), { valid_hours, hides_tool_data });
      this.made.set({ id: link.id, url: `${location.origin}/watch#${token}` });
      this.links.reload();
    });
  }

  protected async takeBack(linkId: string): Promise<void> {
    await this.submission.send(async () => {
      await this.api.revokeLink(this.sessionId(), linkId);
      if (this.made()?.id === linkId) this.made.set(null);
      this.links.reload();
    });
  }
}

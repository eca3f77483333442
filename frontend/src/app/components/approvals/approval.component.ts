import { Component, computed, inject, input, linkedSignal, output, signal } from '@angular/core';

import { errorCode } from '../../live/api-error';
import { Approval, ApprovalChoice, NewDecision } from '../../models/models';
import { ApprovalsApi } from '../../services/approvals-api';
import { Clock } from '../../services/clock.service';
import { expiryWords } from '../../state/approval-words';
import { FieldValues, fieldsOfForm, objectOf, valuesOf } from '../../state/configuration-fields';
import { moment, readable } from '../../state/format';
import { Submission } from '../shared/submission';
import { ApprovalFieldsComponent } from './approval-fields.component';

/** Refusals after which nothing is left to decide. */
const OVER: readonly (string | undefined)[] = ['already_decided', 'approval_over', 'not_found'];

/** A question of an agent to a person, and what that person may answer. The first decision counts. */
@Component({
  selector: 'app-approval',
  imports: [ApprovalFieldsComponent],
  templateUrl: './approval.component.html',
  styleUrl: './approval.component.css',
})
export class ApprovalComponent {
  private readonly api = inject(ApprovalsApi);
  private readonly clock = inject(Clock);

  readonly approval = input.required<Approval>();
  /** It is over: the decision was stored, or there was one before. */
  readonly over = output<Approval>();

  protected readonly submission = new Submission();
  protected readonly comment = signal('');
  protected readonly commenting = signal(false);
  /** Somebody else was first, or it has ended: its words stay, and nothing can be chosen any more. */
  protected readonly late = signal(false);
  protected readonly fields = computed(() => fieldsOfForm(this.approval().form ?? {}));
  protected readonly values = linkedSignal<FieldValues>(() => valuesOf(this.fields(), null));
  protected readonly context = computed(() => readable(this.approval().context));
  protected readonly asked = computed(() => moment(Date.parse(this.approval().created_at), this.clock.now()));
  protected readonly expiry = computed(() => expiryWords(this.approval(), this.clock.now()));

  protected async decide({ id, form }: ApprovalChoice): Promise<void> {
    const approval = this.approval();
    const decision: NewDecision = {
      choice: id,
      ...(this.comment().trim() ? { comment: this.comment().trim() } : {}),
      ...(form && this.fields().length > 0 ? { values: this.filledIn() } : {}),
    };
    const error = await this.submission.send(async () => {
      await this.api.decide(approval.id, decision);
      this.over.emit(approval);
    });
    this.late.set(error !== null && OVER.includes(errorCode(error)));
  }

  /** A field that was left empty is left out, so that the server can say that it is wanted. */
  private filledIn(): Record<string, unknown> {
    const values = Object.entries(objectOf(this.fields(), this.values()));
    return Object.fromEntries(values.filter(([, value]) => value !== ''));
  }
}

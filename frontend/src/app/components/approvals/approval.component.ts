import {
  Component,
  ElementRef,
  Injector,
  afterNextRender,
  computed,
  inject,
  input,
  linkedSignal,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';

import { errorCode } from '../../live/api-error';
import { Approval, ApprovalChoice, NewDecision } from '../../models/models';
import { ApprovalsApi } from '../../services/approvals-api';
import { Clock } from '../../services/clock.service';
import { Inbox } from '../../services/inbox.service';
import { ServerReach } from '../../services/server-reach.service';
import { SNOOZES, SnoozeId, expiryWords, snoozeUntil, waitsForWords } from '../../state/approval-words';
import { FieldValues, fieldsOfForm, objectOf, valuesOf } from '../../state/configuration-fields';
import { moment, readable } from '../../state/format';
import { MenuComponent } from '../shared/menu.component';
import { Submission } from '../shared/submission';
import { ApprovalFieldsComponent } from './approval-fields.component';

/** Refusals after which nothing is left to decide. */
const OVER: readonly (string | undefined)[] = ['already_decided', 'approval_over', 'not_found'];

/** A question of an agent to a person, and what that person may answer. The first decision counts. */
@Component({
  selector: 'app-approval',
  imports: [ApprovalFieldsComponent, MenuComponent],
  templateUrl: './approval.component.html',
  styleUrl: './approval.component.css',
})
export class ApprovalComponent {
  private readonly api = inject(ApprovalsApi);
  private readonly clock = inject(Clock);
  private readonly inbox = inject(Inbox);
  private readonly injector = inject(Injector);
  protected readonly reach = inject(ServerReach);

  readonly approval = input.required<Approval>();
  /** Whether whoever looks can put it off. */
  readonly snoozable = input(false);
  /** Whoever looks wants to be asked then; null: now. */
  readonly snoozed = output<Date | null>();

  private readonly article = viewChild.required<ElementRef<HTMLElement>>('article');
  private readonly commentField = viewChild<ElementRef<HTMLElement>>('words');
  protected readonly snoozes = SNOOZES;
  protected readonly until = computed(() => {
    const until = this.approval().snoozed_until;
    return until === null ? '' : moment(Date.parse(until), this.clock.now());
  });
  protected readonly submission = new Submission();
  protected readonly comment = signal('');
  protected readonly commenting = signal(false);
  /** Somebody else was first, or it has ended: its words stay, and nothing can be chosen any more. */
  protected readonly late = signal(false);
  private readonly id = computed(() => this.approval().id);
  protected readonly fields = computed(() => fieldsOfForm(this.approval().form ?? {}));
  /** The list it is in is asked for again and again: what is typed stays as long as it is the same one. */
  protected readonly values = linkedSignal<string, FieldValues>({
    source: this.id,
    computation: () => valuesOf(untracked(this.fields), null),
  });
  protected readonly context = computed(() => readable(this.approval().context));
  protected readonly asked = computed(() => moment(Date.parse(this.approval().created_at), this.clock.now()));
  protected readonly waitsFor = computed(() => waitsForWords(this.approval().waits_for));
  protected readonly expiry = computed(() => expiryWords(this.approval(), this.clock.now()));

  protected async decide(choice: ApprovalChoice): Promise<void> {
    const decision: NewDecision = {
      choice: choice.id,
      ...(this.comment().trim() ? { comment: this.comment().trim() } : {}),
      ...(choice.form && this.fields().length > 0 ? { values: this.filledIn() } : {}),
    };
    // A button loses the focus while it cannot be pressed.
    this.article().nativeElement.focus({ preventScroll: true });
    const error = await this.submission.send(() => this.inbox.decide(this.approval(), choice, decision));
    this.late.set(error !== null && OVER.includes(errorCode(error)));
  }

  /** The choice at this place, counted from 0: what a key of the keyboard stands for. */
  decideAt(place: number): void {
    const choice = this.approval().choices[place];
    if (choice && this.approval().may_decide && !this.late() && !this.submission.busy() && !this.reach.gone())
      void this.decide(choice);
  }

  holds(element: Element): boolean {
    return this.article().nativeElement === element;
  }

  protected writeComment(): void {
    this.commenting.set(true);
    afterNextRender(() => this.commentField()?.nativeElement.focus(), { injector: this.injector });
  }

  /** Who was first has been read. */
  protected close(): void {
    this.inbox.remove(this.approval().id);
  }

  protected async snooze(id: string | null): Promise<void> {
    const until = id === null ? null : snoozeUntil(id as SnoozeId, this.clock.now());
    const error = await this.submission.send(() => this.api.snooze(this.approval().id, until));
    if (error === null) this.snoozed.emit(until);
  }

  /** A field that was left empty is left out, so that the server can say that it is wanted. */
  private filledIn(): Record<string, unknown> {
    const values = Object.entries(objectOf(this.fields(), this.values()));
    return Object.fromEntries(values.filter(([, value]) => value !== ''));
  }
}

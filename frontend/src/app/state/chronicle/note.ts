import { LoggedEvent } from '../events';
import { Millis, Run, SessionState } from '../session-state';
import { StepFilter } from '../step-filter';
import { Piece } from './phrases';

/** 'open': it goes on. */
export type Look = 'plain' | 'open' | 'waits' | 'failed';

/** One or a few sentences about one thing, and what they rest on. */
export interface Sentence {
  /** The same for as long as the chronicle grows. */
  readonly id: string;
  readonly at: Millis;
  readonly pieces: readonly Piece[];
  /** The numbers of the events it rests on; never empty. */
  readonly seqs: readonly number[];
  /** The keys of the steps that these tell of. */
  readonly steps: readonly string[];
  /** Which steps these are among all of the session; null where one or none is told of. */
  readonly filter: StepFilter | null;
  readonly look: Look;
  /** Whether it must not be left out by whoever tells the run more shortly. */
  readonly weighty: boolean;
}

/** What was known at the moment that a chronicle is of. */
export interface Known {
  readonly state: SessionState;
  readonly run: Run;
}

/** Something that is told of in one place; what comes later may add to it. */
export abstract class Note {
  protected readonly seqs: number[] = [];
  protected readonly steps = new Set<string>();
  /** Names the kind of note. */
  protected abstract readonly name: string;
  /** Whether it is told in any case. */
  protected readonly matters: boolean = false;
  private told: Sentence | null = null;
  private toldFor: string | null = null;
  private changes = 0;

  constructor(private readonly at: Millis) {}

  /** It rests on this event, too. */
  add({ seq }: LoggedEvent, stepKey: string | null = null): void {
    if (this.seqs.at(-1) !== seq) this.seqs.push(seq);
    if (stepKey !== null) this.steps.add(stepKey);
    this.changes++;
  }

  /** What it comes to; null: it need not be told. Worked out anew only when something was added, or the run has ended. */
  sentence(known: Known): Sentence | null {
    const now = `${this.changes} ${known.run.status}`;
    if (now !== this.toldFor) {
      this.told = this.toSentence(known);
      this.toldFor = now;
    }
    return this.told;
  }

  /** Nothing: it need not be told. */
  protected abstract words(known: Known): readonly Piece[];

  protected abstract look(known: Known): Look;

  protected filter(): StepFilter | null {
    return null;
  }

  private toSentence(known: Known): Sentence | null {
    const pieces = this.words(known);
    const [first] = this.seqs;
    if (pieces.length === 0 || first === undefined) return null;
    const filter = this.steps.size > 1 ? this.filter() : null;
    const look = this.look(known);
    return {
      id: `${this.name}-${first}`,
      at: this.at,
      pieces,
      seqs: [...this.seqs],
      steps: [...this.steps],
      filter,
      look,
      weighty: this.matters || look === 'failed' || look === 'waits',
    };
  }
}

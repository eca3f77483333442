import { RunUpdate } from '../events';
import { duration } from '../format';
import { Millis } from '../session-state';
import { Known, Look, Note } from './note';
import { PHRASES, Phrase, Piece, figure, paragraph, quote, say } from './phrases';

const ENDS = {
  completed: [PHRASES.completed, PHRASES.completedAfter],
  failed: [PHRASES.failedRun, PHRASES.failedRunAfter],
  cancelled: [PHRASES.cancelled, PHRASES.cancelledAfter],
} as const satisfies Readonly<Record<'completed' | 'failed' | 'cancelled', readonly [Phrase, Phrase]>>;

/** How a run ended. */
export class Ending extends Note {
  protected readonly name = 'ending';
  protected override readonly matters = true;
  /** `begun`: when work on it began; null: not known, or it never did. `reason`: null: not given, or told already. */
  constructor(
    private readonly end: Millis,
    private readonly event: RunUpdate,
    private readonly begun: Millis | null,
    private readonly reason: string | null,
  ) {
    super(end);
  }

  protected words({ run }: Known): readonly Piece[] {
    const reason = this.reason === null ? [] : say(PHRASES.reason, { reason: quote(this.reason) });
    const { status } = this.event;
    if (status !== 'completed' && status !== 'failed' && status !== 'cancelled') return [];
    if (status === 'cancelled' && run.ours && run.startedAt === null && run.question !== null)
      return paragraph(say(PHRASES.withdrawnRun), reason);
    const [bare, after] = ENDS[status];
    const took = this.begun === null ? null : figure(duration(this.end - this.begun));
    return paragraph(took === null ? say(bare) : say(after, { duration: took }), reason);
  }

  protected look(): Look {
    return this.event.status === 'failed' ? 'failed' : 'plain';
  }
}

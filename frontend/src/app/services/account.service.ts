import { Injectable, computed, inject, signal } from '@angular/core';
import { Router } from '@angular/router';

import { Credentials, Me, Team } from '../models/models';
import { AccountApi } from './account-api';
import { errorCode, errorMessage, isAway, isCrowded, isPassing, isTooOften } from '../live/api-error';
import { BROWSER } from './browser';
import { retryDelay } from '../live/connection';
import { Copies } from './copies.service';
import { Drafts } from './drafts.service';
import { OwedSignOut } from './owed-sign-out';
import { ServerInfo } from './server-info.service';
import { Tokens } from './tokens';

/** At a server that has no place for another sign-in. */
const MOST_ATTEMPTS = 5;
/** Milliseconds for which the server is waited for when somebody signs out: a network that hangs never says so. */
const PATIENCE = 8000;
const NOT_TOLD = $localize`You are signed out on this device. The server does not answer. It is told when it is back, as long as Ringside is open here.`;

/** How whoever sits here stands to this server. */
export type AuthState =
  | 'unknown'
  | 'signed-in'
  | 'signed-out'
  /** The server has no account yet. */
  | 'setup-needed'
  /** Not signed in, and watches one session by a link. */
  | 'spectator';

/** What one tab tells the others of this browser: they have the same cookies. */
type AccountMessage = { readonly kind: 'signed-out' } | { readonly kind: 'signed-in'; readonly userId: string };

/** Who is signed in. Asked once before any page is shown; after that every answer of the server may change it. */
@Injectable({ providedIn: 'root' })
export class Account {
  private readonly api = inject(AccountApi);
  private readonly browser = inject(BROWSER);
  private readonly copies = inject(Copies);
  private readonly drafts = inject(Drafts);
  private readonly info = inject(ServerInfo);
  private readonly owed = inject(OwedSignOut);
  private readonly tokens = inject(Tokens);
  private readonly router = inject(Router);

  private readonly who = signal<Me | null>(null);
  private readonly state = signal<AuthState>('unknown');
  private readonly why = signal('');
  private readonly end = signal('');
  private asked: Promise<void> | null = null;
  private channel: BroadcastChannel | null = null;
  /** Whose data this page may still have in its memory. */
  private lastUserId: string | null = null;

  readonly me = this.who.asReadonly();
  readonly authState = this.state.asReadonly();
  /** Why it is not known yet, once that takes longer; '' otherwise. */
  readonly delay = this.why.asReadonly();
  /** Why the sign-in of this browser has ended, or how far it has; '' where its user has ended it. */
  readonly endWords = this.end.asReadonly();
  readonly isAdministrator = computed(() => this.who()?.user.role === 'administrator');
  /** A viewer only watches. While nobody is known, nothing is forbidden: the server decides. */
  readonly mayWork = computed(() => this.who()?.user.role !== 'viewer');
  /** There is nobody here to whom the server would tell of sessions. */
  readonly turnedAway = computed(() => ['signed-out', 'setup-needed', 'spectator'].includes(this.state()));

  /** Resolves when it is known who is here. A server that is away is asked until it answers. */
  known(): Promise<void> {
    this.asked ??= this.ask();
    return this.asked;
  }

  /** Asks once more, for what may have changed. Rejects with the API's error, which may have led away already. */
  async askAgain(): Promise<void> {
    this.welcome(await this.api.me());
  }

  /** An administrator may have given another role meanwhile: what this page offers follows. False: not known. */
  async lookAgain(): Promise<boolean> {
    const me = await this.api.me().catch(() => null);
    if (me && this.who() !== null) this.welcome(me); // or whoever was here has signed out meanwhile
    return me !== null;
  }

  async signIn(credentials: Credentials, url: string): Promise<void> {
    if (this.owed.isOwed()) await this.settle().catch(() => null); // its cookies are about to be replaced
    await this.enter(await this.signedIn(credentials), url);
  }

  /** This browser is signed in as `me` from now on, and goes on at `url`. */
  async enter(me: Me, url: string): Promise<void> {
    const welcome = this.welcome(me, url);
    this.tell({ kind: 'signed-in', userId: me.user.id });
    if (welcome) await this.router.navigateByUrl(url, { replaceUrl: true });
  }

  /** Also where the server is away: it is told later. Rejects with its error where it refuses. */
  async signOut(): Promise<void> {
    let further: string | null = null;
    const late = new Promise<'late'>((resolve) => setTimeout(resolve, PATIENCE, 'late'));
    const told = await Promise.race([this.endSignIn(), late]).catch((error: unknown) => {
      if (isAway(error)) return 'late' as const;
      throw error;
    });
    if (this.state() !== 'signed-in') return;
    if (told === 'late') {
      this.owed.owe();
      this.end.set(NOT_TOLD);
    } else further = told.further;
    this.drafts.forget();
    const left = this.leave('signed-out', '/sign-in');
    this.tell({ kind: 'signed-out' });
    await left;
    if (further) this.browser.load(further);
    void this.settleLater();
  }

  /** The team as it is now. */
  changeTeam(team: Team): void {
    this.who.update((me) => me && { ...me, team });
  }

  spectate(): void {
    if (this.state() !== 'signed-in') this.state.set('spectator');
  }

  stopSpectating(): void {
    if (this.state() === 'spectator') this.state.set('signed-out');
  }

  /** Looks whether an error says that nobody is let in, and then goes where one can get in. */
  refused(error: unknown): boolean {
    const code = errorCode(error);
    if (code !== 'signed_out' && code !== 'setup_needed') return false;
    if (code === 'setup_needed') void this.leave('setup-needed', '/setup');
    else {
      if (this.state() !== 'signed-out') this.end.set(errorMessage(error));
      void this.leave('signed-out', this.signInUrl());
    }
    return true;
  }

  /** Where a whole office signs in at once, the server takes some in and asks the others to come again in a moment. */
  private async signedIn(credentials: Credentials): Promise<Me> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.api.signIn(credentials);
      } catch (error: unknown) {
        if (!isCrowded(error) || attempt === MOST_ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, retryDelay(attempt, this.browser.random())));
      }
    }
  }

  private async ask(): Promise<void> {
    this.listen();
    for (let attempt = 1; this.state() === 'unknown'; attempt++) {
      try {
        if (this.owed.isOwed()) this.goOn(await this.settle());
        if (this.tokens.areThere()) this.welcome(await this.api.me());
        else await this.nobody();
      } catch (error: unknown) {
        if (this.refused(error) || (isAway(error) && (await this.doWithout()))) break;
        this.why.set(errorMessage(error));
        await new Promise((resolve) => setTimeout(resolve, retryDelay(attempt, this.browser.random())));
      }
    }
    this.why.set('');
  }

  /** While the server cannot tell who this is, it is who this was. False: nobody whom this device knows. */
  private async doWithout(): Promise<boolean> {
    if (this.owed.isOwed()) {
      this.end.set(NOT_TOLD);
      this.state.set('signed-out');
      void this.clear();
      void this.settleLater();
      return true;
    }
    const me = this.tokens.areThere() ? await this.copies.lastUser(this.tokens.userId()) : null;
    if (me === null) return false;
    this.recognise(me);
    void this.confirm();
    return true;
  }

  private async confirm(): Promise<void> {
    for (let attempt = 1; this.state() === 'signed-in'; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, retryDelay(attempt, this.browser.random())));
      try {
        await this.askAgain();
        return;
      } catch (error: unknown) {
        if (!isPassing(error) && !isTooOften(error)) return; // whoever is signed out has been led away
      }
    }
  }

  /** Asks until the server has ended the sign-in that was ended here without it. */
  private async settleLater(): Promise<void> {
    for (let attempt = 1; this.owed.isOwed(); attempt++) {
      await new Promise((resolve) => setTimeout(resolve, retryDelay(attempt, this.browser.random())));
      await this.settle().then(
        (further) => this.goOn(further),
        () => null,
      );
    }
    if (this.end() === NOT_TOLD) this.end.set(''); // it has answered after all, or somebody has signed in
  }

  private async endSignIn(): Promise<{ readonly further: string | null }> {
    // An expired token could not say whose sign-in is to end: asking who this is renews it.
    await this.api.me().catch(() => null);
    return { further: this.state() === 'signed-in' ? await this.api.signOut() : null };
  }

  private goOn(further: string | null): void {
    if (further && this.state() !== 'signed-in') this.browser.load(further);
  }

  /** Where the browser has to go on to sign out of the provider, too. Rejects with the API's error. */
  private async settle(): Promise<string | null> {
    if (!this.owed.isOwed()) return null;
    await this.api.me().catch(() => null); // as in endSignIn
    if (!this.owed.isOwed()) return null; // somebody has signed in meanwhile
    const further = await this.api.signOut();
    this.owed.settle();
    return further;
  }

  /** Who has no token is told so without asking, which a browser would show as a fault; but where can one sign in? */
  private async nobody(): Promise<void> {
    void this.clear();
    await this.info.load();
    if (this.state() === 'unknown') this.state.set('signed-out');
  }

  /** False: this page may have something of somebody else in its memory, and is loaded anew at `url`. */
  private welcome(me: Me, url = this.router.url): boolean {
    // Notices of whoever was here before are not for who is here now.
    void this.copies.belongTo(me).then((others) => (others ? this.endPush() : null));
    if (this.lastUserId !== null && this.lastUserId !== me.user.id) {
      this.browser.load(url);
      return false;
    }
    this.recognise(me);
    return true;
  }

  private recognise(me: Me): void {
    this.end.set('');
    this.lastUserId = me.user.id;
    this.drafts.belongTo(me.user.id);
    this.who.set(me);
    this.state.set('signed-in');
  }

  /** Resolves when nothing of whoever was here is kept in this browser. */
  private async leave(next: AuthState, url: string): Promise<void> {
    const before = this.state();
    if (before === next || before === 'spectator') return;
    const cleared = this.clear();
    this.who.set(null);
    this.state.set(next);
    // The guard of the page that is being opened leads on.
    if (before !== 'unknown') void this.router.navigateByUrl(url);
    await cleared;
  }

  private async clear(): Promise<void> {
    await Promise.all([this.copies.forget(), this.endPush()]);
  }

  private async endPush(): Promise<void> {
    await this.browser.endPush().catch(() => undefined); // a browser without it, or whose push service is away
  }

  private signInUrl(): string {
    const { url } = this.router;
    return url === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(url)}`;
  }

  private listen(): void {
    if (this.channel) return;
    this.channel = this.browser.openChannel('ringside:account');
    if (this.channel) this.channel.onmessage = (message: MessageEvent<AccountMessage>) => this.hear(message.data);
  }

  private tell(message: AccountMessage): void {
    this.channel?.postMessage(message);
  }

  private hear(message: AccountMessage): void {
    const me = this.who();
    if (message.kind === 'signed-out') {
      if (me) void this.leave('signed-out', this.signInUrl());
    } else if (me ? me.user.id !== message.userId : this.router.url.startsWith('/sign-in')) {
      this.browser.load(this.router.url);
    }
  }
}

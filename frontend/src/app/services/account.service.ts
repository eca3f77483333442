import { Injectable, computed, inject, signal } from '@angular/core';
import { Router } from '@angular/router';

import { Credentials, Me, Team } from '../models/models';
import { AccountApi } from './account-api';
import { errorCode, errorMessage, isAway, isCrowded, isPassing } from '../live/api-error';
import { BROWSER } from './browser';
import { retryDelay } from '../live/connection';
import { Copies } from './copies.service';
import { Drafts } from './drafts.service';
import { ServerInfo } from './server-info.service';
import { cookie } from '../state/cookie';

/** At a server that has no place for another sign-in. */
const MOST_ATTEMPTS = 5;

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
  /** Why the sign-in of this browser has ended, where somebody else than its user has ended it; '' otherwise. */
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
    if (me && me.user.id === this.who()?.user.id) this.who.set(me);
    return me !== null;
  }

  async signIn(credentials: Credentials, url: string): Promise<void> {
    await this.enter(await this.signedIn(credentials), url);
  }

  /** This browser is signed in as `me` from now on, and goes on at `url`. */
  async enter(me: Me, url: string): Promise<void> {
    const sameAsBefore = this.lastUserId === null || this.lastUserId === me.user.id;
    this.welcome(me);
    this.tell({ kind: 'signed-in', userId: me.user.id });
    if (sameAsBefore) await this.router.navigateByUrl(url, { replaceUrl: true });
    else this.browser.load(url);
  }

  async signOut(): Promise<void> {
    // An expired token could not say whose sign-in is to end: asking who this is renews it.
    await this.api.me().catch(() => null);
    if (this.state() !== 'signed-in') return;
    const further = await this.api.signOut();
    this.drafts.forget();
    await this.browser.endPush().catch(() => undefined); // a browser without it, or whose push service is away
    this.leave('signed-out', '/sign-in');
    this.tell({ kind: 'signed-out' });
    if (further) this.browser.load(further);
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
    if (code === 'setup_needed') this.leave('setup-needed', '/setup');
    else {
      if (this.state() !== 'signed-out') this.end.set(errorMessage(error));
      this.leave('signed-out', this.signInUrl());
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
        if (this.hasTokens()) this.welcome(await this.api.me());
        else await this.nobody();
      } catch (error: unknown) {
        if (this.refused(error) || (isAway(error) && (await this.recall()))) break;
        this.why.set(errorMessage(error));
        await new Promise((resolve) => setTimeout(resolve, retryDelay(attempt, this.browser.random())));
      }
    }
    this.why.set('');
  }

  /** While the server cannot tell who this is, it is who this was. False: nobody whom this device knows. */
  private async recall(): Promise<boolean> {
    const me = this.hasTokens() ? await this.copies.lastUser() : null;
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
        if (!isPassing(error)) return; // whoever is signed out has been led away
      }
    }
  }

  /** Scripts cannot read the tokens, but what goes with them. */
  private hasTokens(): boolean {
    const cookies = this.browser.cookies();
    return ['csrf_access_token', 'csrf_refresh_token'].some((name) => cookie(cookies, name) !== '');
  }

  /** Who has no token is told so without asking, which a browser would show as a fault; but where can one sign in? */
  private async nobody(): Promise<void> {
    void this.copies.forget();
    await this.info.load();
    if (this.state() === 'unknown') this.state.set('signed-out');
  }

  private welcome(me: Me): void {
    this.copies.belongTo(me);
    this.recognise(me);
  }

  private recognise(me: Me): void {
    this.end.set('');
    this.lastUserId = me.user.id;
    this.drafts.belongTo(me.user.id);
    this.who.set(me);
    this.state.set('signed-in');
  }

  private leave(next: AuthState, url: string): void {
    const before = this.state();
    if (before === next || before === 'spectator') return;
    void this.copies.forget();
    this.who.set(null);
    this.state.set(next);
    // The guard of the page that is being opened leads on.
    if (before === 'unknown') return;
    void this.router.navigateByUrl(url);
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
      if (me) this.leave('signed-out', this.signInUrl());
    } else if (me ? me.user.id !== message.userId : this.router.url.startsWith('/sign-in')) {
      this.browser.load(this.router.url);
    }
  }
}

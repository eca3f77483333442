import { Routes, UrlMatcher } from '@angular/router';

import {
  whenAdministrator,
  whenKnown,
  whenMayBegin,
  whenSetUpNeeded,
  whenSignedIn,
  whenSignedOut,
} from './services/account.guards';
import { whenLeavable } from './services/unsaved.guard';

/** A session, or one that is yet to be made: the same page, which stays when its first question makes it. */
const sessionOrNew: UrlMatcher = (segments) => {
  const [first, second] = segments;
  if (segments.length === 1 && first?.path === 'new') return { consumed: segments };
  if (segments.length !== 2 || first?.path !== 'sessions' || !second) return null;
  return { consumed: segments, posParams: { sessionId: second } };
};

export const routes: Routes = [
  {
    path: 'sign-in',
    title: 'Sign in · Ringside',
    canActivate: [whenSignedOut],
    loadComponent: () => import('./components/account/sign-in.component').then((m) => m.SignInComponent),
  },
  {
    path: 'setup',
    title: 'Set up · Ringside',
    canActivate: [whenSetUpNeeded],
    loadComponent: () => import('./components/account/set-up.component').then((m) => m.SetUpComponent),
  },
  {
    path: 'join',
    title: 'Join · Ringside',
    canActivate: [whenKnown],
    loadComponent: () => import('./components/account/join.component').then((m) => m.JoinComponent),
  },
  {
    path: 'reset',
    title: 'New password · Ringside',
    canActivate: [whenKnown],
    loadComponent: () => import('./components/account/reset.component').then((m) => m.ResetComponent),
  },
  {
    path: 'watch',
    title: 'Watch · Ringside',
    canActivate: [whenKnown],
    loadComponent: () => import('./components/account/spectator-link.component').then((m) => m.SpectatorLinkComponent),
  },
  {
    path: 'watch/:sessionId',
    title: 'Ringside',
    canActivate: [whenKnown],
    loadComponent: () => import('./components/spectator-page.component').then((m) => m.SpectatorPageComponent),
  },
  {
    path: '',
    canActivate: [whenSignedIn],
    loadComponent: () => import('./components/shell.component').then((m) => m.ShellComponent),
    children: [
      {
        path: '',
        pathMatch: 'full',
        title: 'Ringside',
        loadComponent: () => import('./components/sessions/home.component').then((m) => m.HomeComponent),
      },
      {
        matcher: sessionOrNew,
        title: 'Ringside',
        canActivate: [whenMayBegin],
        loadComponent: () => import('./components/agent-activity.component').then((m) => m.AgentActivityComponent),
      },
      {
        path: 'team',
        title: 'Team · Ringside',
        canActivate: [whenAdministrator],
        loadComponent: () => import('./components/team/team.component').then((m) => m.TeamComponent),
      },
      {
        path: 'agents',
        title: 'Agents · Ringside',
        canActivate: [whenAdministrator],
        loadComponent: () => import('./components/agents/agents.component').then((m) => m.AgentsComponent),
      },
      {
        path: 'agents/new',
        title: 'New agent · Ringside',
        canActivate: [whenAdministrator],
        canDeactivate: [whenLeavable],
        loadComponent: () => import('./components/agents/agent-page.component').then((m) => m.AgentPageComponent),
      },
      {
        path: 'agents/:agentId',
        title: 'Agent · Ringside',
        canActivate: [whenAdministrator],
        canDeactivate: [whenLeavable],
        loadComponent: () => import('./components/agents/agent-page.component').then((m) => m.AgentPageComponent),
      },
      {
        path: 'keys',
        title: 'API keys · Ringside',
        loadComponent: () => import('./components/account/api-keys.component').then((m) => m.ApiKeysComponent),
      },
      {
        path: 'password',
        title: 'Change password · Ringside',
        loadComponent: () =>
          import('./components/account/change-password.component').then((m) => m.ChangePasswordComponent),
      },
    ],
  },
  {
    path: '**',
    title: 'Not found · Ringside',
    data: {
      heading: 'Page not found',
      reason: 'The address may be mistyped, or from another version of Ringside.',
    },
    loadComponent: () => import('./components/shared/not-found.component').then((m) => m.NotFoundComponent),
  },
];

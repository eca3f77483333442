import { Routes, UrlMatcher } from '@angular/router';

import {
  whenAdministrator,
  whenKnown,
  whenMayBegin,
  whenSetUpNeeded,
  whenSignedIn,
  whenSignedOut,
  whenWorking,
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
    title: $localize`Sign in · Ringside`,
    canActivate: [whenSignedOut],
    loadComponent: () => import('./pages/entering').then((m) => m.SignInComponent),
  },
  {
    path: 'forgotten',
    title: $localize`Forgotten password · Ringside`,
    canActivate: [whenSignedOut],
    loadComponent: () => import('./pages/entering').then((m) => m.ForgottenComponent),
  },
  {
    path: 'setup',
    title: $localize`Set up · Ringside`,
    canActivate: [whenSetUpNeeded],
    loadComponent: () => import('./pages/entering').then((m) => m.SetUpComponent),
  },
  {
    path: 'join',
    title: $localize`Join · Ringside`,
    canActivate: [whenKnown],
    loadComponent: () => import('./pages/entering').then((m) => m.JoinComponent),
  },
  {
    path: 'reset',
    title: $localize`New password · Ringside`,
    canActivate: [whenKnown],
    loadComponent: () => import('./pages/entering').then((m) => m.ResetComponent),
  },
  {
    path: 'watch',
    title: $localize`Watch · Ringside`,
    canActivate: [whenKnown],
    loadComponent: () => import('./pages/entering').then((m) => m.SpectatorLinkComponent),
  },
  {
    path: 'watch/:sessionId',
    title: 'Ringside',
    canActivate: [whenKnown],
    loadComponent: () => import('./pages/session').then((m) => m.SpectatorPageComponent),
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
        data: { leads: true },
        loadComponent: () => import('./pages/working').then((m) => m.HomeComponent),
      },
      {
        path: 'start',
        title: $localize`Start · Ringside`,
        loadComponent: () => import('./pages/working').then((m) => m.HomeComponent),
      },
      {
        path: 'now',
        title: $localize`Now · Ringside`,
        loadComponent: () => import('./pages/working').then((m) => m.NowComponent),
      },
      {
        matcher: sessionOrNew,
        title: 'Ringside',
        canActivate: [whenMayBegin],
        loadComponent: () => import('./pages/session').then((m) => m.AgentActivityComponent),
      },
      {
        path: 'inbox',
        title: $localize`Inbox · Ringside`,
        loadComponent: () => import('./pages/working').then((m) => m.InboxComponent),
      },
      {
        path: 'compare',
        title: $localize`Compare two runs · Ringside`,
        loadComponent: () => import('./components/compare/compare.component').then((m) => m.CompareComponent),
      },
      {
        path: 'usage',
        title: $localize`Usage · Ringside`,
        loadComponent: () => import('./pages/settings').then((m) => m.UsagePageComponent),
      },
      {
        path: 'team',
        title: $localize`Team · Ringside`,
        canActivate: [whenAdministrator],
        loadComponent: () => import('./pages/settings').then((m) => m.TeamComponent),
      },
      {
        path: 'operations',
        title: $localize`Operations · Ringside`,
        canActivate: [whenAdministrator],
        loadComponent: () => import('./pages/settings').then((m) => m.OperationsComponent),
      },
      {
        path: 'agents',
        title: $localize`Agents · Ringside`,
        canActivate: [whenAdministrator],
        loadComponent: () => import('./pages/settings').then((m) => m.AgentsComponent),
      },
      {
        path: 'agents/new',
        title: $localize`New agent · Ringside`,
        canActivate: [whenAdministrator],
        canDeactivate: [whenLeavable],
        loadComponent: () => import('./pages/settings').then((m) => m.AgentPageComponent),
      },
      {
        path: 'agents/:agentId',
        title: $localize`Agent · Ringside`,
        canActivate: [whenAdministrator],
        canDeactivate: [whenLeavable],
        loadComponent: () => import('./pages/settings').then((m) => m.AgentPageComponent),
      },
      {
        path: 'keys',
        title: $localize`API keys · Ringside`,
        loadComponent: () => import('./pages/settings').then((m) => m.ApiKeysComponent),
      },
      {
        path: 'notices',
        title: $localize`Notices · Ringside`,
        loadComponent: () => import('./pages/settings').then((m) => m.NoticeSettingsComponent),
      },
      {
        path: 'connect',
        title: $localize`Connect your agents · Ringside`,
        canActivate: [whenWorking],
        loadComponent: () => import('./pages/settings').then((m) => m.ConnectComponent),
      },
      {
        path: 'worker',
        title: $localize`Worker · Ringside`,
        canActivate: [whenMayBegin],
        canDeactivate: [whenLeavable],
        loadComponent: () => import('./pages/settings').then((m) => m.WorkerComponent),
      },
      {
        path: 'security',
        title: $localize`Security · Ringside`,
        loadComponent: () => import('./pages/settings').then((m) => m.SecurityComponent),
      },
      {
        path: 'data',
        title: $localize`Your data · Ringside`,
        loadComponent: () => import('./pages/settings').then((m) => m.YourDataComponent),
      },
      {
        path: 'password',
        title: $localize`Change password · Ringside`,
        loadComponent: () => import('./pages/settings').then((m) => m.ChangePasswordComponent),
      },
    ],
  },
  {
    path: '**',
    title: $localize`Not found · Ringside`,
    data: {
      heading: $localize`Page not found`,
      reason: $localize`The address may be mistyped, or from another version of Ringside.`,
    },
    loadComponent: () => import('./pages/entering').then((m) => m.NotFoundComponent),
  },
];

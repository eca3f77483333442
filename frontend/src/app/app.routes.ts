import { Routes } from '@angular/router';

import { whenAdministrator, whenKnown, whenSetUpNeeded, whenSignedIn, whenSignedOut } from './services/account.guards';
import { whenLeavable } from './services/unsaved.guard';

export const routes: Routes = [
  {
    path: 'sign-in',
    title: 'Sign in · Ringside',
    canActivate: [whenSignedOut],
    loadComponent: () => import('./components/sign-in.component').then((m) => m.SignInComponent),
  },
  {
    path: 'setup',
    title: 'Set up · Ringside',
    canActivate: [whenSetUpNeeded],
    loadComponent: () => import('./components/set-up.component').then((m) => m.SetUpComponent),
  },
  {
    path: 'join',
    title: 'Join · Ringside',
    canActivate: [whenKnown],
    loadComponent: () => import('./components/join.component').then((m) => m.JoinComponent),
  },
  {
    path: 'reset',
    title: 'New password · Ringside',
    canActivate: [whenKnown],
    loadComponent: () => import('./components/reset.component').then((m) => m.ResetComponent),
  },
  {
    path: 'watch',
    title: 'Watch · Ringside',
    canActivate: [whenKnown],
    loadComponent: () => import('./components/watch-link.component').then((m) => m.WatchLinkComponent),
  },
  {
    path: 'watch/:sessionId',
    title: 'Ringside',
    canActivate: [whenKnown],
    loadComponent: () => import('./components/watch.component').then((m) => m.WatchComponent),
  },
  {
    path: '',
    canActivate: [whenSignedIn],
    loadComponent: () => import('./components/frame.component').then((m) => m.FrameComponent),
    children: [
      {
        path: '',
        pathMatch: 'full',
        title: 'Ringside',
        loadComponent: () => import('./components/home.component').then((m) => m.HomeComponent),
      },
      {
        path: 'sessions/:sessionId',
        title: 'Ringside',
        loadComponent: () => import('./components/agent-activity.component').then((m) => m.AgentActivityComponent),
      },
      {
        path: 'team',
        title: 'Team · Ringside',
        canActivate: [whenAdministrator],
        loadComponent: () => import('./components/team.component').then((m) => m.TeamComponent),
      },
      {
        path: 'agents',
        title: 'Agents · Ringside',
        canActivate: [whenAdministrator],
        loadComponent: () => import('./components/agents.component').then((m) => m.AgentsComponent),
      },
      {
        path: 'agents/new',
        title: 'New agent · Ringside',
        canActivate: [whenAdministrator],
        canDeactivate: [whenLeavable],
        loadComponent: () => import('./components/agent-page.component').then((m) => m.AgentPageComponent),
      },
      {
        path: 'agents/:agentId',
        title: 'Agent · Ringside',
        canActivate: [whenAdministrator],
        canDeactivate: [whenLeavable],
        loadComponent: () => import('./components/agent-page.component').then((m) => m.AgentPageComponent),
      },
      {
        path: 'keys',
        title: 'API keys · Ringside',
        loadComponent: () => import('./components/keys.component').then((m) => m.KeysComponent),
      },
      {
        path: 'password',
        title: 'Change password · Ringside',
        loadComponent: () => import('./components/change-password.component').then((m) => m.ChangePasswordComponent),
      },
    ],
  },
  {
    path: '**',
    title: 'Not found · Ringside',
    data: {
      heading: 'There is no such page',
      reason: 'The address may have a typing error, or belong to another version of Ringside.',
    },
    loadComponent: () => import('./components/not-found.component').then((m) => m.NotFoundComponent),
  },
];

import { Routes } from '@angular/router';

export const routes: Routes = [
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
    path: '**',
    title: 'Not found · Ringside',
    data: {
      heading: 'There is no such page',
      reason: 'The address may have a typing error, or belong to another version of Ringside.',
    },
    loadComponent: () => import('./components/not-found.component').then((m) => m.NotFoundComponent),
  },
];

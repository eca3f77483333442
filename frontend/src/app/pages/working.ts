/** The pages of whoever watches or works, in one download: each alone would share a dozen small pieces with the others. */
export { AgentActivityComponent } from '../components/agent-activity.component';
export { InboxComponent } from '../components/approvals/inbox.component';
export { HomeComponent } from '../components/sessions/home.component';
export { NowComponent } from '../components/now/now.component';
export { ShellComponent } from '../components/shell.component';
export { SpectatorPageComponent } from '../components/spectator-page.component';

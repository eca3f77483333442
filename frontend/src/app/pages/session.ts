/** The page of a session, for its people and for guests, in one download. */
export { AgentActivityComponent } from '../components/agent-activity.component';
export { SpectatorPageComponent } from '../components/spectator-page.component';

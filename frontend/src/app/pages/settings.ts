/** What is set or looked at seldom: the team, its agents and usage, one's own keys and password. In one download. */
export { AgentPageComponent } from '../components/agents/agent-page.component';
export { AgentsComponent } from '../components/agents/agents.component';
export { ApiKeysComponent } from '../components/account/api-keys.component';
export { ChangePasswordComponent } from '../components/account/change-password.component';
export { ConnectComponent } from '../components/account/connect.component';
export { NoticeSettingsComponent } from '../components/account/notice-settings.component';
export { OperationsComponent } from '../components/operations/operations.component';
export { SecurityComponent } from '../components/account/security.component';
export { YourDataComponent } from '../components/account/your-data.component';
export { TeamComponent } from '../components/team/team.component';
export { UsagePageComponent } from '../components/usage/usage-page.component';
export { WorkerComponent } from '../components/worker/worker.component';

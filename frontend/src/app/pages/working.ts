/** The pages over all sessions, in one download: each alone would share a dozen small pieces with the others. */
export { InboxComponent } from '../components/approvals/inbox.component';
export { HomeComponent } from '../components/sessions/home.component';
export { NowComponent } from '../components/now/now.component';

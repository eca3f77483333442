/** The pages on the way in, in one download. */
export { ForgottenComponent } from '../components/account/forgotten.component';
export { JoinComponent } from '../components/account/join.component';
export { NotFoundComponent } from '../components/shared/not-found.component';
export { ResetComponent } from '../components/account/reset.component';
export { SetUpComponent } from '../components/account/set-up.component';
export { SignInComponent } from '../components/account/sign-in.component';
export { SpectatorLinkComponent } from '../components/account/spectator-link.component';

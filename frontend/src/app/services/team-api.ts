import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import {
  changeTeam,
  changeUser,
  checkAudit,
  createKey,
  createLink,
  eraseUser,
  exportAudit$Csv,
  exportUser,
  handOver,
  invite,
  listInvitations,
  listKeys,
  listLinks,
  listTeamLinks,
  listUsers,
  makePasswordLink,
  makeServiceAccount,
  readAudit,
  readErrors,
  readQuotas,
  resetSecondFactor,
  revokeKey,
  revokeLink,
  revokeTeamLink,
  withdrawInvitation,
} from '../models/functions';
import {
  ApiKey,
  ApiKeyWish,
  AuditChainCheck,
  AuditPage,
  ChangedUser,
  ErasureWish,
  ErrorPage,
  Invitation,
  InvitationWish,
  NewApiKey,
  NewInvitation,
  NewPasswordLink,
  NewSpectatorLink,
  ServiceAccountWish,
  SpectatorLink,
  SpectatorLinkWish,
  Team,
  TeamLinkPage,
  QuotaUsage,
  TeamUser,
  User,
  UserChange,
} from '../models/models';
import { DownloadService } from './download.service';

export interface AuditFilter {
  readonly about?: string;
  readonly since?: string;
  readonly until?: string;
}

/** The part of the HTTP API about users, invitations, keys and links. Rejects with an HttpErrorResponse. */
@Injectable({ providedIn: 'root' })
export class TeamApi {
  private readonly api = inject(Api);
  private readonly downloads = inject(DownloadService);

  async quotas(): Promise<QuotaUsage[]> {
    return (await this.api.invoke(readQuotas)).usage;
  }

  async users(): Promise<TeamUser[]> {
    return (await this.api.invoke(listUsers)).users;
  }

  changeUser(user_id: string, body: UserChange): Promise<ChangedUser> {
    return this.api.invoke(changeUser, { user_id, body });
  }

  /** The secret of a link by which the user sets a forgotten password. */
  passwordLink(user_id: string): Promise<NewPasswordLink> {
    return this.api.invoke(makePasswordLink, { user_id });
  }

  async resetSecondFactor(user_id: string): Promise<void> {
    await this.api.invoke(resetSecondFactor, { user_id });
  }

  requireSecondFactor(second_factor_required: boolean): Promise<Team> {
    return this.api.invoke(changeTeam, { body: { second_factor_required } });
  }

  /** How many sessions of somebody who is deactivated another one has got. */
  async handOver(user_id: string, to: string): Promise<number> {
    return (await this.api.invoke(handOver, { user_id, body: { to } })).sessions;
  }

  /** All that there is of somebody, as a ZIP file. Rejects when there would be none. */
  async exportUser(user_id: string): Promise<void> {
    const url = exportUser.PATH.replace('{user_id}', encodeURIComponent(user_id));
    await this.downloads.save(url, () => this.users());
  }

  erase(user_id: string, body: ErasureWish): Promise<User> {
    return this.api.invoke(eraseUser, { user_id, body });
  }

  makeServiceAccount(body: ServiceAccountWish): Promise<User> {
    return this.api.invoke(makeServiceAccount, { body });
  }

  /** With `made_by`, those of one user. */
  teamLinks(made_by: string | null, cursor: string | null, limit: number): Promise<TeamLinkPage> {
    return this.api.invoke(listTeamLinks, {
      limit,
      ...(made_by === null ? {} : { made_by }),
      ...(cursor === null ? {} : { cursor }),
    });
  }

  async revokeTeamLink(link_id: string): Promise<void> {
    await this.api.invoke(revokeTeamLink, { link_id });
  }

  rename(name: string): Promise<Team> {
    return this.api.invoke(changeTeam, { body: { name } });
  }

  async invitations(): Promise<Invitation[]> {
    return (await this.api.invoke(listInvitations)).invitations;
  }

  invite(body: InvitationWish): Promise<NewInvitation> {
    return this.api.invoke(invite, { body });
  }

  async withdraw(invitation_id: string): Promise<void> {
    await this.api.invoke(withdrawInvitation, { invitation_id });
  }

  audit(cursor: string | null, limit: number, which: AuditFilter = {}): Promise<AuditPage> {
    return this.api.invoke(readAudit, { limit, ...which, ...(cursor === null ? {} : { cursor }) });
  }

  /** Rejects when there would be no file. */
  async exportAudit(format: 'csv' | 'jsonl', which: AuditFilter): Promise<void> {
    const url = `${exportAudit$Csv.PATH}?${new URLSearchParams({ format, ...which }).toString()}`;
    await this.downloads.save(url, () => this.audit(null, 1));
  }

  checkAudit(): Promise<AuditChainCheck> {
    return this.api.invoke(checkAudit);
  }

  errors(cursor: string | null, limit: number): Promise<ErrorPage> {
    return this.api.invoke(readErrors, { limit, ...(cursor === null ? {} : { cursor }) });
  }

  async keys(whole_team: boolean): Promise<ApiKey[]> {
    return (await this.api.invoke(listKeys, { whole_team })).keys;
  }

  createKey(body: ApiKeyWish): Promise<NewApiKey> {
    return this.api.invoke(createKey, { body });
  }

  async revokeKey(key_id: string): Promise<void> {
    await this.api.invoke(revokeKey, { key_id });
  }

  async links(session_id: string): Promise<SpectatorLink[]> {
    return (await this.api.invoke(listLinks, { session_id })).links;
  }

  createLink(session_id: string, body: SpectatorLinkWish): Promise<NewSpectatorLink> {
    return this.api.invoke(createLink, { session_id, body });
  }

  async revokeLink(session_id: string, link_id: string): Promise<void> {
    await this.api.invoke(revokeLink, { session_id, link_id });
  }
}

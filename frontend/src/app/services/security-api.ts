import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import {
  confirmSecondFactor,
  readSecondFactor,
  removeSecondFactor,
  renewRecoveryCodes,
  setUpInStep,
  setUpSecondFactor,
  takeStep,
} from '../models/functions';
import { Proof, SecondFactorSetup, SecondFactorState, SignedIn } from '../models/models';

/** The part of the HTTP API about second factors. Every method rejects with an HttpErrorResponse. */
@Injectable({ providedIn: 'root' })
export class SecurityApi {
  private readonly api = inject(Api);

  /** The second step of signing in. */
  takeStep(code: string): Promise<SignedIn> {
    return this.api.invoke(takeStep, { body: { code } });
  }

  /** The same, where the team requires a second factor and there is none yet. */
  setUpInStep(): Promise<SecondFactorSetup> {
    return this.api.invoke(setUpInStep);
  }

  secondFactor(): Promise<SecondFactorState> {
    return this.api.invoke(readSecondFactor);
  }

  setUp(password: string): Promise<SecondFactorSetup> {
    return this.api.invoke(setUpSecondFactor, { body: { password } });
  }

  /** The recovery codes, which nobody can read again. */
  async confirm(code: string): Promise<readonly string[]> {
    return (await this.api.invoke(confirmSecondFactor, { body: { code } })).recovery_codes;
  }

  async renewCodes(body: Proof): Promise<readonly string[]> {
    return (await this.api.invoke(renewRecoveryCodes, { body })).recovery_codes;
  }

  async remove(body: Proof): Promise<void> {
    await this.api.invoke(removeSecondFactor, { body });
  }
}

import { Injectable, inject } from '@angular/core';

import { Api } from '../models/api';
import {
  addPasskey,
  askForPasskey,
  listPasskeys,
  preparePasskey,
  removePasskey,
  signInWithPasskey,
} from '../models/functions';
import { Me, Passkey, Proof } from '../models/models';

/** The words for what a browser refuses. */
const REFUSALS: Readonly<Record<string, string>> = {
  NotAllowedError: $localize`No passkey was used: it was cancelled, took too long, or there is none for this server.`,
  InvalidStateError: $localize`This device has a passkey of yours for this server already.`,
  SecurityError: $localize`Passkeys work only at the address that the server is set up for.`,
};

/** Passkeys, between the browser and the HTTP API. Rejects with an HttpErrorResponse, or an Error in plain words. */
@Injectable({ providedIn: 'root' })
export class Passkeys {
  private readonly api = inject(Api);

  /** Whether this browser can use any here: outside secure contexts none can. */
  readonly supported =
    typeof PublicKeyCredential !== 'undefined' && 'parseRequestOptionsFromJSON' in PublicKeyCredential;

  async list(): Promise<Passkey[]> {
    return (await this.api.invoke(listPasskeys)).passkeys;
  }

  async add(name: string, proof: Proof): Promise<Passkey> {
    const { options } = await this.api.invoke(preparePasskey, { body: proof });
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
      options as unknown as PublicKeyCredentialCreationOptionsJSON,
    );
    const credential = await asked(navigator.credentials.create({ publicKey }));
    return this.api.invoke(addPasskey, { body: { name, credential } });
  }

  async signIn(): Promise<Me> {
    const { options } = await this.api.invoke(askForPasskey);
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
      options as unknown as PublicKeyCredentialRequestOptionsJSON,
    );
    const credential = await asked(navigator.credentials.get({ publicKey }));
    return this.api.invoke(signInWithPasskey, { body: { credential } });
  }

  async remove(passkey_id: string, body: Proof): Promise<void> {
    await this.api.invoke(removePasskey, { passkey_id, body });
  }
}

/** What the device has answered, as JSON. */
async function asked(answer: Promise<Credential | null>): Promise<Record<string, unknown>> {
  try {
    const credential = await answer;
    if (!(credential instanceof PublicKeyCredential)) throw new DOMException('', 'NotAllowedError');
    return { ...credential.toJSON() };
  } catch (error: unknown) {
    const name = error instanceof DOMException ? error.name : '';
    throw new Error(REFUSALS[name] ?? $localize`The passkey could not be used. Try again.`, { cause: error });
  }
}

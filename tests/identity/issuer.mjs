// A real OpenID Connect provider (oidc-provider, certified by the OpenID Foundation), with people that the tests name.
//
//   node issuer.mjs 9999 '{"clients": […], "people": {"mara": {"email": …, "groups": […]}}}'
//
// PUT /test/people replaces the people, POST /test/keys the key that signs: both take effect at once.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const given = JSON.parse(process.argv[3]);
let people = given.people;
let handle;

const key = () => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  kid: randomUUID(),
  use: 'sig',
  alg: 'RS256',
});

function open() {
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: given.clients,
    jwks: { keys: [key()] },
    cookies: { keys: ['of the tests'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    scopes: ['openid', 'offline_access', 'email', 'profile', 'groups'],
    features: {
      backchannelLogout: { enabled: true },
      devInteractions: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    pkce: { required: () => true },
    // To 127.0.0.1, where the server under test is.
    fetch: (url, { dispatcher: _guard, ...options }) => fetch(url, options),
    findAccount: (_ctx, login) =>
      people[login] && { accountId: people[login].sub, claims: () => people[login] },
    // Nobody is asked whether the server may know their name.
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope('openid email profile groups');
      await grant.save();
      return grant;
    },
    ...(given.more ?? {}),
  });
  provider.on('backchannel.error', (_ctx, error) => console.error(error));
  handle = provider.callback();
}

async function body(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return text;
}

open();
createServer(async (request, response) => {
  if (request.url === '/test/people') people = JSON.parse(await body(request));
  else if (request.url === '/test/keys') open();
  else return handle(request, response);
  return response.end('{}');
}).listen(port, '127.0.0.1');

// One person's session: a pair of tokens, one refresh at a time, and a fetch that sends the token. Every client
// here takes its fetch and its token from it. In a browser renew() belongs inside navigator.locks and the pair
// into a store that all tabs share, for a refresh token works once.
const TOKENS = 'accessToken refreshToken expiresAt errors { code field message retryable retryAfterMs }';

/** The session is over: show the sign-in screen. */
export class SignedOut extends Error {}

/** The server was not there to refresh the session: try again. */
export class Unreachable extends Error {}

export class Session {
  #url;
  #tokens;
  #renewing = null;

  constructor(url, tokens) {
    this.#url = url;
    this.#tokens = tokens;
  }

  static async signIn(url, email, password) {
    const { signIn } = await post(url, `mutation($input: SignInInput!) { signIn(input: $input) { ${TOKENS} } }`,
      { input: { email, password } });
    if (signIn.errors.length) throw Object.assign(new Error(signIn.errors[0].message), signIn.errors[0]);
    return new Session(url, signIn);
  }

  /** A token that lasts a while yet. */
  async token() {
    if (Date.parse(this.#tokens.expiresAt) - Date.now() < 60_000) await this.renew();
    return this.#tokens.accessToken;
  }

  /** Takes a new pair; whoever asks meanwhile gets the same. */
  renew() {
    return this.#renewing ??= this.#refresh().finally(() => { this.#renewing = null; });
  }

  /** The server has refused the token that we have: the next token() is a new one. */
  refused() {
    this.#tokens = { ...this.#tokens, expiresAt: new Date(0).toISOString() };
  }

  async #refresh() {
    const { refreshSession } = await post(this.#url,
      `mutation($input: RefreshSessionInput!) { refreshSession(input: $input) { ${TOKENS} } }`,
      { input: { refreshToken: this.#tokens.refreshToken } });
    if (!refreshSession.accessToken) throw new SignedOut(refreshSession.errors[0].message);
    this.#tokens = refreshSession;
  }

  /** fetch with the token; what is refused for it is asked once more with a fresh one. Give it to your client as its fetch. */
  fetch = async (input, init = {}) => {
    const send = async () => fetch(input, { ...init, headers: withToken(init.headers, await this.token()) });
    const response = await send();
    if (response.status !== 401) return response;
    await response.body?.cancel();
    this.refused();
    return send();
  };
}

function withToken(headers, token) {
  const all = new Headers(headers);
  all.set('Authorization', `Bearer ${token}`);
  all.set('Accept-Language', 'pt-BR');
  return all;
}

/** Without a token: signing in and refreshing are open to everybody. */
async function post(url, query, variables) {
  const response = await fetch(url, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ query, variables }),
  }).catch((cause) => { throw new Unreachable(cause.message, { cause }); });
  if (response.status >= 500) throw new Unreachable(response.statusText);
  const { data, errors } = await response.json();
  if (errors) throw Object.assign(new Error(errors[0].message), errors[0].extensions);
  return data;
}

/** How the issuers of the stub provider differ; what is not named behaves as `plain`. */
export interface Traits {
  /** Access tokens look like JWTs. */
  readonly jwtAccessTokens?: true;
  /** The audience of those, whatever was asked for. */
  readonly fixedAudience?: readonly string[];
  /** Each refresh gives a new refresh token and ends the old one. */
  readonly rotates?: true;
  /** The only scope values that are granted. */
  readonly grants?: readonly string[];
  readonly noRefreshToken?: true;
  /** The ID token has no `sub`, only userinfo has one. */
  readonly noSubject?: true;
  /** `expires_in` is a text. */
  readonly textExpiry?: true;
  /** Answers do not name the scope. */
  readonly noScope?: true;
}

export const TRAITS: Readonly<Record<string, Traits>> = {
  plain: {},
  jwt: { jwtAccessTokens: true },
  rot: { rotates: true },
  narrow: { grants: ["openid", "profile", "offline_access"] },
  max: {},
  enf: {},
  forbid: {},
  nort: { noRefreshToken: true },
  ui: { noSubject: true },
  strexp: { textExpiry: true },
  jwtnoaud: { jwtAccessTokens: true, fixedAudience: ["other"] },
  aud1: {},
  aud2: { jwtAccessTokens: true },
  noscope: { noScope: true },
  fast: {},
  rotfail: { rotates: true },
};

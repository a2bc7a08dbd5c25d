/** Access tokens: who signed in, proven by an Ed25519 signature (RFC 9068, RFC 8037). */

import { createLocalJWKSet, errors, jwtVerify } from "jose";

const REMEMBERED = 20_000;

/**
 * A function from a token to its claims; it throws where the token is not valid.
 *
 * What was verified once is remembered until it expires, as the platform does: neither service is to win by doing less.
 */
export function verifier({ keys, issuer, audience }) {
  const keySet = createLocalJWKSet(keys);
  const expected = { algorithms: ["Ed25519"], typ: "at+jwt", issuer, audience };
  const remembered = new Map();

  return async (token) => {
    const known = remembered.get(token);
    if (known !== undefined) {
      if (known.exp * 1000 > Date.now()) return known;
      remembered.delete(token);
      throw new errors.JWTExpired("the token has expired", known);
    }
    const { payload } = await jwtVerify(token, keySet, expected);
    remembered.set(token, payload);
    if (remembered.size > REMEMBERED) remembered.delete(remembered.keys().next().value);
    return payload;
  };
}

/**
 * The yardstick: the list of pipelines on Express, Drizzle and jose, with the checks, transaction and log of the platform.
 *
 * Settings, all from the environment: PORT, DATABASE_URL, DATABASE_CONNECTIONS, TOKEN_KEYS (a JWK set), TOKEN_ISSUER,
 * TOKEN_AUDIENCE.
 */

import { randomUUID } from "node:crypto";

import { and, desc, eq, getTableColumns, isNull, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import express from "express";
import { errors } from "jose";
import pg from "pg";
import { destination, pino } from "pino";

import { pipelines } from "./schema.js";
import { verifier } from "./tokens.js";

const { PORT, DATABASE_URL, DATABASE_CONNECTIONS, TOKEN_KEYS, TOKEN_ISSUER, TOKEN_AUDIENCE } = process.env;
const READERS = new Set(["owner", "admin", "member", "viewer"]);
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
const LARGEST_PAGE = 200;

class Refused extends Error {
  constructor(status, code, detail) {
    super(detail);
    Object.assign(this, { status, code });
  }
}

const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination({ sync: false, minLength: 4096 }));
const verified = verifier({ keys: JSON.parse(TOKEN_KEYS), issuer: TOKEN_ISSUER, audience: TOKEN_AUDIENCE });
const pool = new pg.Pool({
  connectionString: DATABASE_URL,
  max: Number(DATABASE_CONNECTIONS ?? 8),
  options: "-c timezone=UTC -c role=pipeline_builder_app -c statement_timeout=15000",
});
const database = drizzle({ client: pool });
const { orgId: _notShown, ...columns } = getTableColumns(pipelines);

/** Who asks; nothing of it says what they may do. */
async function authenticate(request) {
  const [scheme, token] = (request.headers.authorization ?? "").split(" ");
  if (scheme.toLowerCase() !== "bearer" || !token) throw new Refused(401, "unauthenticated", "Sign in first.");
  try {
    return await verified(token);
  } catch (error) {
    if (error instanceof errors.JOSEError) throw new Refused(401, "unauthenticated", "The token is not valid.");
    throw error;
  }
}

/** Membership and session, looked up on each request; from here on the transaction sees this organization alone. */
async function enter(tx, { sub, sid, org }) {
  const [entered] = await tx
    .select({ orgId: sql`org_id`, role: sql`role`, isLive: sql`is_session_live` })
    .from(sql`enter_organization(${sub}, ${sid}, ${org}, null)`)
    .prepare("enter")
    .execute();
  if (!entered) throw new Refused(404, "not-found", "There is no such organization.");
  if (!entered.isLive) throw new Refused(401, "unauthenticated", "The session has ended.");
  if (!READERS.has(entered.role)) throw new Refused(403, "permission-denied", "You may not see pipelines here.");
  return entered.orgId;
}

/** The newest pipelines, one more than asked to know whether there is one. Prepared, as the platform's driver does it. */
async function page(tx, orgId, { limit, after }) {
  const rows = await tx
    .select(columns)
    .from(pipelines)
    .where(
      and(
        eq(pipelines.orgId, orgId),
        isNull(pipelines.deletedAt),
        after && sql`(${pipelines.createdAt}, ${pipelines.id}) < (${after[0]}::timestamptz, ${after[1]}::uuid)`,
      ),
    )
    .orderBy(desc(pipelines.createdAt), desc(pipelines.id))
    .limit(limit + 1)
    .prepare(after ? "next page" : "first page")
    .execute();
  if (rows.length <= limit) return { items: rows, nextCursor: null };
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: Buffer.from(JSON.stringify([last.createdAt, last.id])).toString("base64url") };
}

function asked({ limit: written = "50", cursor }) {
  const limit = Number(written);
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE) {
    throw new Refused(422, "invalid-value", `'limit' is a number from 1 to ${LARGEST_PAGE}.`);
  }
  if (cursor === undefined) return { limit };
  try {
    const [time, id] = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return { limit, after: [time, id] };
  } catch {
    throw new Refused(422, "invalid-value", "This cursor is not of this list.");
  }
}

/** Its id and its log line around every request. */
function observed(request, response, next) {
  const began = performance.now();
  const given = request.headers["x-request-id"];
  const requestId = given && REQUEST_ID.test(given) ? given : randomUUID();
  response.setHeader("x-request-id", requestId);
  response.on("finish", () => {
    const { org, sub } = response.locals.claims ?? {};
    log.info({
      event: "http.request",
      request_id: requestId,
      method: request.method,
      path: request.path,
      status: response.statusCode,
      ms: Math.round((performance.now() - began) * 10) / 10,
      org_id: org,
      actor: sub,
    });
  });
  next();
}

const app = express();
app.disable("x-powered-by");
app.disable("etag");
app.use(observed);

app.get("/api/pipelines", async (request, response) => {
  const claims = await authenticate(request);
  response.locals.claims = claims;
  const wanted = asked(request.query);
  response.json(await database.transaction(async (tx) => page(tx, await enter(tx, claims), wanted)));
});

app.use((error, _request, response, _next) => {
  const known = error instanceof Refused;
  if (!known) log.error({ event: "http.failed", error: error.stack });
  response
    .status(known ? error.status : 500)
    .type("application/problem+json")
    .json({ code: known ? error.code : "internal-error", detail: known ? error.message : "Something went wrong." });
});

const server = app.listen(Number(PORT), "127.0.0.1");
process.on("SIGTERM", () => {
  server.close(() => pool.end());
  server.closeIdleConnections();
});

// The list of awards as Express and pg give it: the same look-ups as Tributary's `GET /api/v1/awards`, one
// after the other, from the same tables. As many processes as Tributary has threads that answer.
//
//     node awards.mjs PORT DATABASE_URL PROCESSES
import cluster from "node:cluster";
import { createHash } from "node:crypto";
import express from "express";
import pg from "pg";

const [port, database, processes] = process.argv.slice(2);
if (cluster.isPrimary) {
  for (let n = 0; n < Number(processes); n += 1) cluster.fork();
  process.on("SIGTERM", () => process.exit(0));
} else {
  // dates as they are written, amounts as numbers: nothing is made of them that is not asked for
  pg.types.setTypeParser(1082, (text) => text);
  pg.types.setTypeParser(20, Number);
  const pool = new pg.Pool({ connectionString: database, max: 8 });
  const ask = async (name, text, values) => (await pool.query({ name, text, values })).rows;
  const IDLE = 2 * 3600 * 1000;
  const READERS = new Set(["grants-officer", "finance-officer", "certifier", "trustee", "committee-member",
    "funders-officer", "auditor", "administrator"]);

  async function identify(request) {
    const cookie = (request.headers.cookie ?? "").match(/(?:^|; )tributary=([^;]+)/)?.[1];
    if (!cookie) return null;
    const now = new Date();
    const today = now.toISOString().slice(0, 10);
    const hash = createHash("sha256").update(cookie).digest();
    const rows = await ask("behind", `SELECT s.id AS session_id, s.csrf, s.last_seen_at, s.second_factor_at,
        p.id AS person_id, p.display_name, p.email, p.totp_confirmed_at, m.organisation_id, m.role, h.value AS home
      FROM session s JOIN person p ON p.id = s.person_id
      LEFT JOIN membership m ON m.person_id = p.id AND m.revoked_at IS NULL AND m.starts_on <= $4
        AND (m.ends_on IS NULL OR m.ends_on >= $4)
      LEFT JOIN setting h ON h.key = $5
      WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.last_seen_at > $3
      ORDER BY m.id`, [hash, now, new Date(now - IDLE), today, "home-organisation"]);
    if (rows.length === 0) return null;
    const roles = rows.filter((row) => row.role && row.organisation_id === row.home).map((row) => row.role);
    return { person: rows[0].person_id, name: rows[0].display_name, today, roles };
  }

  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.get("/api/v1/awards", async (request, reply) => {
    const who = await identify(request);
    if (!who) return reply.status(401).json({ title: "Sign in first" });
    if (!who.roles.some((role) => READERS.has(role))) return reply.status(403).json({ title: "Not allowed" });
    const limit = Number(request.query.limit ?? 50);
    if (!Number.isInteger(limit) || limit < 1 || limit > 200) return reply.status(422).json({ title: "limit" });
    const found = await ask("awards", "SELECT * FROM award ORDER BY id LIMIT $1", [limit + 1]);
    const more = found.length > limit;
    const awards = found.slice(0, limit);
    const ids = awards.map((award) => award.id);
    const agreed = await ask("years", `SELECT y.award_id, y.id, y.starts_on, y.ends_on, y.amount, y.standing,
        y.carry_forward, e.kind, e.amount AS agreed, e.until_on
      FROM award_year y LEFT JOIN award_year_event e ON e.year_id = y.id WHERE y.award_id = ANY($1)
      ORDER BY y.starts_on, y.id, e.seq`, [ids]);
    const of = new Map();
    for (const row of agreed) {
      const mine = of.get(row.award_id) ?? [];
      if (mine.at(-1)?.id !== row.id) mine.push({ ...row, events: [] });
      if (row.kind) mine.at(-1).events.push(row);
      of.set(row.award_id, mine);
    }
    const yearIds = [...of.values()].flat().map((year) => year.id);
    const sums = new Map((await ask("balances", `SELECT subject_id, attributed FROM balance
      WHERE kind IN ('award', 'award-year') AND subject_id = ANY($1)`, [[...ids, ...yearIds]]))
      .map((row) => [row.subject_id, row.attributed]));
    const names = new Map((await ask("names", "SELECT id, name FROM organisation WHERE id = ANY($1)",
      [[...new Set(awards.map((award) => award.funder_id))]])).map((row) => [row.id, row.name]));
    // the one that holds today, of those that are not closed
    const suspended = new Map((await ask("suspensions", `SELECT award_id, seq, from_on, resumed_on, pays_on
      FROM award_suspension WHERE award_id = ANY($1) ORDER BY award_id, seq`, [ids]))
      .filter((row) => row.from_on <= who.today && (row.resumed_on === null || who.today < row.resumed_on))
      .map((row) => [row.award_id, row.from_on]));
    const closed = new Map((await ask("closures", `SELECT * FROM award_closure
      WHERE award_id = ANY($1) AND reopened_on IS NULL`, [ids])).map((row) => [row.award_id, row.closed_on]));
    const items = awards.map((award) => {
      const mine = of.get(award.id) ?? [];
      let [confirmed, left, unused, over] = [0, 0, 0, 0];
      const ended = award.ends_on < who.today;
      for (const year of mine) {
        if (year.standing !== "confirmed") continue;
        const rest = year.amount - (sums.get(year.id) ?? 0);
        confirmed += year.amount;
        if (rest < 0) over -= rest;
        else if (year.ends_on >= who.today || ended) left += rest;
        else unused += rest;
      }
      const days = Math.round((Date.parse(award.ends_on) - Date.parse(who.today)) / 86400000);
      return {
        id: award.id, reference: award.reference, title: award.title, programme: award.programme,
        programme_id: award.programme_id, funder_id: award.funder_id, funder: names.get(award.funder_id) ?? "",
        starts_on: award.starts_on, ends_on: award.ends_on, days_left: days >= 0 ? days : null,
        amount_pence: award.amount, attributed_pence: sums.get(award.id) ?? 0, confirmed_pence: confirmed,
        left_pence: left, not_used_pence: unused, over_pence: over, at_risk_pence: 0,
        suspended_from: closed.has(award.id) ? null : suspended.get(award.id) ?? null,
        closed_on: closed.get(award.id) ?? null, version: award.version,
      };
    });
    if (more) reply.set("link", `<${request.path}?limit=${limit}&after=${items.at(-1).id}>; rel="next"`);
    return reply.json({ items });
  });
  app.listen(Number(port), "127.0.0.1");
}

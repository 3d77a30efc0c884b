/** The directory of each test file begins with the schema as migrations make it. */
import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";

await applyD1Migrations(env.DIRECTORY, env["MIGRATIONS"] as D1Migration[]);

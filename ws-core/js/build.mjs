// Builds dist/: the module for imports, the classic script, and the types.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** The most bytes that each script may have when it is compressed with gzip. */
const MOST = 6_000;

const options = { bundle: true, minify: true, target: "es2022", legalComments: "none" };
const scripts = {
  "dist/client.mjs": { entryPoints: ["src/client.ts"], format: "esm" },
  "dist/client.js": { entryPoints: ["src/classic.ts"], format: "iife", define: { "import.meta.url": "undefined" } },
};

execFileSync("npx", ["tsc"], { stdio: "inherit" });
for (const [outfile, each] of Object.entries(scripts)) {
  await build({ ...options, ...each, outfile });
  const size = gzipSync(readFileSync(outfile), { level: 9 }).length;
  console.log(`${outfile}: ${size} bytes with gzip`);
  if (size > MOST) throw new Error(`${outfile} has more than ${MOST} bytes`);
}
const types = ["--no-check", "--no-banner", "--export-referenced-types=false", "--out-file", "dist/client.d.ts", "src/client.ts"];
execFileSync("npx", ["dts-bundle-generator", ...types], { stdio: "inherit" });

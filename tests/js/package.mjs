// node package.mjs TARBALL: what publint and arethetypeswrong say of the packed package,
// as JSON: {"publint": [message…], "types": [problem…], "licences": how many, "sizes": {…}}; the
// sizes are what a page downloads that imports one function: minified and compressed, in bytes.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

async function size(name) {
  const index = fileURLToPath(new URL("../../hosts/js/src/index.js", import.meta.url));
  const contents = `export { ${name} } from ${JSON.stringify(index)};`;
  const options = { bundle: true, minify: true, format: "esm", target: "es2022", write: false };
  const { outputFiles } = await build({ stdin: { contents, resolveDir: "/" }, ...options });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

const sizes = {};
for (const name of ["recover", "recoverBindgen", "decode"]) sizes[name] = await size(name);
const tarball = readFileSync(process.argv[2]);
const data = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength);
const { messages, pkg } = await publint({ pack: { tarball: data }, strict: true });
const packed = createPackageFromTarballData(new Uint8Array(data));
const checked = await checkPackage(packed);
process.stdout.write(
  JSON.stringify({
    publint: messages.map((message) => formatMessage(message, pkg)),
    types: checked.problems.map(({ kind, ...rest }) => `${kind} ${JSON.stringify(rest)}`),
    licences: packed.listFiles().filter((name) => /\/LICENSE-[A-Z]+$/.test(name)).length,
    sizes,
  }),
);

// node package.mjs TARBALL: what publint and arethetypeswrong say of the packed package,
// as JSON: {"publint": [message…], "types": [problem…], "licences": how many}.

import { readFileSync } from "node:fs";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

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
  }),
);

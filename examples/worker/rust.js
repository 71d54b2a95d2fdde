// The Rust of this isolate: one instance at a time, which all its requests share.

import module from "./worker_bg.wasm";
import * as glue from "./worker_bg.js";
import { recoverBindgen } from "unpoison";
import { blame } from "./requests.js";

glue.initSync({ module });

export const rust = recoverBindgen(glue, { onPanic: blame, onAbort: blame });

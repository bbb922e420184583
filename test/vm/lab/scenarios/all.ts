/** All scenarios, in the order in which they run. */
import type { Scenario } from "../scenario.js";
import { backends } from "./backends.js";
import { journeysBegin } from "./begins.js";
import { changes } from "./changes.js";
import { conditions } from "./conditions.js";
import { copies } from "./copies.js";
import { crowds } from "./crowds.js";
import { drops } from "./drops.js";
import { expressions } from "./expressions.js";
import { fields } from "./fields.js";
import { fragments } from "./fragments.js";
import { links } from "./links.js";
import { moduleBuffers } from "./module-buffers.js";
import { moduleHeaders } from "./module-headers.js";
import { moduleNetwork } from "./module-network.js";
import { pieces } from "./pieces.js";
import { plain } from "./plain.js";
import { rates } from "./rates.js";
import { skippedProbes } from "./skipped.js";

export const scenarios: readonly Scenario[] = [
  ...backends,
  ...plain,
  ...drops,
  ...changes,
  ...expressions,
  ...conditions,
  ...copies,
  ...pieces,
  ...fragments,
  ...fields,
  ...moduleHeaders,
  ...moduleBuffers,
  ...moduleNetwork,
  ...links,
  ...crowds,
  ...rates,
  ...skippedProbes,
  ...journeysBegin,
];

import { shippedManifestNames } from "../../manifest/shipped.js";
import { shippedModuleNames } from "../../module/library.js";
import { renderBashCompletion } from "./bash.js";
import type { ShippedNames } from "./candidates.js";
import { renderFishCompletion } from "./fish.js";
import { renderZshCompletion } from "./zsh.js";

const renderers: Record<string, (names: ShippedNames) => string> = {
  bash: renderBashCompletion,
  zsh: renderZshCompletion,
  fish: renderFishCompletion,
};

/** The completion script for a shell, one of those that the table of commands names. */
export function renderCompletion(shell: string): string {
  return renderers[shell]?.({ manifests: shippedManifestNames(), modules: shippedModuleNames() }) ?? "";
}

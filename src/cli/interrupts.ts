import type { Io } from "./io.js";

/** What shells report for a program that SIGINT ended: 128 + 2. */
export const INTERRUPTED_STATUS = 130;

/** Ctrl-C, or SIGTERM: the first asks for an orderly end, the second ends at once. */
export interface Interrupts {
  /** Aborted by the first signal. */
  readonly stop: AbortSignal;
  /** Gives the signals back. */
  dispose(): void;
}

/** Watches SIGINT and SIGTERM until disposed of. */
export function watchInterrupts({ signals, exit }: Pick<Io, "signals" | "exit">): Interrupts {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) exit(INTERRUPTED_STATUS);
    controller.abort();
  };
  signals.on("SIGINT", onSignal);
  signals.on("SIGTERM", onSignal);
  return {
    stop: controller.signal,
    dispose: () => {
      signals.off("SIGINT", onSignal);
      signals.off("SIGTERM", onSignal);
    },
  };
}

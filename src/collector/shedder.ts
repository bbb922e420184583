/**
 * Decides, once a second, how traces are to cost less. Pure: costs come in, steps go out.
 *
 * A trace that costs more than its budget for some seconds follows fewer conversations: as
 * many fewer as would be enough if following were all that it costs, and if that was not enough, fewer
 * and fewer. When it follows none and still costs too much, it is the probes themselves, and
 * it ends. When there is room for twice as many conversations, and has been for a while,
 * twice as many are followed.
 *
 * All traces together have a budget, too: over it, the costliest one that follows anything sheds.
 */

/** Seconds over the budget until a step is taken, and until the next. */
const PATIENCE = 2;
/** Seconds over the budget while nothing is followed until a trace ends. */
const LAST_PATIENCE = 3;
/** Seconds of room until more is followed. */
const RECOVERY = 10;
/** Conversations are halved so often at most; of fewer nothing can be told. */
const MOST_HALVINGS = 10;
/** Stands for following nothing. */
const NOTHING = MOST_HALVINGS + 1;
/** Twice the cost must be below this share of the budget before twice as many conversations are followed. */
const ROOM = 0.75;

/** What is to be done with a trace. */
export type Step =
  /** Follow one of so many conversations; 0: none. */
  | { readonly id: number; readonly oneIn: number }
  /** End it: that is what it costs while it follows nothing, and what it may cost, percent of one CPU. */
  | { readonly id: number; readonly percent: number; readonly budget: number };

/** What traces cost, percent of one CPU, by their ids. */
export type Costs = ReadonlyMap<number, number>;

interface State {
  readonly budget: number;
  halvings: number;
  /** Steps since it was within its budget, and all together within theirs. */
  steps: number;
  /** Seconds over the budget, and with room, without a break. */
  over: number;
  roomy: number;
}

/** The traces that have a budget, of their own or together. */
export class Shedder {
  readonly #ceiling: number;
  readonly #traces = new Map<number, State>();
  #over = 0;

  /** `ceiling` is what all traces together may cost, percent of one CPU; Infinity: no limit. */
  constructor(ceiling: number) {
    this.#ceiling = ceiling;
  }

  /** A trace begins; `budget` is in percent of one CPU, Infinity for none of its own. */
  add(id: number, budget: number): void {
    this.#traces.set(id, { budget, halvings: 0, steps: 0, over: 0, roomy: 0 });
  }

  /** A trace has ended. */
  remove(id: number): void {
    this.#traces.delete(id);
  }

  /** Of so many conversations a trace follows one; 0: none. */
  oneIn(id: number): number {
    return oneInOf(this.#traces.get(id)?.halvings ?? 0);
  }

  /** What is to be done after a second in which traces have cost so much. */
  tick(costs: Costs): Step[] {
    const total = [...costs.values()].reduce((sum, percent) => sum + percent, 0);
    const steps: Step[] = [];
    for (const [id, percent] of costs) {
      const state = this.#traces.get(id);
      if (state === undefined) continue;
      if (percent <= state.budget && total <= this.#ceiling) state.steps = 0;
      steps.push(...judge(id, state, percent), ...this.#recover(id, state, percent, total));
    }
    // What was shed takes effect first.
    return steps.length > 0 ? steps : this.#judgeAll(costs, total);
  }

  #judgeAll(costs: Costs, total: number): Step[] {
    this.#over = total > this.#ceiling ? this.#over + 1 : 0;
    const byCost = [...costs].filter(([id]) => this.#traces.has(id)).toSorted(([, a], [, b]) => b - a);
    const [id, percent] = byCost.find(([one]) => this.oneIn(one) !== 0) ?? byCost[0] ?? [0, 0];
    const state = this.#traces.get(id);
    if (state === undefined || this.#over < patienceOf(state)) return [];
    this.#over = 0;
    const left = this.#ceiling - (total - percent);
    // Where the others alone cost too much, it is their turn, too.
    const share = left > 0 ? left : percent / 2;
    return [shed(id, state, { percent, share, budget: this.#ceiling })];
  }

  #recover(id: number, state: State, percent: number, total: number): Step[] {
    const hasRoom = percent * 2 <= state.budget * ROOM && total + percent <= this.#ceiling * ROOM;
    state.roomy = hasRoom && state.halvings > 0 ? state.roomy + 1 : 0;
    if (state.roomy < RECOVERY) return [];
    state.roomy = 0;
    state.halvings--;
    return [{ id, oneIn: oneInOf(state.halvings) }];
  }
}

function judge(id: number, state: State, percent: number): Step[] {
  const isOver = percent > state.budget;
  state.over = isOver ? state.over + 1 : 0;
  if (!isOver || state.over < patienceOf(state)) return [];
  state.over = 0;
  return [shed(id, state, { percent, share: state.budget, budget: state.budget })];
}

function patienceOf({ halvings }: State): number {
  return halvings === NOTHING ? LAST_PATIENCE : PATIENCE;
}

/** What a trace costs, how much of that there is room for, and what it is told when that cannot be had. */
interface Excess {
  readonly percent: number;
  readonly share: number;
  readonly budget: number;
}

function shed(id: number, state: State, { percent, share, budget }: Excess): Step {
  if (state.halvings === NOTHING) return { id, percent, budget };
  const enough = Math.ceil(Math.log2(percent / share));
  state.halvings = Math.min(state.halvings + Math.max(enough, 2 ** state.steps), NOTHING);
  state.steps++;
  state.roomy = 0;
  return { id, oneIn: oneInOf(state.halvings) };
}

function oneInOf(halvings: number): number {
  return halvings === NOTHING ? 0 : 2 ** halvings;
}

/**
 * The queue for the provider: one refresh at a time, because "has not rotated yet" is no property of a provider
 * (DESIGN §4). Requests for the same scope and audience that wait are answered by one refresh that starts after they
 * arrived. It knows nothing of tokens: what a turn does, and what a waiter is given, is told by its owner.
 */

/** What waiting ended in: the turn's answer, or no turn in time (nothing was sent), or no answer in time. */
export type Waited<Answer> =
  | { readonly kind: "answered"; readonly answer: Answer }
  | { readonly kind: "no_turn" }
  | { readonly kind: "no_answer" };

export interface Waiter<Request, Answer> {
  readonly request: Request;
  /** Gives the waiter its answer; the first word counts. */
  readonly settle: (waited: Waited<Answer>) => void;
}

interface Batch<Request, Answer> {
  readonly key: string;
  readonly waiters: Set<Waiter<Request, Answer>>;
}

export interface QueueLimits {
  /** Refreshes that may run at once. */
  readonly parallel: number;
  /** How long a caller waits for its turn, and then for the answer. */
  readonly turnMilliseconds: number;
  readonly answerMilliseconds: number;
  /** How long a turn itself waits for the answer; callers have given up by then, or give up with it. */
  readonly limitMilliseconds: number;
}

/**
 * Serves the waiters of one batch. It calls `begun` when the provider is about to be asked; the signal ends the asking.
 */
type Turn<Request, Answer> = (waiters: readonly Waiter<Request, Answer>[], begun: () => AbortSignal) => Promise<void>;

export class RefreshQueue<Request, Answer> {
  #waiting: Batch<Request, Answer>[] = [];
  #running = 0;

  readonly #turn: Turn<Request, Answer>;

  constructor(turn: Turn<Request, Answer>) {
    this.#turn = turn;
  }

  /** Waits among those with the same `key`. `keepAlive` is given every turn that this call starts. */
  wait(
    key: string,
    request: Request,
    limits: QueueLimits,
    keepAlive: (turn: Promise<void>) => void,
  ): Promise<Waited<Answer>> {
    return new Promise((resolve) => {
      const batch = this.#batchOf(key);
      let stopLimit = (): void => undefined;
      const waiter: Waiter<Request, Answer> = {
        request,
        settle: (waited) => {
          stopLimit();
          resolve(waited);
        },
      };
      batch.waiters.add(waiter);
      this.#start(limits, keepAlive);
      // Whose turn came at once needs no limit for it.
      if (!batch.waiters.has(waiter)) return;
      const noTurn = setTimeout(() => {
        if (batch.waiters.delete(waiter)) waiter.settle({ kind: "no_turn" });
      }, limits.turnMilliseconds);
      stopLimit = () => clearTimeout(noTurn);
    });
  }

  #batchOf(key: string): Batch<Request, Answer> {
    const waiting = this.#waiting.find((batch) => batch.key === key);
    if (waiting) return waiting;
    const fresh = { key, waiters: new Set<Waiter<Request, Answer>>() };
    this.#waiting.push(fresh);
    return fresh;
  }

  #start(limits: QueueLimits, keepAlive: (turn: Promise<void>) => void): void {
    while (this.#running < limits.parallel) {
      const batch = this.#waiting.shift();
      if (!batch) return;
      this.#running += 1;
      keepAlive(
        this.#run(batch, limits).finally(() => {
          this.#running -= 1;
          this.#start(limits, keepAlive);
        }),
      );
    }
  }

  async #run(batch: Batch<Request, Answer>, limits: QueueLimits): Promise<void> {
    const waiters = [...batch.waiters];
    batch.waiters.clear();
    const limit = new AbortController();
    const { answerMilliseconds, limitMilliseconds } = limits;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const begun = (): AbortSignal => {
      // One timer after the other: the second is for turns whose callers have given up, and those are rare.
      const patience = Math.min(answerMilliseconds, limitMilliseconds);
      timer = setTimeout(() => {
        for (const waiter of waiters) waiter.settle({ kind: "no_answer" });
        timer = setTimeout(() => limit.abort(), limitMilliseconds - patience);
      }, patience);
      return limit.signal;
    };
    try {
      await this.#turn(waiters, begun);
    } finally {
      clearTimeout(timer);
      for (const waiter of waiters) waiter.settle({ kind: "no_answer" });
    }
  }
}

import { fork, type ForkOptions } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** What a child process does when it is asked. Arguments and answers travel as JSON. */
export type Actions = Record<string, (...given: never[]) => unknown>;

interface Question {
  id: number;
  name: string;
  given: never[];
}

/** A result is what the action's type says, as far as JSON can carry it: `never` fits whatever the one who asked waits for. */
interface Answer {
  id: number;
  result: never;
  error?: string;
}

/** Answers the parent until it is gone. */
export function serve(actions: Actions): void {
  const act = async ({ name, given }: Question): Promise<unknown> => {
    const action = actions[name];
    if (!action) throw new Error(`there is no action ${name}`);
    return action(...given);
  };
  process.on('message', (question: Question) => {
    const { id } = question;
    act(question).then(
      (result) => process.send?.({ id, result }),
      (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.stack : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}

/** Starts a program of this folder that calls `serve`, as a process of its own: its CPU and its heap are not ours. */
export function startChild<A extends Actions>(program: string, options: ForkOptions = {}) {
  const child = fork(fileURLToPath(import.meta.resolve(program)), { execArgv: [], ...options });
  const waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  let asked = 0;
  child.on('message', ({ id, result, error }: Answer) => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) one?.resolve(result);
    else one?.reject(new Error(error));
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code) => {
      for (const { reject } of waiting.values()) reject(new Error(`${program} ended (exit code ${code})`));
      waiting.clear();
      resolve();
    });
  });
  return {
    async ask<Name extends keyof A & string>(
      name: Name,
      ...given: Parameters<A[Name]>
    ): Promise<Awaited<ReturnType<A[Name]>>> {
      asked += 1;
      const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<A[Name]>>>();
      waiting.set(asked, { resolve, reject });
      child.send({ id: asked, name, given } satisfies Question);
      return promise;
    },
    async end(): Promise<void> {
      if (child.connected) child.disconnect();
      await exited;
    },
    kill: () => child.kill('SIGKILL'),
  };
}
